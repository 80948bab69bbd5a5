#pragma once

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"

namespace navette {

// URL-safe base64 without padding (RFC 4648 §5).
[[nodiscard]] std::string to_base64url(BytesView bytes);
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);  // kMalformed

}  // namespace navette
