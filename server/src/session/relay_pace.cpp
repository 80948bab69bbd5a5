#include "navette/server/relay_pace.hpp"

#include <algorithm>

#include "navette/server/tuning.hpp"

namespace navette::server {

std::chrono::milliseconds RelayPace::take(Moment now) {
  constexpr std::chrono::steady_clock::duration kTurn =
      std::chrono::nanoseconds(1'000'000'000 / tuning::kRelaysPerSecond);
  const std::lock_guard lock(mutex_);
  // A quiet time leaves a stock of turns, and no more than that.
  next_ = std::max(next_, now - tuning::kRelayBurst) + kTurn;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::max(next_ - now, Moment::duration::zero()));
}

}  // namespace navette::server
