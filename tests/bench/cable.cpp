#include "bench/cable.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace navette::bench {
namespace {

constexpr std::size_t kPacketBytes = 2'048;    // more than a packet of 1,500
constexpr std::size_t kPacketsUnderWay = 200;  // what a cheap router holds; beyond, it drops
constexpr std::chrono::milliseconds kLook{50};

int open_end(const std::string& name) {
  const int end = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  if (end >= 0 && ::ioctl(end, TUNSETIFF, &request) == 0) return end;
  if (end >= 0) ::close(end);
  return -1;
}

}  // namespace

Cable::Cable(const std::array<std::string, 2>& ends, LineQuality quality) : quality_(quality) {
  const int first = open_end(ends[0]);
  const int second = open_end(ends[1]);
  ways_[0].from = ways_[1].to = first;
  ways_[1].from = ways_[0].to = second;
}

Cable::~Cable() {
  stopped_ = true;
  if (carrier_.joinable()) carrier_.join();
  for (const Way& way : ways_) {
    if (way.from >= 0) ::close(way.from);
  }
}

void Cable::start() {
  carrier_ = std::thread([this] { carry(); });
}

void Cable::carry() {
  while (!stopped_) {
    Moment next = now() + kLook;
    for (Way& way : ways_) {
      let_out(way);
      if (!way.under_way.empty()) next = std::min(next, way.under_way.front().due);
    }
    pollfd ready[2] = {{ways_[0].from, POLLIN, 0}, {ways_[1].from, POLLIN, 0}};
    const auto wait = std::max(next - now(), Moment::duration::zero());
    const timespec limit{0, std::chrono::duration_cast<std::chrono::nanoseconds>(wait).count()};
    ::ppoll(ready, 2, &limit, nullptr);
    for (Way& way : ways_) take_in(way);
  }
}

void Cable::take_in(Way& way) {
  std::string packet(kPacketBytes, '\0');
  for (ssize_t size = 0; (size = ::read(way.from, packet.data(), packet.size())) > 0;) {
    if (way.under_way.size() >= kPacketsUnderWay) continue;
    const double bits = static_cast<double>(size) * 8;
    const std::chrono::nanoseconds sending(static_cast<std::int64_t>(bits / quality_.kilobits_per_second * 1e6));
    way.free = std::max(way.free, now()) + sending;
    // Lost on the way: it took its time on the line.
    if (std::uniform_real_distribution<>(0, 100)(dice_) < quality_.loss_percent) continue;
    way.under_way.push_back({way.free + std::chrono::milliseconds(quality_.round_trip_ms / 2),
                             packet.substr(0, static_cast<std::size_t>(size))});
  }
}

void Cable::let_out(Way& way) {
  const Moment present = now();
  while (!way.under_way.empty() && way.under_way.front().due <= present) {
    (void)!::write(way.to, way.under_way.front().bytes.data(), way.under_way.front().bytes.size());
    way.under_way.pop_front();
  }
}

}  // namespace navette::bench
