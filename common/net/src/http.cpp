#include "http.hpp"

#include <optional>
#include "navette/os/join.hpp"

namespace navette::net {
namespace {

http::status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return http::status::not_found;
    case ErrorCode::kNotAllowed:
    case ErrorCode::kUntrusted:
    case ErrorCode::kRevoked:
      return http::status::forbidden;
    case ErrorCode::kTooLarge:
      return http::status::payload_too_large;
    case ErrorCode::kConflict:
    case ErrorCode::kStale:
      return http::status::conflict;
    case ErrorCode::kUnsupported:
    case ErrorCode::kNewerVersion:
      return http::status::upgrade_required;
    case ErrorCode::kBusy:
    case ErrorCode::kUnreachable:
      return http::status::service_unavailable;
    case ErrorCode::kInternal:
    case ErrorCode::kDiskFull:
    case ErrorCode::kReadOnly:
    case ErrorCode::kCorrupt:
      return http::status::internal_server_error;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotUtf8:
    case ErrorCode::kMalformed:
      return http::status::bad_request;
  }
  return http::status::internal_server_error;
}

std::optional<ErrorCode> code_named(std::string_view name) {
  for (int i = 0; i < kErrorCodeCount; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (name_of(code) == name) return code;
  }
  return std::nullopt;
}

}  // namespace

HttpReply reply_of(const Result<Bytes>& result, unsigned http_version) {
  HttpReply reply(result ? http::status::ok : status_of(result.error().code), http_version);
  reply.set(http::field::server, kWebSocketServer);
  reply.set(http::field::cache_control, "no-store");
  reply.set(http::field::content_type, result ? "application/json" : "text/plain; charset=utf-8");
  if (!result) {
    const std::string_view name = name_of(result.error().code);
    reply.set(kErrorHeader, boost::beast::string_view(name.data(), name.size()));
  }
  reply.body() = result ? *result : result.error().message;
  reply.keep_alive(false);
  reply.prepare_payload();
  return reply;
}

Result<Bytes> result_of(const HttpReply& reply) {
  if (reply.result() == http::status::ok) return reply.body();
  const auto name = reply[kErrorHeader];
  if (const auto code = code_named({name.data(), name.size()})) return fail(*code, reply.body());
  return fail(ErrorCode::kUnreachable, os::join("l'adresse répond, mais pas comme un serveur Navette (HTTP ",
                                                reply.result_int(), ") ; vérifiez l'adresse et le port"));
}

}  // namespace navette::net
