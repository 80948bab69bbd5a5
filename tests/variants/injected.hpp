// Whether a deliberate fault is switched on: NAVETTE_FAULT names the one of this process.
#pragma once

#include <string_view>

namespace navette::test {

[[nodiscard]] bool injected(std::string_view fault);

}  // namespace navette::test
