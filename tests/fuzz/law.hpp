// A law that must hold: otherwise the program says which and ends, so that every fuzzer and every test sees it.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace navette::fuzz {

inline void require(bool holds, const std::string& law) {
  if (holds) return;
  std::fprintf(stderr, "broken law: %s\n", law.c_str());
  std::fflush(nullptr);
  std::abort();
}

}  // namespace navette::fuzz
