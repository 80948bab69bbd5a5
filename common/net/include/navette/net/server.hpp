// The listening end: WebSockets of known devices on /sync, enrolments by POST on /enrol, nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "navette/net/connection.hpp"
#include "navette/net/tls_context.hpp"
#include "navette/net/tuning.hpp"

namespace navette::net {

inline constexpr std::string_view kSyncPath = "/sync";
inline constexpr std::string_view kEnrolPath = "/enrol";

struct ServerOptions {
  std::string address;     // numeric, "::" for all
  std::uint16_t port = 0;  // 0: any that is free
  TlsServerContext tls;
  int threads = 2;
  ConnectionLimits connection = served_connection_limits();
  ServerLimits limits{};
};

struct EnrolRequest {
  Bytes body;                  // up to kEnrolBodyMaxBytes, not checked otherwise
  std::string remote_address;  // numeric: to count wrong codes
};

// Called on the server's threads, several at a time: not for long.
struct ServerHandlers {
  // Before the upgrade; an error is told to the client with its code and text. None: every certificate is admitted.
  std::function<Result<>(const PeerIdentity&)> admit;
  // The peer is known. Must start() the connection or drop it.
  std::function<void(std::shared_ptr<Connection>)> on_connection;
  std::function<Result<Bytes>(EnrolRequest)> on_enrol;
};

// Thread: any; stop() and the destructor not from a handler.
class Server {
 public:
  // Errors: kInvalidArgument (address), kConflict (port taken), kReadOnly (privileged port).
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options, ServerHandlers handlers);
  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t connection_count() const;  // sockets, those not yet known included
  [[nodiscard]] IoRuntime& runtime();
  // For those who connect from now on; who is connected stays.
  void use(TlsServerContext tls);

  // Takes nobody in any more, says kGoingAway to the connections, waits for them within close_limit + stop_margin,
  // cuts the others. Idempotent.
  void stop();

  struct State;

 private:
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace navette::net
