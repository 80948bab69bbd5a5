#include "navette/net/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

#include "navette/os/join.hpp"
#include "server_state.hpp"
#include "words.hpp"

namespace navette::net {
namespace {

using ErrorOfSystem = boost::system::error_code;

asio::awaitable<void> pause_accepting(tcp::acceptor& acceptor) {
  ErrorOfSystem ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  asio::steady_timer timer(acceptor.get_executor());
  timer.expires_after(kAcceptRetryDelay);
  co_await timer.async_wait(token);
}

// Nothing when the server is full or stopping, or that address has more than its part.
Slots reserve(const std::shared_ptr<Server::State>& server, const asio::ip::address& address) {
  {
    const std::lock_guard lock(server->mutex);
    const auto& limits = server->options.limits;
    if (server->stopping || server->sockets >= limits.connections_max || server->handshakes >= limits.handshakes_max)
      return {};
  }
  const std::string group = address_group(address);
  if (!server->addresses.enter(group, std::chrono::steady_clock::now())) return {};
  return {.socket = std::make_shared<Slot>(server, server->sockets,
                                           [raw = server.get(), group] { raw->addresses.leave(group); }),
          .handshake = std::make_shared<Slot>(server, server->handshakes,
                                              [raw = server.get(), group] { raw->addresses.end_handshake(group); })};
}

asio::awaitable<void> accept_all(std::shared_ptr<Server::State> server) {
  ErrorOfSystem error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  while (server->acceptor.is_open()) {
    const AsioStrand strand = asio::make_strand(server->runtime.core()->context());
    const asio::any_io_executor executor = strand;
    tcp::socket socket(executor);
    co_await server->acceptor.async_accept(socket, token);
    if (error) {
      if (!server->acceptor.is_open()) break;
      co_await pause_accepting(server->acceptor);
      continue;
    }
    ErrorOfSystem gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) continue;
    auto slots = reserve(server, remote.address());
    if (slots.socket) asio::co_spawn(strand, serve(server, std::move(socket), strand, std::move(slots)), kRethrow);
  }
}

Result<> listen(tcp::acceptor& acceptor, const ServerOptions& options) {
  ErrorOfSystem error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return fail(
        ErrorCode::kInvalidArgument,
        os::join("« ", options.address, " » n'est pas une adresse d'écoute ; donnez-en une comme 0.0.0.0 ou ::1"));
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return {};
  const std::string place = os::join("« ", options.address, " » port ", options.port);
  if (error == asio::error::address_in_use) {
    return fail(ErrorCode::kConflict, place + " est déjà pris par un autre programme ; arrêtez-le ou changez de port");
  }
  if (error == asio::error::access_denied) {
    return fail(ErrorCode::kReadOnly, place + " est réservé à l'administrateur ; choisissez un port au-dessus de 1023");
  }
  return fail(ErrorCode::kInvalidArgument,
              os::join("impossible d'écouter sur ", place, " : ", words_of(error), " ; vérifiez l'adresse"));
}

}  // namespace

Slot::Slot(std::shared_ptr<Server::State> server, std::size_t& counter, Task on_end)
    : server_(std::move(server)), counter_(counter), on_end_(std::move(on_end)) {
  const std::lock_guard lock(server_->mutex);
  ++counter_;
}

Slot::~Slot() {
  on_end_();
  const std::lock_guard lock(server_->mutex);
  --counter_;
  server_->emptied.notify_all();
}

std::shared_ptr<void> Server::State::place_for(const std::shared_ptr<State>& server, const std::string& device) {
  const std::lock_guard lock(server->mutex);
  std::size_t& count = server->devices[device];
  if (count >= server->options.limits.connections_per_device) return nullptr;
  ++count;
  return {server.get(), [server, device](void*) {
            const std::lock_guard inner(server->mutex);
            const auto found = server->devices.find(device);
            if (--found->second == 0) server->devices.erase(found);
          }};
}

void Server::State::add_connection(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex);
  connections.emplace(connection.get(), connection);
  if (stopping) connection->close(CloseCode::kGoingAway, "le serveur s'arrête");
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, ServerHandlers handlers) {
  auto state = std::make_shared<State>(std::move(options), std::move(handlers));
  NAVETTE_TRY(listen(state->acceptor, state->options));
  state->port = state->acceptor.local_endpoint().port();
  asio::co_spawn(state->acceptor.get_executor(), accept_all(state), kRethrow);
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { stop(); }
std::uint16_t Server::port() const { return state_->port; }
IoRuntime& Server::runtime() { return state_->runtime; }

void Server::use(TlsServerContext tls) {
  const std::lock_guard lock(state_->mutex);
  state_->renewed_tls = std::move(tls);
}

std::size_t Server::connection_count() const {
  const std::lock_guard lock(state_->mutex);
  return state_->sockets;
}

void Server::stop() {
  std::vector<std::shared_ptr<Connection>> living;
  {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->stopping, true)) return;
    for (const auto& [key, weak] : state_->connections) {
      if (auto connection = weak.lock()) living.push_back(std::move(connection));
    }
  }
  asio::post(state_->acceptor.get_executor(), [state = state_] {
    ErrorOfSystem ignored;
    state->acceptor.close(ignored);
  });
  for (const auto& connection : living) connection->close(CloseCode::kGoingAway, "le serveur s'arrête");
  living.clear();
  {
    // Those still shaking hands have nothing to lose: the runtime cuts them.
    std::unique_lock lock(state_->mutex);
    const auto patience = state_->options.connection.close_limit + state_->options.limits.stop_margin;
    state_->emptied.wait_for(lock, patience, [&] { return state_->sockets == state_->handshakes; });
  }
  state_->runtime.stop();
}

}  // namespace navette::net
