// The FINESS number: 9 characters, the last one a key (domain B2). The only place that knows the algorithm.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace navette::schema {

// « 75 071 218 4 » → « 750712184 »: blanks out (no-break ones too), letters in upper case. Checks nothing.
[[nodiscard]] std::string normalised_finess(std::string_view typed);
// Nine digits, or the form of Corsica (2A, 2B): what a FINESS number can look like. REQUIRES: normalised.
[[nodiscard]] bool finess_form_holds(std::string_view finess);
// Nine characters whose key holds; the form of Corsica (2A, 2B) included. REQUIRES: normalised.
[[nodiscard]] bool finess_key_holds(std::string_view finess);
// The number of these eight characters with its key; nothing when they cannot begin a FINESS number.
[[nodiscard]] std::optional<std::string> with_finess_key(std::string_view eight_characters);

}  // namespace navette::schema
