#include "navette/net/local_server.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "navette/net/tuning.hpp"
#include "navette/os/local_socket.hpp"
#include "runtime_core.hpp"

namespace navette::net {
namespace {

using Unix = asio::local::stream_protocol;
using ErrorOfSystem = boost::system::error_code;

}  // namespace

// One strand owns the acceptor and all clients: they are few.
struct LocalServer::State : std::enable_shared_from_this<LocalServer::State> {
  struct Client {
    Client(const AsioStrand& strand, Unix::socket accepted) : socket(std::move(accepted)), timer(strand) {}
    Unix::socket socket;
    asio::steady_timer timer;
    bool answered = false;
    Bytes reply;
  };
  using ClientPointer = std::shared_ptr<Client>;

  State(std::shared_ptr<RuntimeCore> runtime, os::LocalListener opened, LocalHandler given, Executor chosen)
      : core(std::move(runtime)),
        strand(asio::make_strand(core->context())),
        listener(std::move(opened)),
        acceptor(strand, Unix(), listener->release_descriptor()),
        handler(std::move(given)),
        executor(std::move(chosen)) {}

  asio::awaitable<void> accept_all() {
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (acceptor.is_open()) {
      Unix::socket socket(strand);
      co_await acceptor.async_accept(socket, token);
      if (error || clients.size() >= kLocalClientsMax) {
        co_await rest();
        continue;
      }
      const auto client = std::make_shared<Client>(strand, std::move(socket));
      clients.insert(client);
      asio::co_spawn(strand, serve(client), kRethrow);
    }
  }

  asio::awaitable<void> rest() {
    ErrorOfSystem ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    if (!acceptor.is_open()) co_return;
    pause.expires_after(kAcceptRetryDelay);
    co_await pause.async_wait(token);
  }

  asio::awaitable<void> serve(ClientPointer client) {
    Bytes request;
    const bool asked = co_await receive(client, request);
    if (asked) {
      co_await answer(client, std::move(request));
      co_await send_reply(client);
    }
    ErrorOfSystem ignored;
    client->socket.close(ignored);
    client->timer.cancel();
    clients.erase(client);
    ended();
  }

  // A client that does not say or take its bytes in time is cut.
  void limit(const ClientPointer& client) {
    client->timer.expires_after(kLocalRequestLimit);
    client->timer.async_wait([client](const ErrorOfSystem& error) {
      ErrorOfSystem ignored;
      if (!error) client->socket.close(ignored);
    });
  }

  asio::awaitable<bool> receive(ClientPointer client, Bytes& request) {
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    limit(client);
    std::array<char, 4> prefix{};
    const auto prefix_buffer = asio::buffer(prefix);
    co_await asio::async_read(client->socket, prefix_buffer, token);
    const std::size_t size = os::local_length(prefix);
    if (error || size > os::kLocalMessageMaxBytes) co_return false;
    request.resize(size);
    const auto buffer = asio::buffer(request);
    co_await asio::async_read(client->socket, buffer, token);
    co_return !error;
  }

  asio::awaitable<void> answer(ClientPointer client, Bytes request) {
    Task work = [self = shared_from_this(), client, given = std::move(request)]() mutable {
      Bytes reply = self->handler(std::move(given));
      asio::post(self->strand, [client, ready = std::move(reply)]() mutable {
        client->reply = std::move(ready);
        client->answered = true;
        client->timer.cancel();
      });
    };
    client->timer.cancel();
    if (executor) {
      executor(std::move(work));
    } else {
      asio::post(core->context(), std::move(work));
    }
    ErrorOfSystem ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    while (!client->answered && (!stopping || !executor)) {
      client->timer.expires_at(std::chrono::steady_clock::time_point::max());
      co_await client->timer.async_wait(token);
    }
  }

  asio::awaitable<void> send_reply(ClientPointer client) {
    ErrorOfSystem error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    if (!client->answered || client->reply.size() > os::kLocalMessageMaxBytes) co_return;
    limit(client);
    const auto prefix = os::local_length_prefix(client->reply.size());
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(prefix), asio::buffer(client->reply)};
    co_await asio::async_write(client->socket, buffers, token);
  }

  void begin_stop() {
    if (std::exchange(stopping, true)) return;
    ErrorOfSystem ignored;
    acceptor.close(ignored);
    pause.cancel();
    for (const auto& client : clients) {
      client->socket.close(ignored);
      client->timer.cancel();
    }
    ended();
  }

  void ended() {
    if (!stopping || !clients.empty()) return;
    const std::lock_guard lock(mutex);
    over = true;
    all_ended.notify_all();
  }

  const std::shared_ptr<RuntimeCore> core;
  AsioStrand strand;
  std::optional<os::LocalListener> listener;
  Unix::acceptor acceptor;
  asio::steady_timer pause{strand};
  const LocalHandler handler;
  const Executor executor;
  std::set<ClientPointer> clients;
  bool stopping = false;
  std::uint64_t canceller = 0;

  std::mutex mutex;  // of what follows
  std::condition_variable all_ended;
  bool over = false;
};

Result<std::unique_ptr<LocalServer>> LocalServer::start(IoRuntime& runtime, const std::filesystem::path& path,
                                                        LocalHandler handler, Executor executor) {
  NAVETTE_ASSIGN(os::LocalListener listener, os::LocalListener::open(path));
  auto state = std::make_shared<State>(runtime.core(), std::move(listener), std::move(handler), std::move(executor));
  state->canceller = runtime.core()->add_canceller([weak = std::weak_ptr(state)] {
    if (const auto alive = weak.lock()) asio::post(alive->strand, [alive] { alive->begin_stop(); });
  });
  // The coroutine must not outlive what it runs in.
  asio::co_spawn(state->strand, state->accept_all(),
                 [state](const std::exception_ptr& exception) { kRethrow(exception); });
  return std::unique_ptr<LocalServer>(new LocalServer(std::move(state)));
}

LocalServer::LocalServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
LocalServer::~LocalServer() { stop(); }

void LocalServer::stop() {
  if (!state_->listener) return;
  if (state_->core->remove_canceller(state_->canceller)) {
    asio::post(state_->strand, [state = state_] { state->begin_stop(); });
  }
  {
    std::unique_lock lock(state_->mutex);
    state_->all_ended.wait_for(lock, kRuntimeDrainLimit, [this] { return state_->over; });
  }
  state_->listener.reset();  // removes the socket and frees the lock
}

}  // namespace navette::net
