#include "navette/net/local_bell.hpp"

#include <array>
#include <boost/asio/local/datagram_protocol.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "navette/os/local_socket.hpp"
#include "runtime_core.hpp"

namespace navette::net {
namespace {

using Unix = asio::local::datagram_protocol;
using ErrorOfSystem = boost::system::error_code;

}  // namespace

struct LocalBell::State : std::enable_shared_from_this<LocalBell::State> {
  State(const Strand::State& where, os::LocalBell hung, Task heard)
      : core(where.core),
        strand(where.strand),
        bell(std::move(hung)),
        socket(strand, Unix(), bell.release_descriptor()),
        on_ring(std::move(heard)) {
    socket.non_blocking(true);
  }

  void listen() {
    socket.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](const ErrorOfSystem& error) {
      if (error || !self->socket.is_open()) return;
      self->empty();
      self->on_ring();
      self->listen();
    });
  }

  void empty() {
    ErrorOfSystem error;
    std::array<char, 16> ring{};
    while (!error) socket.receive(asio::buffer(ring), 0, error);
  }

  void take_down() {
    asio::post(strand, [self = shared_from_this()] {
      ErrorOfSystem ignored;
      self->socket.close(ignored);
    });
  }

  const std::shared_ptr<RuntimeCore> core;
  const AsioStrand strand;
  os::LocalBell bell;
  Unix::socket socket;
  const Task on_ring;
  std::uint64_t canceller = 0;
};

Result<std::unique_ptr<LocalBell>> LocalBell::hang(const Strand& strand, const std::filesystem::path& path,
                                                   Task on_ring) {
  NAVETTE_ASSIGN(os::LocalBell bell, os::LocalBell::hang(path));
  auto state = std::make_shared<State>(strand.state(), std::move(bell), std::move(on_ring));
  state->canceller = state->core->add_canceller([weak = std::weak_ptr(state)] {
    if (const auto alive = weak.lock()) alive->take_down();
  });
  asio::post(state->strand, [state] { state->listen(); });
  return std::unique_ptr<LocalBell>(new LocalBell(std::move(state)));
}

LocalBell::LocalBell(std::shared_ptr<State> state) : state_(std::move(state)) {}

LocalBell::~LocalBell() {
  if (state_->core->remove_canceller(state_->canceller)) state_->take_down();
}

}  // namespace navette::net
