#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "navette/base/error.hpp"

namespace navette::os {

// What the system says about an errno, in French for what people meet.
[[nodiscard]] std::string system_words(int number);

// What an errno met while doing `verb` ("lire", "écrire"…) on a path means, and what to do about it.
// ENOSPC, EDQUOT: kDiskFull. EROFS, EACCES, EPERM: kReadOnly. ENOENT, ENOTDIR: kNotFound. EISDIR, ENAMETOOLONG, ELOOP:
// kInvalidArgument. Others: kInternal.
[[nodiscard]] Error error_of_errno(int number, std::string_view verb, const std::filesystem::path& path);

}  // namespace navette::os
