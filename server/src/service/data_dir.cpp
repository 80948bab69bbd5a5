#include "navette/server/data_dir.hpp"

#include <system_error>

#include "navette/cpom/schema.hpp"
#include "navette/net/tls_context.hpp"
#include "navette/os/files.hpp"
#include "navette/os/system.hpp"

namespace navette::server {
namespace {

constexpr std::size_t kPemBytes = 64 * 1024;  // two certificates and more

struct File {
  const char* name;
  unsigned mode;
};
constexpr File kName{"name", os::kPrivateFileMode};
constexpr File kAuthorityCertificate{"authority.crt", os::kSharedFileMode};
constexpr File kAuthorityKey{"authority.key", os::kPrivateFileMode};
constexpr File kServerCertificate{"server.crt", os::kSharedFileMode};
constexpr File kServerKey{"server.key", os::kPrivateFileMode};
constexpr File kNextServerKey{"server.key.next", os::kPrivateFileMode};

Result<void> write(const std::filesystem::path& path, const File& file, const std::string& text) {
  return os::write_file_atomically(path / file.name, text, file.mode);
}

Result<std::string> read(const std::filesystem::path& path, const File& file) {
  return os::read_file(path / file.name, kPemBytes);
}

std::unexpected<Error> to_be_restored(const std::filesystem::path& database, const std::string& what) {
  return fail(ErrorCode::kCorrupt,
              "la base « " + database.string() + " » " + what +
                  " : restaurez la dernière sauvegarde avec « navette-server restore », les postes "
                  "rendront ce qu'ils ont écrit depuis");
}

}  // namespace

Result<void> init_data_dir(const std::filesystem::path& path, const std::string& name,
                           const std::vector<std::string>& hosts, Timestamp now) {
  // The name is written last: a directory without it is an interrupted init, which may be run again; of one with it,
  // the database was there.
  if (os::exists(path / kName.name)) {
    return fail(ErrorCode::kConflict, "ce répertoire contient déjà un serveur : « " + path.string() +
                                          " » ; choisissez-en un autre, ou lancez « navette-server serve »");
  }
  NAVETTE_TRY(os::make_private_directory(path));
  NAVETTE_ASSIGN(const net::CertificateAuthority authority, net::CertificateAuthority::create(name, now));
  NAVETTE_ASSIGN(const net::Credentials server, authority.issue_server(hosts, now));
  NAVETTE_TRY(write(path, kAuthorityKey, authority.pem().key_pem));
  NAVETTE_TRY(write(path, kAuthorityCertificate, authority.pem().certificate_pem));
  NAVETTE_TRY(write(path, kServerKey, server.key_pem));
  NAVETTE_TRY(write(path, kServerCertificate, server.certificate_pem));
  {
    os::SystemRandom random;
    NAVETTE_ASSIGN(os::FileLock lock, AuthorityStore::lock(path));
    NAVETTE_TRY(AuthorityStore::open(std::move(lock), path, cpom::served_schema(), random, name));
  }
  return write(path, kName, name);
}

Result<void> save_server_credentials(const std::filesystem::path& path, const net::Credentials& server) {
  NAVETTE_TRY(write(path, kNextServerKey, server.key_pem));
  NAVETTE_TRY(write(path, kServerCertificate, server.certificate_pem));
  NAVETTE_TRY(write(path, kServerKey, server.key_pem));
  std::error_code ignored;
  std::filesystem::remove(path / kNextServerKey.name, ignored);
  return {};
}

namespace {

// The key of the certificate that is there: after a crash amid a rotation it still is the next one.
Result<std::string> server_key(const std::filesystem::path& path, const DataDir& data) {
  if (const auto next = read(path, kNextServerKey)) {
    const net::Credentials renewed{data.server.certificate_pem, *next};
    if (net::TlsServerContext::create(renewed, data.authority.certificate_pem)) return *next;
  }
  return read(path, kServerKey);
}

}  // namespace

Result<DataDir> open_data_dir(const std::filesystem::path& path) {
  DataDir data;
  data.path = path;
  const auto name = read(path, kName);
  if (!name) {
    if (name.error().code != ErrorCode::kNotFound) return std::unexpected(name.error());
    return fail(ErrorCode::kNotFound, "aucun serveur dans « " + path.string() +
                                          " » : lancez d'abord « navette-server init --data " + path.string() +
                                          " --name NOM »");
  }
  data.name = *name;
  NAVETTE_ASSIGN(data.authority.certificate_pem, read(path, kAuthorityCertificate));
  NAVETTE_ASSIGN(data.authority.key_pem, read(path, kAuthorityKey));
  NAVETTE_ASSIGN(data.server.certificate_pem, read(path, kServerCertificate));
  NAVETTE_ASSIGN(data.server.key_pem, server_key(path, data));
  return data;
}

Result<std::unique_ptr<AuthorityStore>> open_store(const DataDir& data, Random& random) {
  NAVETTE_ASSIGN(os::FileLock lock, AuthorityStore::lock(data.path));
  // A new, empty server in its place would send every device away.
  const std::filesystem::path database = data.path / AuthorityStore::kFileName;
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(database, error);
  if (error == std::errc::no_such_file_or_directory || (!error && size == 0)) {
    return to_be_restored(database, "manque ou est vide");
  }
  auto store = AuthorityStore::open(std::move(lock), data.path, cpom::served_schema(), random, data.name);
  if (!store && store.error().code == ErrorCode::kCorrupt) return to_be_restored(database, "est abîmée");
  return store;
}

}  // namespace navette::server
