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
namespace {

bool take(int descriptor, int kind) {
  int outcome = 0;
  do {
    outcome = ::flock(descriptor, kind | LOCK_NB);
  } while (outcome != 0 && errno == EINTR);
  return outcome == 0;
}

}  // namespace

Result<FileLock> FileLock::try_lock(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return std::unexpected(error_of_errno(errno, "verrouiller", path));
  if (take(file.get(), LOCK_EX)) return FileLock(file.release());
  if (errno == EWOULDBLOCK) {
    return fail(ErrorCode::kBusy,
                join("« ", path.string(), " » est déjà utilisé par un autre programme ; fermez-le puis recommencez"));
  }
  return std::unexpected(error_of_errno(errno, "verrouiller", path));
}

bool FileLock::held(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return file.valid() && !take(file.get(), LOCK_SH) && errno == EWOULDBLOCK;
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
