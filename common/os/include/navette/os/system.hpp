// The real clock, the real randomness, the limits of the process.
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

// As many files and sockets as the system allows this process; programs that it starts inherit that.
void use_all_descriptors();

}  // namespace navette::os
