// Small files, whole. Errors are those of error_of_errno unless told.
#pragma once

#include <cstddef>
#include <filesystem>

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"

namespace navette::os {

inline constexpr unsigned kPrivateFileMode = 0600;
inline constexpr unsigned kSharedFileMode = 0644;

[[nodiscard]] bool exists(const std::filesystem::path& path);

// Errors: kTooLarge over max_bytes.
[[nodiscard]] Result<Bytes> read_file(const std::filesystem::path& path, std::size_t max_bytes);

// After a crash at any moment the file holds its old bytes or the new ones. The file has exactly `mode`.
[[nodiscard]] Result<> write_file_atomically(const std::filesystem::path& path, BytesView bytes,
                                             unsigned mode = kPrivateFileMode);

// Creates the directory and its missing parents with mode 0700; an existing one of ours that others may enter
// is tightened. Errors: kInvalidArgument when the path is something else than a directory, or a place that all
// share ("/tmp", "/var").
[[nodiscard]] Result<> make_private_directory(const std::filesystem::path& path);

}  // namespace navette::os
