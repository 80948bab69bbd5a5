#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "connection.hpp"

namespace navette::sql {
namespace {

// Beside the target, so that a rename can put it in place. Removed unless it was.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) : path_(target + ".part-XXXXXX") {
    const int descriptor = ::mkstemp(path_.data());
    if (descriptor < 0) throw Failure{error_of_errno(errno, target)};
    ::close(descriptor);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!placed_) ::unlink(path_.c_str());
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  void place_at(const std::string& target) {
    if (std::rename(path_.c_str(), target.c_str()) != 0) throw Failure{error_of_errno(errno, target)};
    placed_ = true;
  }

 private:
  std::string path_;
  bool placed_ = false;
};

void flush_to_disk(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) throw Failure{error_of_errno(errno, path)};
  const int number = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (number != 0) throw Failure{error_of_errno(number, path)};
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void copy_pages(sqlite3* source, const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nullptr);
  const Connection target(raw);
  require(raw, opened, path);
  // The caller flushes the whole file once.
  require(raw, sqlite3_exec(raw, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", nullptr, nullptr, nullptr),
          path);
  sqlite3_backup* copy = sqlite3_backup_init(raw, "main", source, "main");
  if (copy == nullptr) throw Failure{error_of(raw, sqlite3_errcode(raw), path)};
  // All pages in one step: one read snapshot, beside which writers go on.
  const int stepped = sqlite3_backup_step(copy, -1);
  const int finished = sqlite3_backup_finish(copy);
  if (stepped != SQLITE_DONE) require(raw, finished == SQLITE_OK ? stepped : finished, path);
  // Out of WAL: one file alone, readable from a place where nobody may write.
  require(raw, sqlite3_exec(raw, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr), path);
}

}  // namespace

Result<void> Database::backup_to(const std::string& path) {
  try {
    TemporaryFile temporary(path);
    copy_pages(state_->connection.get(), temporary.path());
    flush_to_disk(temporary.path(), O_RDONLY);
    temporary.place_at(path);
    flush_to_disk(directory_of(path), O_RDONLY | O_DIRECTORY);
    return {};
  } catch (Failure& failure) {
    return std::unexpected(std::move(failure.error));
  }
}

}  // namespace navette::sql
