// Whether others on this machine can read what they must not.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace navette::server {

// One line for people for each file of a data directory that is open to others, or belongs to somebody else, with the
// command that mends it. Empty: all is well.
[[nodiscard]] std::vector<std::string> loose_files(const std::filesystem::path& data);

}  // namespace navette::server
