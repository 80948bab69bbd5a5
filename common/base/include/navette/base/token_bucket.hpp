// So many at once, and so many a second after that. Pure: the time is told. One thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace navette {

class TokenBucket {
 public:
  // Full at first. REQUIRES: both above 0.
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // False: there is none now, and nothing is taken. A clock that goes back counts as one that stands.
  [[nodiscard]] bool take(std::int64_t now_ms) {
    refill(now_ms);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  // How long until take() succeeds.
  [[nodiscard]] std::int64_t wait_ms(std::int64_t now_ms) {
    refill(now_ms);
    return tokens_ >= 1 ? 0 : static_cast<std::int64_t>((1 - tokens_) / per_second_ * 1000) + 1;
  }
  [[nodiscard]] bool full(std::int64_t now_ms) const { return filled(now_ms) >= burst_; }

 private:
  [[nodiscard]] double filled(std::int64_t now_ms) const {
    const std::int64_t passed = began_ ? std::max<std::int64_t>(now_ms - last_ms_, 0) : 0;
    return std::min(burst_, tokens_ + static_cast<double>(passed) / 1000 * per_second_);
  }
  void refill(std::int64_t now_ms) {
    tokens_ = filled(now_ms);
    last_ms_ = now_ms;
    began_ = true;
  }

  double per_second_;
  double burst_;
  double tokens_;
  std::int64_t last_ms_ = 0;
  bool began_ = false;
};

}  // namespace navette
