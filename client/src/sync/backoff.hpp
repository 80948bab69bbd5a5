// When to dial again: full jitter, so that those who lost a server together do not come back together. Pure.
#pragma once

#include <chrono>

#include "navette/base/clock.hpp"

namespace navette::client {

class Backoff {
 public:
  Backoff(Random& random, std::chrono::milliseconds base, std::chrono::milliseconds most)
      : random_(random), base_(base), most_(most) {}

  // Between nothing and a bound that doubles with every call.
  [[nodiscard]] std::chrono::milliseconds next();
  void reset() { failures_ = 0; }

 private:
  Random& random_;
  std::chrono::milliseconds base_;
  std::chrono::milliseconds most_;
  unsigned failures_ = 0;
};

}  // namespace navette::client
