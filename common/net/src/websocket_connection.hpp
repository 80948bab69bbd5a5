// A Connection by Beast. Its strand owns it: members are touched there only, but for the atomics and constants.
// Three coroutines (reading, writing, watching) and the end waits for all of them.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <deque>
#include <memory>

#include "navette/base/token_bucket.hpp"
#include "navette/net/connection.hpp"
#include "navette/net/tuning.hpp"
#include "runtime_core.hpp"
#include "tls_socket.hpp"

namespace navette::net {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using WebSocket = websocket::stream<TlsSocket, false>;  // compression is done above, on known content

// The options that both ends set before their upgrade.
void prepare(WebSocket& socket);

class WebSocketConnection final : public Connection, public std::enable_shared_from_this<WebSocketConnection> {
 public:
  struct Parts {
    std::shared_ptr<RuntimeCore> core;
    AsioStrand strand;
    PeerIdentity peer;
    ConnectionLimits limits;
    Task on_end;  // once, on any thread: after on_closed, or when dropped unstarted
  };
  WebSocketConnection(WebSocket socket, Parts parts);
  ~WebSocketConnection() override;

  void start(ConnectionHandlers handlers) override;
  Result<> send(Bytes frame) override;
  void close(CloseCode code, std::string text) override;
  void cut() override;
  void pause_reading() override;
  void resume_reading() override;
  [[nodiscard]] std::size_t queued_bytes() const override { return queued_bytes_; }
  [[nodiscard]] std::uint64_t bytes_in() const override { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const override { return bytes_out_; }
  [[nodiscard]] const PeerIdentity& peer() const override { return parts_.peer; }
  [[nodiscard]] Strand strand() const override;

 private:
  using Moment = std::chrono::steady_clock::time_point;

  void begin(ConnectionHandlers handlers);
  asio::awaitable<void> run_reader();
  asio::awaitable<void> run_writer();
  asio::awaitable<void> run_watch();
  asio::awaitable<void> wait_at(asio::steady_timer& gate);
  asio::awaitable<bool> read_frame(Bytes& frame);
  asio::awaitable<bool> write_frame(const Bytes& frame);
  asio::awaitable<void> say_goodbye();

  void task_ended();
  void reading_failed(const boost::system::error_code& error);
  void begin_close(websocket::close_reason reason, std::optional<Error> error);
  [[nodiscard]] milliseconds until_next_look() const;
  // Takes the next frame's turn; how long to wait for it otherwise.
  [[nodiscard]] milliseconds until_next_frame();
  void check_stalls();
  void ping();
  void end(std::optional<Error> error);
  void finish();
  void open_gates();

  Parts parts_;  // first: its core outlives what follows
  WebSocket socket_;
  ConnectionHandlers handlers_;
  asio::steady_timer read_gate_;
  asio::steady_timer write_gate_;
  asio::steady_timer watch_timer_;
  asio::steady_timer close_timer_;
  // Of the reader, the writer, the watch and the ping. Closing the socket is not enough to end them: two operations of
  // Beast may wait for each other (a frame that cannot be read, while a goodbye is under way).
  std::array<asio::cancellation_signal, 4> cancel_;
  std::deque<Bytes> queue_;
  std::optional<websocket::close_reason> goodbye_;  // set: this end is closing
  std::optional<Error> error_;
  TokenBucket frames_{parts_.limits.frames_per_second, parts_.limits.frames_burst};
  Moment last_heard_;
  Moment write_began_;
  std::uint64_t canceller_ = 0;
  int running_tasks_ = 0;
  bool paused_ = false;
  bool writing_ = false;
  bool pinging_ = false;
  bool over_ = false;               // the socket is closed, the tasks are ending
  std::atomic<bool> deaf_ = false;  // send() is pointless
  std::atomic<std::size_t> queued_bytes_ = 0;
  std::atomic<std::uint64_t> bytes_in_ = 0;
  std::atomic<std::uint64_t> bytes_out_ = 0;
};

}  // namespace navette::net
