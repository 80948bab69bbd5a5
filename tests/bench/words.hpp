// The words that the generator draws from.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace navette::bench {

[[nodiscard]] const std::vector<std::u32string>& words();
inline constexpr std::array<const char*, 6> kStatus{"ouvert", "clos", "en cours", "suspendu", "archivé", "à valider"};

}  // namespace navette::bench
