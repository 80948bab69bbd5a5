// The real clock and the real randomness.
#pragma once

#include "navette/base/clock.hpp"

namespace navette::os {

// Thread: any.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() override;
};

// Cryptographic randomness of OpenSSL. Stops the program when there is none: no identity may rest on less.
// Thread: any.
class SystemRandom final : public Random {
 public:
  void fill(std::span<unsigned char> out) override;
};

}  // namespace navette::os
