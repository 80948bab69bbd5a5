#include "navette/net/client.hpp"

#include <openssl/ssl.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <future>
#include <utility>

#include "deadline.hpp"
#include "http.hpp"
#include "navette/net/server.hpp"
#include "navette/os/join.hpp"
#include "tls_state.hpp"
#include "websocket_connection.hpp"
#include "words.hpp"

namespace navette::net {
namespace {

using asio::ip::tcp;
using ErrorOfSystem = boost::system::error_code;
using Connected = Result<std::shared_ptr<Connection>>;

// What the server's TLS alert says about our certificate: under TLS 1.3 it comes after our own end of the handshake.
bool refuses_certificate(const ErrorOfSystem& error) {
  if (error.category() != asio::error::get_ssl_category()) return false;
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      return true;
    default:
      return false;
  }
}

// One dialling, on its strand; cut by the runtime's stop.
class Dialling : public std::enable_shared_from_this<Dialling> {
 public:
  Dialling(std::shared_ptr<RuntimeCore> core, ClientOptions options)
      : core_(std::move(core)),
        options_(std::move(options)),
        strand_(asio::make_strand(core_->context())),
        resolver_(strand_),
        socket_(tcp::socket(asio::any_io_executor(strand_)), options_.tls.state()->context.native_handle()),
        deadline_(strand_) {}

  asio::awaitable<Connected> open_connection() {
    const auto canceller = watch_stop();
    Connected connected = co_await try_connection();
    deadline_.lift();
    core_->remove_canceller(canceller);
    co_return connected;
  }

  asio::awaitable<Result<Bytes>> post(std::string path, Bytes body) {
    const auto canceller = watch_stop();
    Result<Bytes> reply = co_await try_post(path, std::move(body));
    deadline_.lift();
    core_->remove_canceller(canceller);
    co_return reply;
  }

  [[nodiscard]] const AsioStrand& strand() const { return strand_; }
  void run_out_of_time() { tls().close(); }

 private:
  TlsSocket& tls() { return socket_.next_layer(); }

  std::uint64_t watch_stop() {
    return core_->add_canceller([weak = weak_from_this()] {
      if (const auto self = weak.lock()) asio::post(self->strand_, [self] { self->cut(); });
    });
  }

  void cut() {
    if (handed_over_) return;
    cut_ = true;
    resolver_.cancel();
    tls().close();
  }

  void give_time(milliseconds limit) {
    if (!cut_) deadline_.give(limit, weak_from_this());
  }

  Error no_answer(const ErrorOfSystem& error) const {
    const bool late = deadline_.passed();
    return {ErrorCode::kUnreachable,
            os::join("le serveur « ", options_.endpoint.text(), " » ne répond pas (",
                     late ? "délai dépassé" : words_of(error), ") ; vérifiez le réseau et l'adresse")};
  }

  Error ended_by(const ErrorOfSystem& error) const {
    if (!refuses_certificate(error)) return no_answer(error);
    return {
        ErrorCode::kNotAllowed,
        os::join("le serveur « ", options_.endpoint.text(),
                 " » n'accepte pas le certificat de ce poste ; demandez à votre agence si l'horloge de son serveur est "
                 "juste, sinon inscrivez ce poste à nouveau avec un code qu'elle vous donne")};
  }

  asio::awaitable<Result<>> reach() {
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const std::string service = std::to_string(options_.endpoint.port);
    // The resolver has no time limit of its own: closing is what ends a late one.
    const auto timer = Strand(std::make_shared<Strand::State>(core_, strand_))
                           .run_after(options_.limits.connect_limit, [weak = weak_from_this()] {
                             if (const auto self = weak.lock()) self->resolver_.cancel();
                           });
    const auto addresses = co_await resolver_.async_resolve(options_.endpoint.host, service, token);
    Timer(timer).cancel();
    if (!error && !cut_) {
      give_time(options_.limits.connect_limit);
      co_await asio::async_connect(tls().socket(), addresses, token);
    }
    if (error || cut_) co_return std::unexpected(no_answer(error));
    tls().socket().set_option(tcp::no_delay(true), error);
    co_return Result<>{};
  }

  asio::awaitable<Result<>> secure() {
    Result<> reached = co_await reach();
    if (!reached) co_return reached;
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    SSL* handle = tls().native_handle();
    if (!expect_host(handle, options_.endpoint.host)) {
      co_return fail(ErrorCode::kInvalidArgument,
                     os::join("« ", options_.endpoint.host, " » n'est pas un nom de serveur ; corrigez l'adresse"));
    }
    give_time(options_.limits.handshake_limit);
    co_await tls().async_handshake(beast::role_type::client, token);
    if (!error) co_return Result<>{};
    const bool spoken =
        error.category() == asio::error::get_ssl_category() && error != asio::ssl::error::stream_truncated;
    if (!spoken) co_return std::unexpected(no_answer(error));
    co_return std::unexpected(handshake_failure(handle, options_.endpoint.host, words_of(error)));
  }

  asio::awaitable<Connected> try_connection() {
    Result<> secured = co_await secure();
    if (!secured) co_return std::unexpected(std::move(secured).error());
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    prepare(socket_);
    HttpReply reply;
    const std::string host = options_.endpoint.text();
    const std::string target(kSyncPath);
    co_await socket_.async_handshake(reply, host, target, token);
    if (error == websocket::error::upgrade_declined) {
      const Result<Bytes> refusal = result_of(reply);
      if (!refusal) co_return std::unexpected(refusal.error());
    }
    if (error || cut_) co_return std::unexpected(ended_by(error));
    co_return take();
  }

  std::shared_ptr<Connection> take() {
    PeerIdentity peer = verified_peer(tls().native_handle());
    ErrorOfSystem ignored;
    peer.address = tls().socket().remote_endpoint(ignored).address().to_string();
    handed_over_ = true;
    WebSocketConnection::Parts parts{
        .core = core_, .strand = strand_, .peer = std::move(peer), .limits = options_.connection, .on_end = {}};
    return std::make_shared<WebSocketConnection>(std::move(socket_), std::move(parts));
  }

  asio::awaitable<Result<Bytes>> try_post(std::string path, Bytes body) {
    Result<> secured = co_await secure();
    if (!secured) co_return std::unexpected(std::move(secured).error());
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    http::request<http::string_body> request(http::verb::post, path, 11);
    request.set(http::field::host, options_.endpoint.text());
    request.set(http::field::content_type, "application/json");
    request.keep_alive(false);
    request.body() = std::move(body);
    request.prepare_payload();
    give_time(options_.limits.reply_limit);
    co_await http::async_write(tls(), request, token);
    http::response_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(kHttpHeaderMaxBytes));
    parser.body_limit(kHttpReplyMaxBytes);
    beast::flat_buffer buffer(kHttpHeaderMaxBytes + kHttpReplyMaxBytes);
    // Even after a failed write: the server may have answered before it read everything.
    co_await http::async_read(tls(), buffer, parser, token);
    if (error) co_return std::unexpected(ended_by(error));
    const HttpReply reply = parser.release();
    tls().close();
    co_return result_of(reply);
  }

  std::shared_ptr<RuntimeCore> core_;
  ClientOptions options_;
  AsioStrand strand_;
  tcp::resolver resolver_;
  WebSocket socket_;
  Deadline deadline_;
  bool cut_ = false;
  bool handed_over_ = false;
};

asio::awaitable<void> run_connect(std::shared_ptr<Dialling> dialling, OnConnected on_connected) {
  Connected connected = co_await dialling->open_connection();
  on_connected(std::move(connected));
}

asio::awaitable<void> run_post(std::shared_ptr<Dialling> dialling, std::string path, Bytes body,
                               std::promise<Result<Bytes>>& outcome) {
  Result<Bytes> reply = co_await dialling->post(std::move(path), std::move(body));
  outcome.set_value(std::move(reply));
}

}  // namespace

std::string Endpoint::text() const {
  return host.contains(':') ? os::join("[", host, "]:", port) : os::join(host, ":", port);
}

Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  const auto wrong = [&] {
    return fail(ErrorCode::kInvalidArgument,
                os::join("« ", text, " » n'est pas une adresse de serveur ; écrivez par exemple agence.example:8743"));
  };
  Endpoint endpoint{.host = std::string(text), .port = default_port};
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos) return wrong();
    endpoint.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) return wrong();
  } else if (const auto colon = text.find(':'); colon != text.npos && text.find(':', colon + 1) == text.npos) {
    endpoint.host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (!port.empty()) {
    const auto parsed = std::from_chars(port.data() + 1, port.data() + port.size(), endpoint.port);
    if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) return wrong();
  }
  if (endpoint.host.empty() || endpoint.host.find_first_of(" /@[]") != std::string::npos || endpoint.port == 0)
    return wrong();
  return endpoint;
}

void connect(IoRuntime& runtime, ClientOptions options, OnConnected on_connected) {
  const auto dialling = std::make_shared<Dialling>(runtime.core(), std::move(options));
  asio::co_spawn(dialling->strand(), run_connect(dialling, std::move(on_connected)), kRethrow);
}

Result<std::shared_ptr<Connection>> connect_and_wait(IoRuntime& runtime, ClientOptions options) {
  auto outcome = std::make_shared<std::promise<Connected>>();
  auto future = outcome->get_future();
  connect(runtime, std::move(options), [outcome](Connected connected) { outcome->set_value(std::move(connected)); });
  return future.get();
}

Result<Bytes> https_post(const ClientOptions& options, const std::string& path, Bytes body) {
  IoRuntime runtime(1);
  std::promise<Result<Bytes>> outcome;
  auto future = outcome.get_future();
  const auto dialling = std::make_shared<Dialling>(runtime.core(), options);
  asio::co_spawn(dialling->strand(), run_post(dialling, path, std::move(body), outcome), kRethrow);
  Result<Bytes> reply = future.get();
  runtime.stop();
  return reply;
}

}  // namespace navette::net
