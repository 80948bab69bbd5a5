// Two network ends whose packets pass through this program, at the quality of a bad line.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <random>
#include <string>
#include <thread>

#include "bench/slow_line.hpp"
#include "bench/table.hpp"

namespace navette::bench {

class Cable {
 public:
  // Two tun devices of these names. `good()`: the system let us make them.
  Cable(const std::array<std::string, 2>& ends, LineQuality quality);
  ~Cable();
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;
  [[nodiscard]] bool good() const { return ways_[0].from >= 0 && ways_[1].from >= 0; }
  void start();  // after both ends were plugged in

 private:
  struct Packet {
    Moment due;
    std::string bytes;
  };
  struct Way {
    int from = -1;
    int to = -1;
    Moment free;  // when the last packet has left
    std::deque<Packet> under_way;
  };
  void carry();
  void take_in(Way& way);
  void let_out(Way& way);

  LineQuality quality_;
  std::array<Way, 2> ways_;
  std::mt19937 dice_{1};  // the same losses in every run
  std::atomic<bool> stopped_ = false;
  std::thread carrier_;
};

}  // namespace navette::bench
