// Messages made of pieces: this compiler's library has no std::format.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace navette::os {

[[nodiscard]] inline std::string piece(std::string_view text) { return std::string(text); }
[[nodiscard]] inline std::string piece(std::integral auto number) { return std::to_string(number); }

// Text and whole numbers, one after the other.
template <class... Pieces>
[[nodiscard]] std::string join(const Pieces&... pieces) {
  return (std::string() + ... + piece(pieces));
}

}  // namespace navette::os
