// An exclusive advisory lock on a file, kept as long as the object lives; a killed process frees it.
#pragma once

#include <filesystem>

#include "navette/base/error.hpp"

namespace navette::os {

class FileLock {
 public:
  // Creates the file (mode 0600) if needed; never deletes it, since a deleted lock file can be held twice.
  // Errors: kBusy when another holder exists, in this process too; those of error_of_errno.
  [[nodiscard]] static Result<FileLock> try_lock(const std::filesystem::path& path);
  // Whether somebody holds it now. Looking may make a try_lock of the same moment fail.
  [[nodiscard]] static bool held(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace navette::os
