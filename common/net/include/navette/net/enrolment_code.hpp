// The code that brings a device in: a secret for once, and the fingerprint of the agency's authority, so that the very
// first connection already knows whom it must meet. Written "SECRET.FINGERPRINT".
#pragma once

#include <string>
#include <string_view>

#include "navette/base/error.hpp"
#include "navette/base/hash.hpp"

namespace navette::net {

struct EnrolmentCode {
  std::string secret;  // as the agency's store made it: letters, digits, hyphens
  Hash authority;
  [[nodiscard]] std::string text() const;
  // Blanks around and inside are forgiven. Errors: kInvalidArgument.
  [[nodiscard]] static Result<EnrolmentCode> parse(std::string_view text);
};

}  // namespace navette::net
