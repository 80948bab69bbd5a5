#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "deadline.hpp"
#include "http.hpp"
#include "navette/net/tuning.hpp"
#include "server_state.hpp"
#include "tls_state.hpp"
#include "websocket_connection.hpp"

namespace navette::net {
namespace {

using ErrorOfSystem = boost::system::error_code;
using Request = http::request<http::string_body>;

// A socket before it is a Connection: owned by its coroutine, cut by the runtime's stop.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Server::State> server, tcp::socket socket, AsioStrand strand, Slots slots)
      : server_(std::move(server)),
        strand_(std::move(strand)),
        slots_(std::move(slots)),
        tls_(server_->tls()),
        socket_(std::move(socket), tls_->context.native_handle()),
        deadline_(strand_) {}

  asio::awaitable<void> run() {
    const auto canceller = core()->add_canceller([weak = weak_from_this()] {
      if (const auto self = weak.lock()) asio::post(self->strand_, [self] { self->cut(); });
    });
    ErrorOfSystem ignored;
    auto remote = tls().socket().remote_endpoint(ignored);
    tls().socket().set_option(tcp::no_delay(true), ignored);
    const bool secure = co_await shake_hands();
    if (secure) {
      peer_ = verified_peer(tls().native_handle());
      peer_.address = remote.address().to_string();
      co_await answer_request();
    }
    deadline_.lift();
    core()->remove_canceller(canceller);
  }

  void run_out_of_time() { tls().close(); }

 private:
  const std::shared_ptr<RuntimeCore>& core() { return server_->runtime.core(); }
  TlsSocket& tls() { return socket_.next_layer(); }

  void cut() {
    if (handed_over_) return;
    cut_ = true;
    tls().close();
  }

  void give_time(milliseconds limit) {
    if (!cut_) deadline_.give(limit, weak_from_this());
  }

  asio::awaitable<bool> shake_hands() {
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    give_time(server_->options.limits.handshake_limit);
    co_await tls().async_handshake(beast::role_type::server, token);
    if (error && !deadline_.passed()) co_await linger();
    co_return !error;
  }

  // Closing with unread bytes resets the connection, and the other end would never read our alert or reply.
  asio::awaitable<void> linger() {
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    ErrorOfSystem ignored;
    tls().socket().shutdown(tcp::socket::shutdown_send, ignored);
    give_time(kLingerLimit);
    std::array<char, 4096> piece{};
    const auto buffer = asio::buffer(piece);
    std::size_t total = 0;
    while (!error && !cut_ && total < kLingerMaxBytes) total += co_await tls().socket().async_read_some(buffer, token);
    tls().close();
  }

  asio::awaitable<void> answer_request() {
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(kHttpHeaderMaxBytes));
    parser.body_limit(kEnrolBodyMaxBytes);
    beast::flat_buffer buffer(kHttpHeaderMaxBytes + kEnrolBodyMaxBytes);
    give_time(server_->options.limits.request_limit);
    co_await http::async_read(tls(), buffer, parser, token);
    if (error) {
      co_await refuse_unread(error);
      co_return;
    }
    const Request request = parser.release();
    if (websocket::is_upgrade(request) && request.target() == path(kSyncPath)) {
      co_await upgrade(request);
    } else if (request.method() == http::verb::post && request.target() == path(kEnrolPath)) {
      Result<Bytes> result = fail(ErrorCode::kNotFound, "ce serveur n'inscrit pas de postes");
      if (server_->handlers.on_enrol) {
        result = server_->handlers.on_enrol({.body = request.body(), .remote_address = peer_.address});
      }
      co_await reply(result, request.version());
    } else {
      co_await reply(fail(ErrorCode::kNotFound, "rien à cette adresse ; vérifiez-la"), request.version());
    }
  }

  static beast::string_view path(std::string_view text) { return {text.data(), text.size()}; }

  asio::awaitable<void> refuse_unread(const ErrorOfSystem& error) {
    const bool oversized =
        error == http::error::body_limit || error == http::error::header_limit || error == http::error::buffer_overflow;
    if (!oversized) co_return;
    const Result<Bytes> result = fail(ErrorCode::kTooLarge, "demande trop grande");
    co_await reply(result, 11);
  }

  asio::awaitable<void> reply(Result<Bytes> result, unsigned version) {
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    HttpReply message = reply_of(result, version);
    give_time(server_->options.limits.request_limit);
    co_await http::async_write(tls(), message, token);
    if (error) co_return;
    co_await linger();
  }

  Result<> admit() {
    if (!peer_.known()) {
      return fail(ErrorCode::kNotAllowed, "ce poste n'est pas inscrit : demandez un code d'inscription à votre agence");
    }
    return server_->handlers.admit ? server_->handlers.admit(peer_) : Result<>{};
  }

  asio::awaitable<void> upgrade(const Request& request) {
    auto admitted = admit();
    if (admitted) place_ = Server::State::place_for(server_, peer_.device_id);
    if (admitted && !place_) {
      admitted = fail(ErrorCode::kBusy,
                      "ce poste tient déjà trop de connexions ; fermez les autres programmes navette, puis réessayez");
    }
    if (!admitted) {
      const Result<Bytes> refusal = std::unexpected(std::move(admitted).error());
      co_await reply(refusal, request.version());
      co_return;
    }
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    prepare(socket_);
    co_await socket_.async_accept(request, token);
    if (error || cut_) co_return;
    deadline_.lift();
    hand_over();
  }

  void hand_over() {
    handed_over_ = true;
    slots_.handshake.reset();
    const auto key = std::make_shared<const Connection*>(nullptr);
    auto forget = [server = server_, slot = std::move(slots_.socket), place = std::move(place_), key] {
      const std::lock_guard lock(server->mutex);
      server->connections.erase(*key);
    };
    WebSocketConnection::Parts parts{.core = core(),
                                     .strand = strand_,
                                     .peer = peer_,
                                     .limits = server_->options.connection,
                                     .on_end = std::move(forget)};
    const auto connection = std::make_shared<WebSocketConnection>(std::move(socket_), std::move(parts));
    *key = connection.get();
    server_->add_connection(connection);
    server_->handlers.on_connection(connection);
  }

  std::shared_ptr<Server::State> server_;
  AsioStrand strand_;
  Slots slots_;
  std::shared_ptr<TlsState> tls_;
  WebSocket socket_;  // its TLS layer alone is used before the upgrade
  Deadline deadline_;
  PeerIdentity peer_;
  std::shared_ptr<void> place_;  // among those of its device
  bool cut_ = false;
  bool handed_over_ = false;
};

}  // namespace

asio::awaitable<void> serve(std::shared_ptr<Server::State> server, tcp::socket socket, AsioStrand strand, Slots slots) {
  const auto session =
      std::make_shared<Session>(std::move(server), std::move(socket), std::move(strand), std::move(slots));
  co_await session->run();
}

}  // namespace navette::net
