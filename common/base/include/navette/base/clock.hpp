// Time and randomness as interfaces, so that tests and the simulator decide both.
#pragma once

#include <compare>
#include <cstdint>
#include <span>

namespace navette {

// Milliseconds since 1970-01-01 UTC. Shown to people; decides nothing in merging.
struct Timestamp {
  std::int64_t milliseconds = 0;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<unsigned char> out) = 0;
};

}  // namespace navette
