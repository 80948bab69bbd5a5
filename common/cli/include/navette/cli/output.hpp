// Standard output can fail like any other file: a full disk, a closed pipe.
#pragma once

#include <iosfwd>

#include "navette/base/error.hpp"

namespace navette::cli {

// Whether everything printed so far arrived. A program that cannot tell its answer has not done what it was asked.
[[nodiscard]] Result<> written(std::ostream& out);

}  // namespace navette::cli
