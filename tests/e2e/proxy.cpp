#include "e2e/proxy.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

namespace navette::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kLookMs = 5;  // how soon a change of the line is noticed

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void close_with_reset(int socket) {
  const linger at_once{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket);
}

}  // namespace

struct Proxy::Way {
  int from;
  int to;
  const std::atomic<bool>& muted;
  std::atomic<std::size_t>& counter;
  std::size_t left;  // until the cut
  bool ended = false;
};

Proxy::Proxy(std::uint16_t server_port) : server_port_(server_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Proxy::~Proxy() {
  stopped_ = true;
  acceptor_.join();
  for (std::thread& carrier : carriers_) carrier.join();
  ::close(listener_);
}

void Proxy::pass() {
  mute_up_ = mute_down_ = false;
  rate_ = 0;
  cut_after({}, {});
}
void Proxy::mute_down() { mute_down_ = true; }
void Proxy::mute() { mute_up_ = mute_down_ = true; }
void Proxy::slow(std::size_t bytes_per_second) { rate_ = bytes_per_second; }
void Proxy::cut() { ++cuts_; }
void Proxy::cut_after(std::optional<std::size_t> up, std::optional<std::size_t> down) {
  cut_up_ = up.value_or(SIZE_MAX);
  cut_down_ = down.value_or(SIZE_MAX);
}

void Proxy::accept_all() {
  while (!stopped_) {
    pollfd coming{listener_, POLLIN, 0};
    if (::poll(&coming, 1, kLookMs) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    ++accepted_;
    const std::lock_guard lock(mutex_);
    carriers_.emplace_back([this, client] { carry(client); });
  }
}

// Moves what is there. False: this connection is over.
bool Proxy::pump(Way& way) {
  std::array<char, 16384> part{};
  const std::size_t rate = rate_;
  std::size_t most = std::min(part.size(), way.left);
  if (rate != 0) most = std::min(most, std::max<std::size_t>(rate / 100, 1));
  const ssize_t got = ::recv(way.from, part.data(), most, 0);
  if (got < 0) return false;
  if (got == 0) {  // said to the other end, as a line does
    way.ended = true;
    ::shutdown(way.to, SHUT_WR);
    return true;
  }
  way.left -= static_cast<std::size_t>(got);
  way.counter += static_cast<std::size_t>(got);
  if (!way.muted && ::send(way.to, part.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) != got) return false;
  if (rate != 0) std::this_thread::sleep_for(std::chrono::microseconds(std::size_t(got) * 1'000'000 / rate));
  return way.left != 0;
}

void Proxy::carry(int client) {
  const unsigned cuts = cuts_;
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(server_port_);
  Way up{client, server, mute_up_, up_, cut_up_};
  Way down{server, client, mute_down_, down_, cut_down_};
  bool alive = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  while (alive && !(up.ended && down.ended) && !stopped_ && cuts == cuts_) {
    // A negative descriptor is passed over.
    std::array<pollfd, 2> ready{pollfd{up.ended ? -1 : client, POLLIN, 0}, pollfd{down.ended ? -1 : server, POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), kLookMs) <= 0) continue;
    if (ready[0].revents != 0) alive = pump(up);
    if (alive && ready[1].revents != 0) alive = pump(down);
  }
  const bool in_order = up.ended && down.ended;
  for (const int socket : {client, server}) in_order ? static_cast<void>(::close(socket)) : close_with_reset(socket);
}

}  // namespace navette::e2e
