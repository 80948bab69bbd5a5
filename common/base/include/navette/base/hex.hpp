#pragma once

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"

namespace navette {

[[nodiscard]] std::string to_hex(BytesView bytes);            // lower case
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);  // either case; kMalformed otherwise

}  // namespace navette
