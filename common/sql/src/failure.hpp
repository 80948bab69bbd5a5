// What SQLite's result codes mean for people. Internal to the module.
#pragma once

#include <string>
#include <string_view>

#include "navette/base/error.hpp"

struct sqlite3;

namespace navette::sql {

// The meaning of an (extended) result code met on the file `path`. `number`: the system's errno of that moment, if any.
[[nodiscard]] Error error_of(int code, int number, std::string_view path, std::string_view detail);
// The same for the last failed call on a connection. REQUIRES: it failed with `code`.
[[nodiscard]] Error error_of(sqlite3* connection, int code, std::string_view path);
[[nodiscard]] Error error_of_errno(int number, std::string_view path);

// Throws Failure when the code is not SQLITE_OK.
void require(sqlite3* connection, int code, std::string_view path);

}  // namespace navette::sql
