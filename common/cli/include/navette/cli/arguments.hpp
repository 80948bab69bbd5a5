// What the terminal hands over before anything reads it.
#pragma once

#include <span>
#include <string>

#include "navette/base/error.hpp"

namespace navette::cli {

// Names and paths go into JSON, databases and certificates, which hold text alone. Errors: kNotUtf8, naming the word.
[[nodiscard]] Result<> check_utf8(std::span<const std::string> arguments);

}  // namespace navette::cli
