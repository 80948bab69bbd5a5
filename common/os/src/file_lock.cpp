#include "navette/os/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "descriptor.hpp"
#include "navette/os/join.hpp"
#include "navette/os/system_error.hpp"

namespace navette::os {

Result<FileLock> FileLock::try_lock(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return std::unexpected(error_of_errno(errno, "verrouiller", path));
  int outcome = 0;
  do {
    outcome = ::flock(file.get(), LOCK_EX | LOCK_NB);
  } while (outcome != 0 && errno == EINTR);
  if (outcome == 0) return FileLock(file.release());
  if (errno == EWOULDBLOCK) {
    return fail(ErrorCode::kBusy,
                join("« ", path.string(), " » est déjà utilisé par un autre programme ; fermez-le puis recommencez"));
  }
  return std::unexpected(error_of_errno(errno, "verrouiller", path));
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace navette::os
