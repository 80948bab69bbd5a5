// The dialling end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "navette/net/connection.hpp"
#include "navette/net/tls_context.hpp"
#include "navette/net/tuning.hpp"

namespace navette::net {

struct Endpoint {
  std::string host;  // DNS name or address, without brackets
  std::uint16_t port = 0;
  [[nodiscard]] std::string text() const;
};

// "host:port", "[::1]:port", "host" (then default_port). Errors: kInvalidArgument.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port);

struct ClientOptions {
  Endpoint endpoint;
  TlsClientContext tls;
  ConnectionLimits connection{};
  ClientLimits limits{};
};

using OnConnected = std::function<void(Result<std::shared_ptr<Connection>>)>;

// Calls back once, on the runtime. Errors: kUnreachable (no name, no answer, no TLS 1.3), kUntrusted (the server is
// not the agency's, or bears another name), kNotAllowed, kRevoked or another code that the server gave.
void connect(IoRuntime& runtime, ClientOptions options, OnConnected on_connected);

// The same, blocking. REQUIRES: not on a thread of the runtime.
[[nodiscard]] Result<std::shared_ptr<Connection>> connect_and_wait(IoRuntime& runtime, ClientOptions options);

// One HTTPS request, blocking, on a runtime of its own. Errors: those of connect, and what the server answered.
[[nodiscard]] Result<Bytes> https_post(const ClientOptions& options, const std::string& path, Bytes body);

}  // namespace navette::net
