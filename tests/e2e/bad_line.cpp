#include "e2e/bad_line.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace navette::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kLookMs = 1;
// What a slow line's box holds before it drops: a second of 512 kbit/s.
constexpr std::size_t kBufferBytes = 64 * 1024;

ifreq request_for(const char* device) {
  ifreq request{};
  std::strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  return request;
}

bool set_address(int socket, unsigned long what, const char* device, const char* address) {
  ifreq request = request_for(device);
  sockaddr_in value{};
  value.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &value.sin_addr);
  std::memcpy(&request.ifr_addr, &value, sizeof value);
  return ::ioctl(socket, what, &request) == 0;
}

bool raise(int socket, const char* device) {
  ifreq request = request_for(device);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
}

// In a thread of its own, which ends in the new namespace.
bool make_side(int& network, int& device, const char* address) {
  if (::unshare(CLONE_NEWNET) != 0) return false;
  network = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  device = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (network < 0 || device < 0) return false;
  ifreq request = request_for("line0");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(device, TUNSETIFF, &request) != 0) return false;
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool made = raise(socket, "lo") && set_address(socket, SIOCSIFADDR, "line0", address) &&
                    set_address(socket, SIOCSIFNETMASK, "line0", "255.255.255.0") && raise(socket, "line0");
  ::close(socket);
  return made;
}

}  // namespace

bool BadLine::open(Side& side, const char* address) {
  bool made = false;
  std::thread([&] { made = make_side(side.network, side.device, address); }).join();
  return made;
}

std::unique_ptr<BadLine> BadLine::make(unsigned seed) {
  std::unique_ptr<BadLine> line(new BadLine(seed));
  if (!open(line->sides_[0], kNearAddress) || !open(line->sides_[1], kFarAddress)) return nullptr;
  line->carrier_ = std::thread([raw = line.get()] { raw->carry(); });
  return line;
}

BadLine::~BadLine() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  if (carrier_.joinable()) carrier_.join();
  for (const Side& side : sides_) {
    for (const int file : {side.device, side.network}) {
      if (file >= 0) ::close(file);
    }
  }
}

void BadLine::become(const LineState& state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

std::size_t BadLine::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void BadLine::carry() {
  while (true) {
    std::array<pollfd, 2> ready{pollfd{sides_[0].device, POLLIN, 0}, pollfd{sides_[1].device, POLLIN, 0}};
    ::poll(ready.data(), ready.size(), kLookMs);
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    take(sides_[0], sides_[1]);
    take(sides_[1], sides_[0]);
    for (Side& side : sides_) hand_over(side);
  }
}

void BadLine::take(Side& from, Side& to) {
  std::array<char, 65536> bytes{};
  ssize_t got = 0;
  while ((got = ::read(from.device, bytes.data(), bytes.size())) > 0) {
    const auto size = static_cast<std::size_t>(got);
    const bool unlucky = std::uniform_real_distribution<>(0, 1)(random_) < state_.loss;
    const bool no_room = state_.bytes_per_second != 0 && to.queued_bytes + size > kBufferBytes;
    if (state_.silent || unlucky || no_room) {
      ++lost_;
      continue;
    }
    to.free_at = std::max(to.free_at, Clock::now());
    if (state_.bytes_per_second != 0)
      to.free_at += std::chrono::microseconds(size * 1'000'000 / state_.bytes_per_second);
    to.queue.push_back({to.free_at + state_.delay, {bytes.data(), bytes.data() + got}});
    to.queued_bytes += size;
  }
}

void BadLine::hand_over(Side& to) {
  while (!to.queue.empty() && to.queue.front().due <= Clock::now()) {
    const std::vector<char>& bytes = to.queue.front().bytes;
    if (!state_.silent) (void)!::write(to.device, bytes.data(), bytes.size());
    to.queued_bytes -= bytes.size();
    to.queue.pop_front();
  }
}

}  // namespace navette::e2e
