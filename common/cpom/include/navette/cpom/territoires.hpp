// Départements and regions by their INSEE codes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace navette::cpom {

// "1" → "01", "2a" → "2A", "974"; nothing when no département has that code. 99 is the one of the fictitious portfolio.
[[nodiscard]] std::optional<std::string> departement_code(std::string_view typed);
// "1" → "01" (Guadeloupe), "11"; nothing when no region has that code. 99 likewise.
[[nodiscard]] std::optional<std::string> region_code(std::string_view typed);

}  // namespace navette::cpom
