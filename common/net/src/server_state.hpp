// What the acceptor and the sessions of a server share.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include "navette/net/server.hpp"
#include "runtime_core.hpp"

namespace navette::net {

using asio::ip::tcp;

// Counts while it lives.
class Slot {
 public:
  Slot(std::shared_ptr<Server::State> server, std::size_t& counter);
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot();

 private:
  std::shared_ptr<Server::State> server_;
  std::size_t& counter_;
};

// Thread: any, by its mutex.
struct Server::State {
  State(ServerOptions given_options, ServerHandlers given_handlers)
      : options(std::move(given_options)),
        handlers(std::move(given_handlers)),
        runtime(options.threads),
        acceptor(asio::make_strand(runtime.core()->context())) {}

  void add_connection(const std::shared_ptr<Connection>& connection);

  const ServerOptions options;
  const ServerHandlers handlers;
  IoRuntime runtime;
  tcp::acceptor acceptor;  // on its strand
  std::uint16_t port = 0;

  std::mutex mutex;
  std::condition_variable emptied;
  bool stopping = false;
  std::size_t sockets = 0;
  std::size_t handshakes = 0;
  std::map<const Connection*, std::weak_ptr<Connection>> connections;
};

struct Slots {
  std::shared_ptr<Slot> socket;
  std::shared_ptr<Slot> handshake;
};

// One accepted socket, from the TLS handshake to the reply or the upgrade.
asio::awaitable<void> serve(std::shared_ptr<Server::State> server, tcp::socket socket, AsioStrand strand, Slots slots);

}  // namespace navette::net
