#include "navette/os/system.hpp"

#include <openssl/rand.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace navette::os {

Timestamp SystemClock::now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

void SystemRandom::fill(std::span<unsigned char> out) {
  constexpr std::size_t kPieceBytes = 1U << 20U;  // RAND_bytes counts in int
  while (!out.empty()) {
    const std::size_t piece = std::min(out.size(), kPieceBytes);
    if (RAND_bytes(out.data(), static_cast<int>(piece)) != 1) {
      std::fputs("navette: pas de source d'aléa\n", stderr);
      std::abort();
    }
    out = out.subspan(piece);
  }
}

void use_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace navette::os
