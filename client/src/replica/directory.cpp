#include "replica/directory.hpp"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "navette/os/files.hpp"

namespace navette::client {
namespace {

constexpr std::size_t kSmallFileBytes = 256 * 1024;
constexpr std::string_view kScheme = "wss://";
constexpr std::uint16_t kDefaultPort = 8743;
constexpr std::string_view kRenew =
    " : demandez un code à l'agence, puis lancez « navette enrol --renew », qui garde votre réplique et vos "
    "modifications";

// Of the identity of this device: it can be made anew.
Result<Bytes> identity_file(const std::filesystem::path& path) {
  auto text = os::read_file(path, kSmallFileBytes);
  if (text) return text;
  return fail(ErrorCode::kUntrusted, "« " + path.string() + " » manque ou ne se lit pas" + std::string(kRenew));
}

}  // namespace

bool ReplicaDirectory::enrolled() const { return os::exists(certificate()); }

Result<net::Endpoint> parse_server_url(std::string_view url) {
  if (!url.starts_with(kScheme)) {
    return fail(ErrorCode::kInvalidArgument,
                "l'adresse du serveur s'écrit wss://NOM:PORT : « " + std::string(url) + " »");
  }
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  return net::parse_endpoint(url, kDefaultPort);
}

Result<ServerRecord> read_server(const ReplicaDirectory& directory) {
  NAVETTE_ASSIGN(const Bytes text, os::read_file(directory.server(), kSmallFileBytes));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("server") || !json["server"].is_string()) {
    return fail(ErrorCode::kCorrupt,
                "« " + directory.server().string() + " » est illisible : inscrivez ce poste à nouveau");
  }
  return ServerRecord{json["server"].get<std::string>(), json.value("name", std::string())};
}

Result<void> write_server(const ReplicaDirectory& directory, const ServerRecord& server) {
  const nlohmann::json json{{"server", server.url}, {"name", server.name}};
  return os::write_file_atomically(directory.server(), json.dump(2) + "\n");
}

Result<net::ClientOptions> dialling(const ReplicaDirectory& directory) {
  if (::access(directory.path.c_str(), X_OK) != 0 && errno == EACCES) {
    return fail(ErrorCode::kReadOnly, "« " + directory.path.string() +
                                          " » ne vous est pas accessible : vérifiez vos droits sur ce répertoire");
  }
  if (!directory.enrolled()) {
    return fail(ErrorCode::kNotFound, "« " + directory.path.string() +
                                          " » n'est pas inscrit auprès d'un serveur : lancez « navette enrol » avec le "
                                          "code que l'agence vous a remis");
  }
  NAVETTE_ASSIGN(const ServerRecord server, read_server(directory));
  NAVETTE_ASSIGN(net::Endpoint endpoint, parse_server_url(server.url));
  net::Credentials device;
  NAVETTE_ASSIGN(device.certificate_pem, identity_file(directory.certificate()));
  NAVETTE_ASSIGN(device.key_pem, identity_file(directory.key()));
  NAVETTE_ASSIGN(const Bytes authority, identity_file(directory.authority()));
  auto tls = net::TlsClientContext::for_device(device, authority);
  if (!tls) return fail(ErrorCode::kUntrusted, "l'identité de ce poste est abîmée" + std::string(kRenew));
  return net::ClientOptions{.endpoint = std::move(endpoint), .tls = std::move(*tls)};
}

}  // namespace navette::client
