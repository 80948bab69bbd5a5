#include "injected.hpp"

#include <cstdlib>
#include <string>

namespace navette::test {

bool injected(std::string_view fault) {
  static const char* const named = std::getenv("NAVETTE_FAULT");
  static const std::string wanted = named == nullptr ? "" : named;
  return wanted == fault;
}

}  // namespace navette::test
