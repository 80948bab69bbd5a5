// A bad line between two network namespaces: packets are delayed, lost, throttled, swallowed, and the real TCP of both
// ends lives with it. The namespaces have no other way to each other or to the world.
//
// Made of two TUN devices and a thread between them: the kernel's own netem is not built into every kernel.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace navette::e2e {

struct LineState {
  double loss = 0;                     // of packets, each way, 0…1
  std::chrono::milliseconds delay{0};  // each way
  std::size_t bytes_per_second = 0;    // each way; 0: no limit
  bool silent = false;                 // nothing passes, and nobody is told
};

// Thread: any.
class BadLine {
 public:
  static constexpr const char* kNearAddress = "10.77.0.1";
  static constexpr const char* kFarAddress = "10.77.0.2";

  // Nothing: this machine lends no network namespaces (not root, no TUN).
  [[nodiscard]] static std::unique_ptr<BadLine> make(unsigned seed);
  ~BadLine();
  BadLine(const BadLine&) = delete;
  BadLine& operator=(const BadLine&) = delete;

  [[nodiscard]] int near() const { return sides_[0].network; }  // descriptors of the namespaces
  [[nodiscard]] int far() const { return sides_[1].network; }
  void become(const LineState& state);
  [[nodiscard]] std::size_t lost() const;  // packets, so far

 private:
  using Clock = std::chrono::steady_clock;
  struct Packet {
    Clock::time_point due;
    std::vector<char> bytes;
  };
  struct Side {
    int network = -1;
    int device = -1;
    std::deque<Packet> queue;      // towards this side
    std::size_t queued_bytes = 0;  // likewise
    Clock::time_point free_at;     // when the line has sent what stands in the queue
  };

  explicit BadLine(unsigned seed) : random_(seed) {}
  [[nodiscard]] static bool open(Side& side, const char* address);
  void carry();
  void take(Side& from, Side& to);
  void hand_over(Side& to);

  std::array<Side, 2> sides_;
  mutable std::mutex mutex_;
  LineState state_;
  std::mt19937 random_;
  std::size_t lost_ = 0;
  bool stopped_ = false;
  std::thread carrier_;
};

}  // namespace navette::e2e
