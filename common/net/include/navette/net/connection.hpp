// One WebSocket connection over TLS, as the layers above see it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"
#include "navette/base/hash.hpp"
#include "navette/net/io_runtime.hpp"

namespace navette::net {

// Who the other end proved to be. On a client: the server, `device_id` being the first name of its certificate.
struct PeerIdentity {
  std::string device_id;           // subject of the verified certificate, empty without one
  std::string certificate_serial;  // lower-case hexadecimal
  Hash certificate_fingerprint;
  std::string address;  // numeric, without the port
  [[nodiscard]] bool known() const { return !device_id.empty(); }
};

// RFC 6455 §7.4.1.
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kUnacceptable = 1003,
  kPolicy = 1008,
  kTooBig = 1009,
  kInternal = 1011,
  kTryLater = 1013,
};

// Called on the connection's strand, never two at a time. Dropped after on_closed, so they may own the connection.
struct ConnectionHandlers {
  std::function<void(Bytes frame)> on_frame;
  // Exactly once, last. Nothing: one of the ends closed in good order.
  std::function<void(std::optional<Error> error)> on_closed;
};

// Frames go in order. Thread: any. Alive from start() until on_closed, whoever holds it; dropping an unstarted
// one cuts it.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual void start(ConnectionHandlers handlers) = 0;  // once

  // Queues a frame. Ignored after the end or close(). Errors: kTooLarge over frame_max_bytes. When the queue
  // passes send_queue_max_bytes the connection is dropped and on_closed says kBusy.
  virtual Result<> send(Bytes frame) = 0;

  // Sends what is queued, then says goodbye, then waits for the other end's, all within close_limit. No on_frame
  // follows. The text is cut at 120 bytes.
  virtual void close(CloseCode code, std::string text) = 0;
  virtual void cut() = 0;  // at once, without a word; on_closed says kUnreachable

  // Back-pressure: from within on_frame, no other frame follows until resume. Shorter than the other end's
  // idle_limit, for nothing answers its heartbeats meanwhile.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;

  [[nodiscard]] virtual std::size_t queued_bytes() const = 0;  // given to send() and not yet to the system
  [[nodiscard]] virtual std::uint64_t bytes_in() const = 0;    // of whole frames
  [[nodiscard]] virtual std::uint64_t bytes_out() const = 0;
  [[nodiscard]] virtual const PeerIdentity& peer() const = 0;
  [[nodiscard]] virtual Strand strand() const = 0;  // where the handlers run
};

}  // namespace navette::net
