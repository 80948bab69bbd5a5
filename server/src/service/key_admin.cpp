#include "key_admin.hpp"

#include <nlohmann/json.hpp>

#include "navette/net/server_names.hpp"
#include "navette/os/files.hpp"
#include "status_json.hpp"

namespace navette::server {
namespace {

using nlohmann::json;

// A new key and certificate for the names that the present one bears, or for those that are told.
Result<json> rotate_server(const DataDir& data, Clock& clock, const KeyAdmin::UseTls& use_tls, const json& request) {
  NAVETTE_ASSIGN(const DataDir present, open_data_dir(data.path));  // another rotation may have been
  auto names = request.value("hosts", std::vector<std::string>{});
  if (names.empty()) {
    NAVETTE_ASSIGN(names, net::server_names(present.server.certificate_pem));
  }
  NAVETTE_ASSIGN(const net::CertificateAuthority authority,
                 net::CertificateAuthority::load(data.authority.certificate_pem, data.authority.key_pem));
  NAVETTE_ASSIGN(const net::Credentials made, authority.issue_server(names, clock.now()));
  NAVETTE_ASSIGN(net::TlsServerContext context, net::TlsServerContext::create(made, data.authority.certificate_pem));
  NAVETTE_TRY(save_server_credentials(data.path, made));
  if (use_tls) use_tls(std::move(context));
  NAVETTE_ASSIGN(const net::CertificateDescription described, net::describe_certificate(made.certificate_pem));
  return json{{"names", names}, {"serial", described.serial}, {"not_after", iso_time(described.not_after)}};
}

}  // namespace

std::optional<Bytes> KeyAdmin::answer(BytesView bytes) {
  const json request = json::parse(bytes, nullptr, false);
  if (!request.is_object() || !request.contains("command") || request["command"] != "keys rotate server")
    return std::nullopt;
  Result<json> result = fail(ErrorCode::kMalformed, "commande incomplète");
  try {
    result = rotate_server(data_, clock_, use_tls_, request);
  } catch (const json::exception&) {
    result = fail(ErrorCode::kMalformed, "commande incomplète");
  }
  json reply = result ? *result : json{{"error", name_of(result.error().code)}, {"message", result.error().message}};
  reply["ok"] = result.has_value();
  return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace navette::server
