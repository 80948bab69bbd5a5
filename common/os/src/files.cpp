#include "navette/os/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iterator>

#include "descriptor.hpp"
#include "navette/os/join.hpp"
#include "navette/os/system_error.hpp"

namespace navette::os {
namespace {

std::unexpected<Error> failed(std::string_view verb, const std::filesystem::path& path) {
  return std::unexpected(error_of_errno(errno, verb, path));
}

std::filesystem::path directory_of(const std::filesystem::path& path) {
  const auto parent = path.parent_path();
  return parent.empty() ? std::filesystem::path(".") : parent;
}

// False with errno set.
bool write_all(int descriptor, BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Result<> sync_directory(const std::filesystem::path& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return failed("écrire", path);
  // Some file systems cannot flush a directory and say EINVAL: nothing better exists there.
  if (::fsync(directory.get()) != 0 && errno != EINVAL) return failed("écrire", path);
  return {};
}

Result<> write_temporary(const Descriptor& file, const std::filesystem::path& path, BytesView bytes, unsigned mode) {
  if (::fchmod(file.get(), static_cast<mode_t>(mode)) != 0) return failed("écrire", path);
  if (!write_all(file.get(), bytes)) return failed("écrire", path);
  if (::fsync(file.get()) != 0) return failed("écrire", path);
  return {};
}

// Closing "/", "/var" or "/tmp" to others would break the machine when root does it.
bool is_shared_place(const std::filesystem::path& path, const struct stat& status) {
  std::error_code ignored;
  const auto whole = std::filesystem::canonical(path, ignored).relative_path();
  return (status.st_mode & S_ISVTX) != 0 || std::distance(whole.begin(), whole.end()) <= 1;
}

}  // namespace

bool exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return failed("lire", path);
  Bytes bytes;
  char piece[16384];
  for (;;) {
    const ssize_t count = ::read(file.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("lire", path);
    if (count == 0) return bytes;
    if (static_cast<std::size_t>(count) > max_bytes - bytes.size()) {
      return fail(ErrorCode::kTooLarge, join("« ", path.string(), " » dépasse ", max_bytes,
                                             " octets ; ce n'est sans doute pas le bon fichier"));
    }
    bytes.append(piece, static_cast<std::size_t>(count));
  }
}

Result<> write_file_atomically(const std::filesystem::path& path, BytesView bytes, unsigned mode) {
  std::string temporary = path.string() + ".XXXXXX";
  {
    const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.valid()) return failed("écrire", path);
    if (auto written = write_temporary(file, path, bytes, mode); !written) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = error_of_errno(errno, "écrire", path);
    ::unlink(temporary.c_str());
    return std::unexpected(std::move(error));
  }
  return sync_directory(directory_of(path));
}

Result<> make_private_directory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    const auto parent = path.parent_path();
    if (errno == ENOENT && !parent.empty() && parent != path) {
      NAVETTE_TRY(make_private_directory(parent));
      if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("créer", path);
    } else if (errno != EEXIST) {
      return failed("créer", path);
    }
  }
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return failed("créer", path);
  if (!S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::kInvalidArgument,
                join("« ", path.string(), " » existe et n'est pas un dossier ; choisissez un autre emplacement"));
  }
  if ((status.st_mode & 077U) == 0) return {};
  if (is_shared_place(path, status)) {
    return fail(ErrorCode::kInvalidArgument,
                join("« ", path.string(), " » est partagé avec d'autres utilisateurs ; choisissez un dossier à part"));
  }
  if (::chmod(path.c_str(), 0700) != 0) return failed("protéger", path);
  return {};
}

}  // namespace navette::os
