// Bounds how many times a second news leave for sessions. Within the bound they leave at once; beyond, each session
// waits its turn and then hears of several commits at once: what a busy minute costs follows the sessions, not the
// commits times the sessions. Receipts do not wait. Thread: any.
#pragma once

#include <chrono>
#include <mutex>

namespace navette::server {

class RelayPace {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // Takes a turn and says how far away it is.
  [[nodiscard]] std::chrono::milliseconds take(Moment now);

 private:
  std::mutex mutex_;
  Moment next_;  // when the next turn is
};

}  // namespace navette::server
