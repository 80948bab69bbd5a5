#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "navette/os/join.hpp"
#include "websocket_connection.hpp"

namespace navette::net {
namespace {

using ErrorOfSystem = boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::size_t kReadPieceBytes = std::size_t{64} << 10U;

Error lost() { return {ErrorCode::kUnreachable, "la connexion a été coupée ; elle sera rétablie d'elle-même"}; }
Error silent() {
  return {ErrorCode::kUnreachable, "l'autre bout ne donne plus signe de vie ; la connexion sera rétablie d'elle-même"};
}
Error slow() {
  return {ErrorCode::kBusy,
          "l'autre bout lit trop lentement ce qu'on lui envoie ; la connexion sera reprise plus tard"};
}
Error too_large() {
  return {ErrorCode::kTooLarge, "un message dépasse la taille permise ; mettez Navette à jour des deux côtés"};
}
Error not_binary() {
  return {ErrorCode::kMalformed, "l'autre bout envoie du texte au lieu de messages binaires ; vérifiez l'adresse"};
}

// What the other end's goodbye means here.
std::optional<Error> meaning_of(const websocket::close_reason& reason) {
  const std::string text(reason.reason.data(), reason.reason.size());
  const std::string message = os::join("l'autre bout a fermé la connexion", text.empty() ? "" : " : ", text);
  switch (static_cast<CloseCode>(reason.code)) {
    case CloseCode::kNormal:
    case CloseCode::kGoingAway:
      return std::nullopt;
    case CloseCode::kTooBig:
      return Error{ErrorCode::kTooLarge, message};
    case CloseCode::kPolicy:
      return Error{ErrorCode::kNotAllowed, message};
    case CloseCode::kProtocolError:
    case CloseCode::kUnacceptable:
      return Error{ErrorCode::kMalformed, message};
    case CloseCode::kTryLater:
      return Error{ErrorCode::kBusy, message};
    case CloseCode::kInternal:
      break;
  }
  return Error{ErrorCode::kUnreachable, message};
}

websocket::close_reason goodbye_of(CloseCode code, std::string_view text) {
  constexpr std::size_t kTextMaxBytes = 120;
  if (text.size() > kTextMaxBytes) {
    std::size_t size = kTextMaxBytes;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;  // not inside a character
    text = text.substr(0, size);
  }
  return {static_cast<websocket::close_code>(code), beast::string_view(text.data(), text.size())};
}

}  // namespace

void prepare(WebSocket& socket) {
  // The connection keeps its own time: Beast's would take a paused reader for a dead peer.
  const websocket::stream_base::timeout none{websocket::stream_base::none(), websocket::stream_base::none(), false};
  socket.set_option(none);
  socket.read_message_max(0);  // checked by the reader, which can still say goodbye in good order
  socket.write_buffer_bytes(kMaskBufferBytes);
  socket.auto_fragment(false);
  socket.binary(true);
}

WebSocketConnection::WebSocketConnection(WebSocket socket, Parts parts)
    : parts_(std::move(parts)),
      socket_(std::move(socket)),
      read_gate_(parts_.strand),
      write_gate_(parts_.strand),
      watch_timer_(parts_.strand),
      close_timer_(parts_.strand) {}

WebSocketConnection::~WebSocketConnection() {
  if (parts_.on_end) parts_.on_end();
}

Strand WebSocketConnection::strand() const {
  return Strand(std::make_shared<Strand::State>(parts_.core, parts_.strand));
}

void WebSocketConnection::start(ConnectionHandlers handlers) {
  asio::post(parts_.strand,
             [self = shared_from_this(), given = std::move(handlers)]() mutable { self->begin(std::move(given)); });
}

Result<> WebSocketConnection::send(Bytes frame) {
  if (frame.size() > parts_.limits.frame_max_bytes) return std::unexpected(too_large());
  if (deaf_) return {};
  const std::size_t queued = queued_bytes_ += frame.size();
  const bool over_limit = queued > parts_.limits.send_queue_max_bytes;
  if (over_limit) deaf_ = true;
  asio::post(parts_.strand, [self = shared_from_this(), over_limit, given = std::move(frame)]() mutable {
    if (self->over_ || self->goodbye_) return;
    if (over_limit) return self->end(slow());
    self->queue_.push_back(std::move(given));
    if (self->queue_.size() == 1) self->write_gate_.cancel();
  });
  return {};
}

void WebSocketConnection::close(CloseCode code, std::string text) {
  asio::post(parts_.strand, [self = shared_from_this(), code, given = std::move(text)] {
    self->begin_close(goodbye_of(code, given), std::nullopt);
  });
}

void WebSocketConnection::cut() {
  asio::post(parts_.strand, [self = shared_from_this()] { self->end(lost()); });
}

void WebSocketConnection::pause_reading() {
  asio::dispatch(parts_.strand, [self = shared_from_this()] { self->paused_ = true; });
}

void WebSocketConnection::resume_reading() {
  asio::dispatch(parts_.strand, [self = shared_from_this()] {
    self->paused_ = false;
    self->last_heard_ = steady_clock::now();
    self->read_gate_.cancel();
  });
}

void WebSocketConnection::begin(ConnectionHandlers handlers) {
  handlers_ = std::move(handlers);
  last_heard_ = steady_clock::now();
  canceller_ = parts_.core->add_canceller([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->cut();
  });
  if (over_) return finish();
  // Pongs do not end a read. Called within reads only, which keep this alive.
  socket_.control_callback([this](websocket::frame_type, beast::string_view) { last_heard_ = steady_clock::now(); });
  running_tasks_ = 3;
  // The coroutines end before finish(), which this keeps alive.
  const auto ended = [self = shared_from_this()](const std::exception_ptr& exception) {
    kRethrow(exception);
    self->task_ended();
  };
  asio::co_spawn(parts_.strand, run_reader(), asio::bind_cancellation_slot(cancel_[0].slot(), ended));
  asio::co_spawn(parts_.strand, run_writer(), asio::bind_cancellation_slot(cancel_[1].slot(), ended));
  asio::co_spawn(parts_.strand, run_watch(), asio::bind_cancellation_slot(cancel_[2].slot(), ended));
}

void WebSocketConnection::task_ended() {
  if (--running_tasks_ == 0) finish();
}

// Sleeps until the gate is cancelled; spurious wake-ups are the caller's to check.
asio::awaitable<void> WebSocketConnection::wait_at(asio::steady_timer& gate) {
  ErrorOfSystem ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  gate.expires_at(Moment::max());
  co_await gate.async_wait(token);
}

asio::awaitable<void> WebSocketConnection::run_reader() {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!over_) {
    if (paused_) {
      co_await wait_at(read_gate_);
      continue;
    }
    if (const milliseconds wait = until_next_frame(); wait > milliseconds(0)) {
      ErrorOfSystem ignored;
      auto token = asio::redirect_error(asio::use_awaitable, ignored);
      read_gate_.expires_after(wait);
      co_await read_gate_.async_wait(token);
      continue;
    }
    Bytes frame;
    const bool whole = co_await read_frame(frame);
    if (!whole) co_return;
    bytes_in_ += frame.size();
    if (!goodbye_ && !over_) handlers_.on_frame(std::move(frame));
  }
}

milliseconds WebSocketConnection::until_next_frame() {
  if (parts_.limits.frames_per_second <= 0) return milliseconds(0);
  const auto now = std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  if (frames_.take(now)) return milliseconds(0);
  last_heard_ = steady_clock::now();  // nothing is read: the silence is ours
  return milliseconds(frames_.wait_ms(now));
}

asio::awaitable<bool> WebSocketConnection::read_frame(Bytes& frame) {
  ErrorOfSystem error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  auto buffer = asio::dynamic_buffer(frame);
  do {
    co_await socket_.async_read_some(buffer, kReadPieceBytes, token);
    if (error) {
      reading_failed(error);
      co_return false;
    }
    last_heard_ = steady_clock::now();
    if (frame.size() > parts_.limits.frame_max_bytes) {
      begin_close(goodbye_of(CloseCode::kTooBig, "message trop grand"), too_large());
      co_return false;
    }
  } while (!socket_.is_message_done());
  if (!socket_.got_text()) co_return true;
  begin_close(goodbye_of(CloseCode::kUnacceptable, "messages binaires seulement"), not_binary());
  co_return false;
}

void WebSocketConnection::reading_failed(const ErrorOfSystem& error) {
  if (goodbye_) return;  // the writer is closing and tells the end
  if (error == websocket::error::closed) return end(meaning_of(socket_.reason()));
  end(lost());
}

asio::awaitable<void> WebSocketConnection::run_writer() {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!over_) {
    if (!queue_.empty()) {
      const Bytes frame = std::move(queue_.front());
      queue_.pop_front();
      const bool sent = co_await write_frame(frame);
      if (!sent) break;
      queued_bytes_ -= frame.size();
      bytes_out_ += frame.size();
    } else if (goodbye_) {
      co_await say_goodbye();
      co_return;
    } else {
      co_await wait_at(write_gate_);
    }
  }
  if (over_) co_return;
  // Writing failed: the reader may still find why the other end left.
  if (!paused_ && !goodbye_) {
    ErrorOfSystem ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    write_gate_.expires_after(kLingerLimit);
    co_await write_gate_.async_wait(token);
  }
  end(goodbye_ ? error_ : lost());
}

asio::awaitable<bool> WebSocketConnection::write_frame(const Bytes& frame) {
  ErrorOfSystem error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::size_t done = 0;
  writing_ = true;
  do {
    const std::size_t size = std::min(kWriteFragmentBytes, frame.size() - done);
    const auto piece = asio::buffer(frame.data() + done, size);
    done += size;
    write_began_ = steady_clock::now();
    co_await socket_.async_write_some(done == frame.size(), piece, token);
  } while (!error && done < frame.size() && !over_);
  writing_ = false;
  co_return !error && !over_;
}

asio::awaitable<void> WebSocketConnection::say_goodbye() {
  ErrorOfSystem ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  const websocket::close_reason reason = *goodbye_;
  co_await socket_.async_close(reason, token);
  end(error_);
}

void WebSocketConnection::begin_close(websocket::close_reason reason, std::optional<Error> error) {
  deaf_ = true;
  if (over_ || goodbye_) return;
  goodbye_ = reason;
  error_ = std::move(error);
  if (error_) queue_.clear();
  write_gate_.cancel();
  close_timer_.expires_after(parts_.limits.close_limit);
  close_timer_.async_wait([self = shared_from_this()](const ErrorOfSystem& stopped) {
    if (!stopped) self->end(self->error_);
  });
}

asio::awaitable<void> WebSocketConnection::run_watch() {
  co_await asio::this_coro::throw_if_cancelled(false);
  ErrorOfSystem ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  while (!over_) {
    watch_timer_.expires_after(until_next_look());
    co_await watch_timer_.async_wait(token);
    if (over_ || goodbye_) continue;
    check_stalls();
    ping();
  }
}

// A heartbeat, or less when a limit is reached before: the limits are kept to the moment.
milliseconds WebSocketConnection::until_next_look() const {
  const ConnectionLimits& limits = parts_.limits;
  const auto now = steady_clock::now();
  steady_clock::duration wait = std::min(limits.heartbeat_interval, limits.idle_limit / 2);
  if (goodbye_) return std::chrono::ceil<milliseconds>(wait);  // nothing is looked at any more
  if (writing_) wait = std::min(wait, write_began_ + limits.write_stall_limit - now);
  if (!paused_) wait = std::min(wait, last_heard_ + limits.idle_limit - now);
  return std::max(std::chrono::ceil<milliseconds>(wait), milliseconds(1));
}

void WebSocketConnection::check_stalls() {
  const auto now = steady_clock::now();
  if (writing_ && now - write_began_ >= parts_.limits.write_stall_limit) return end(slow());
  if (!paused_ && now - last_heard_ >= parts_.limits.idle_limit) end(silent());
}

// Not awaited: behind a stalled write it waits too, and the watch must not.
void WebSocketConnection::ping() {
  if (over_ || std::exchange(pinging_, true)) return;
  const auto ended = [self = shared_from_this()](const ErrorOfSystem&) { self->pinging_ = false; };
  socket_.async_ping({}, asio::bind_cancellation_slot(cancel_[3].slot(), ended));
}

void WebSocketConnection::end(std::optional<Error> error) {
  deaf_ = true;
  if (std::exchange(over_, true)) return;
  error_ = std::move(error);
  socket_.next_layer().close();
  open_gates();
  asio::post(parts_.strand, [self = shared_from_this()] {
    for (auto& signal : self->cancel_) signal.emit(asio::cancellation_type::terminal);
  });
}

void WebSocketConnection::open_gates() {
  read_gate_.cancel();
  write_gate_.cancel();
  watch_timer_.cancel();
  close_timer_.cancel();
}

void WebSocketConnection::finish() {
  parts_.core->remove_canceller(canceller_);
  const ConnectionHandlers handlers = std::exchange(handlers_, {});
  queue_.clear();
  queued_bytes_ = 0;
  if (handlers.on_closed) handlers.on_closed(error_);
  if (const Task on_end = std::exchange(parts_.on_end, nullptr)) on_end();
}

}  // namespace navette::net
