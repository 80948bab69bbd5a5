// The names that a server's certificate bears.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navette/base/error.hpp"

namespace navette::net {

// DNS names and IP addresses of the first certificate of a PEM text, in their order. Errors: kMalformed.
[[nodiscard]] Result<std::vector<std::string>> server_names(std::string_view certificate_pem);

}  // namespace navette::net
