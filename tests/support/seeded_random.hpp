// Randomness that a seed decides.
#pragma once

#include <random>

#include "navette/base/clock.hpp"

namespace navette::test {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<unsigned char> out) override {
    for (unsigned char& byte : out) byte = static_cast<unsigned char>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace navette::test
