// Text as the engine takes it: valid UTF-8, NFC, "\n" line ends. Lengths and positions count code points.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "navette/base/error.hpp"

namespace navette {

[[nodiscard]] bool is_valid_utf8(std::string_view text);            // strict: no overlong form, no surrogate, no U+0000
[[nodiscard]] std::size_t code_point_count(std::string_view text);  // REQUIRES: valid UTF-8
[[nodiscard]] std::u32string to_code_points(std::string_view text);  // REQUIRES: valid UTF-8
[[nodiscard]] std::string to_utf8(std::u32string_view text);

// The beginning of any bytes, for a message: valid UTF-8, at most that many code points, cut before anything invalid.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t max_code_points);

// What comes from outside: checks UTF-8, drops a byte order mark, "\r\n", "\r", U+000B, U+000C become "\n", NFC.
// Errors: kNotUtf8; kInvalidArgument for control characters other than tabs; both with the byte position.
[[nodiscard]] Result<std::string> normalized(std::string_view text);

}  // namespace navette
