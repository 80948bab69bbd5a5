// Standard output can fail like any other file: a full disk, a closed pipe.
#pragma once

#include <iosfwd>

#include "navette/base/error.hpp"

namespace navette::cli {

// REQUIRES: called first of all. A standard descriptor that came closed would be given to the next file or connection
// that is opened, and what is printed would go there. Now printing fails instead, and reading finds the end.
void hold_standard_descriptors();

// Whether everything printed so far arrived. A program that cannot tell its answer has not done what it was asked.
[[nodiscard]] Result<> written(std::ostream& out);

}  // namespace navette::cli
