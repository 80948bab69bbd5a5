// Bytes are held in std::string: what SQLite, OpenSSL, zstd and the wire all take without a copy.
#pragma once

#include <string>
#include <string_view>

namespace navette {

using Bytes = std::string;
using BytesView = std::string_view;

}  // namespace navette
