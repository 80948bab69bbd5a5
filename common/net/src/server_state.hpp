// What the acceptor and the sessions of a server share.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "address_book.hpp"
#include "navette/net/server.hpp"
#include "runtime_core.hpp"

namespace navette::net {

using asio::ip::tcp;

// Counts while it lives; `on_end` afterwards.
class Slot {
 public:
  Slot(std::shared_ptr<Server::State> server, std::size_t& counter, Task on_end);
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot();

 private:
  std::shared_ptr<Server::State> server_;
  std::size_t& counter_;
  Task on_end_;
};

// Thread: any, by its mutex.
struct Server::State {
  State(ServerOptions given_options, ServerHandlers given_handlers)
      : options(std::move(given_options)),
        handlers(std::move(given_handlers)),
        runtime(options.threads),
        acceptor(asio::make_strand(runtime.core()->context())),
        addresses(options.limits) {}

  void add_connection(const std::shared_ptr<Connection>& connection);
  // A place for one more connection of a device, held while it lives. Null: it has as many as it may.
  [[nodiscard]] static std::shared_ptr<void> place_for(const std::shared_ptr<State>& server, const std::string& device);

  // What new connections are secured with.
  [[nodiscard]] std::shared_ptr<TlsState> tls() {
    const std::lock_guard lock(mutex);
    return renewed_tls ? renewed_tls->state() : options.tls.state();
  }

  const ServerOptions options;
  const ServerHandlers handlers;
  IoRuntime runtime;
  tcp::acceptor acceptor;  // on its strand
  std::uint16_t port = 0;
  AddressBook addresses;

  std::mutex mutex;
  std::condition_variable emptied;
  bool stopping = false;
  std::optional<TlsServerContext> renewed_tls;
  std::size_t sockets = 0;
  std::size_t handshakes = 0;
  std::map<const Connection*, std::weak_ptr<Connection>> connections;
  std::map<std::string, std::size_t> devices;  // connected ones, with how many connections
};

struct Slots {
  std::shared_ptr<Slot> socket;
  std::shared_ptr<Slot> handshake;
};

// One accepted socket, from the TLS handshake to the reply or the upgrade.
asio::awaitable<void> serve(std::shared_ptr<Server::State> server, tcp::socket socket, AsioStrand strand, Slots slots);

}  // namespace navette::net
