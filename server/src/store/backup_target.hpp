// Where a backup may be written: over nothing but an older backup.
#pragma once

#include <filesystem>

#include "navette/base/error.hpp"

namespace navette::server {

// Errors: kInvalidArgument when `target` lies in the data directory, is a directory, or is a file that is no backup of
// a Navette server; nothing was touched.
[[nodiscard]] Result<> check_backup_target(const std::filesystem::path& data_dir, const std::filesystem::path& target);

}  // namespace navette::server
