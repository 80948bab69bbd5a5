#include "faulty_vfs.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>
#include <utility>

namespace navette::test {
namespace {

constexpr std::size_t kSectorBytes = 512;

FaultyVfs* present = nullptr;  // the one that is the default

std::string directory_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

}  // namespace

// What SQLite sees as a file; the real one's memory follows.
struct File {
  sqlite3_file base;
  std::string* path;  // tracked: its bytes survive power cuts or do not
  std::shared_ptr<FaultyVfs::Machine>* machine;
  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
namespace {

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(std::string& content, std::size_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  content.replace(offset, bytes.size(), bytes);
}

}  // namespace

// The functions that SQLite calls.
struct VfsCalls {
  static bool fails(DiskCall call, sqlite3_file* file) { return present->fails(call, of(file).machine->get()); }

  static int close(sqlite3_file* file) {
    const int code = of(file).real()->pMethods->xClose(of(file).real());
    delete of(file).path;
    delete of(file).machine;
    return code;
  }
  static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    if (fails(DiskCall::kRead, file)) return SQLITE_IOERR_READ;
    return of(file).real()->pMethods->xRead(of(file).real(), to, size, offset);
  }
  static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    const bool failing = fails(DiskCall::kWrite, file);
    const bool full = present->fault_ && present->fault_->full_disk;
    if (failing && !full) return SQLITE_IOERR_WRITE;
    const int written = failing ? size / 2 : size;
    const int code = of(file).real()->pMethods->xWrite(of(file).real(), from, written, offset);
    if (code == SQLITE_OK && of(file).path != nullptr) {
      present->wrote(*of(file).path, offset, {static_cast<const char*>(from), static_cast<std::size_t>(written)});
    }
    return failing ? SQLITE_FULL : code;
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (fails(DiskCall::kTruncate, file)) return SQLITE_IOERR_TRUNCATE;
    const int code = of(file).real()->pMethods->xTruncate(of(file).real(), size);
    if (code == SQLITE_OK && of(file).path != nullptr) present->truncated(*of(file).path, size);
    return code;
  }
  static int sync(sqlite3_file* file, int) {
    if (fails(DiskCall::kSync, file)) return SQLITE_IOERR_FSYNC;
    return of(file).path == nullptr || present->flush(*of(file).path, of(file).machine->get()) ? SQLITE_OK
                                                                                               : SQLITE_IOERR_FSYNC;
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    if (fails(DiskCall::kSize, file)) return SQLITE_IOERR_FSTAT;
    return of(file).real()->pMethods->xFileSize(of(file).real(), size);
  }
  static int lock(sqlite3_file* file, int level) {
    if (fails(DiskCall::kLock, file)) return SQLITE_IOERR_LOCK;
    return of(file).real()->pMethods->xLock(of(file).real(), level);
  }
  static int unlock(sqlite3_file* file, int level) {
    return of(file).real()->pMethods->xUnlock(of(file).real(), level);
  }
  static int check_reserved_lock(sqlite3_file* file, int* held) {
    return of(file).real()->pMethods->xCheckReservedLock(of(file).real(), held);
  }
  static int file_control(sqlite3_file* file, int operation, void* argument) {
    return of(file).real()->pMethods->xFileControl(of(file).real(), operation, argument);
  }
  static int sector_size(sqlite3_file*) { return static_cast<int>(kSectorBytes); }
  // None: a sector may be torn from its page, and a growing file may show before its bytes.
  static int device_characteristics(sqlite3_file*) { return 0; }
  static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** at) {
    if (fails(DiskCall::kShared, file)) return SQLITE_IOERR_SHMMAP;
    return of(file).real()->pMethods->xShmMap(of(file).real(), page, size, extend, at);
  }
  static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    if ((flags & SQLITE_SHM_UNLOCK) == 0 && fails(DiskCall::kLock, file)) return SQLITE_IOERR_SHMLOCK;
    return of(file).real()->pMethods->xShmLock(of(file).real(), offset, count, flags);
  }
  static void shm_barrier(sqlite3_file* file) { of(file).real()->pMethods->xShmBarrier(of(file).real()); }
  static int shm_unmap(sqlite3_file* file, int remove) {
    return of(file).real()->pMethods->xShmUnmap(of(file).real(), remove);
  }

  static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    const auto machine = present->machine(name);
    if (present->fails(DiskCall::kOpen, machine.get())) return SQLITE_CANTOPEN;
    const int code = present->real_->xOpen(present->real_, name, of(file).real(), flags, out_flags);
    if (of(file).real()->pMethods == nullptr) return code;
    constexpr int kTracked = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    of(file).machine = new std::shared_ptr<FaultyVfs::Machine>(machine);
    of(file).path = (flags & kTracked) != 0 ? new std::string(name) : nullptr;
    if (of(file).path != nullptr) present->opened(*of(file).path);
    file->pMethods = &methods();
    return code;
  }
  static int remove(sqlite3_vfs*, const char* name, int flush_directory) {
    if (present->fails(DiskCall::kDelete, present->machine(name).get())) return SQLITE_IOERR_DELETE;
    const int code = present->real_->xDelete(present->real_, name, 0);
    if (code == SQLITE_OK) present->removed(name, flush_directory != 0);
    return code;
  }
  static int last_error(sqlite3_vfs*, int, char*) { return present->failed() ? EIO : errno; }

  // Version 2: without mapped memory, every read is a call that can fail.
  static const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods calls = [] {
      sqlite3_io_methods made{};
      made.iVersion = 2;
      made.xClose = close;
      made.xRead = read;
      made.xWrite = write;
      made.xTruncate = truncate;
      made.xSync = sync;
      made.xFileSize = file_size;
      made.xLock = lock;
      made.xUnlock = unlock;
      made.xCheckReservedLock = check_reserved_lock;
      made.xFileControl = file_control;
      made.xSectorSize = sector_size;
      made.xDeviceCharacteristics = device_characteristics;
      made.xShmMap = shm_map;
      made.xShmLock = shm_lock;
      made.xShmBarrier = shm_barrier;
      made.xShmUnmap = shm_unmap;
      return made;
    }();
    return calls;
  }
};

FaultyVfs::FaultyVfs() : real_(sqlite3_vfs_find("unix")), own_(std::make_unique<sqlite3_vfs>(*real_)) {
  if (present != nullptr) throw std::logic_error("one faulty disk at a time");
  present = this;
  own_->zName = "navette-faulty";
  own_->pNext = nullptr;
  own_->szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  own_->xOpen = VfsCalls::open;
  own_->xDelete = VfsCalls::remove;
  own_->xGetLastError = VfsCalls::last_error;
  sqlite3_vfs_register(own_.get(), 1);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(own_.get());
  sqlite3_vfs_register(real_, 1);
  present = nullptr;
}

void FaultyVfs::arm(const DiskFault& fault) {
  count();
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

void FaultyVfs::count() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
  failed_.reset();
  counting_ = true;
  calls_ = flushes_ = cut_at_ = 0;
  power_off_ = false;
  contents_.clear();
  machines_.clear();
}

void FaultyVfs::disarm() {
  const std::lock_guard lock(mutex_);
  counting_ = false;
}

std::size_t FaultyVfs::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}
bool FaultyVfs::met() const { return failed().has_value(); }
std::optional<DiskCall> FaultyVfs::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}
std::size_t FaultyVfs::flushes() const {
  const std::lock_guard lock(mutex_);
  return flushes_;
}
bool FaultyVfs::power_is_off() const {
  const std::lock_guard lock(mutex_);
  return power_off_;
}

void FaultyVfs::cut_power_at_flush(std::size_t number) {
  count();
  const std::lock_guard lock(mutex_);
  cut_at_ = number;
}

void FaultyVfs::cut_power_at_flush(const std::filesystem::path& directory, std::size_t number) {
  const std::lock_guard lock(mutex_);
  machine_of(directory.string()).flushes_left = number;
}
void FaultyVfs::cut_power(const std::filesystem::path& directory) {
  const std::lock_guard lock(mutex_);
  machine_of(directory.string()).off = true;
}
bool FaultyVfs::power_is_off(const std::filesystem::path& directory) const {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(directory.string());
  return found != machines_.end() && found->second->off;
}
void FaultyVfs::forget(const std::filesystem::path& directory) {
  const std::lock_guard lock(mutex_);
  machines_.erase(directory.string());
  std::erase_if(contents_, [&](const auto& one) { return directory_of(one.first) == directory.string(); });
}

FaultyVfs::Machine& FaultyVfs::machine_of(const std::string& directory) {
  auto& machine = machines_[directory];
  if (!machine) machine = std::make_shared<Machine>();
  return *machine;
}

std::shared_ptr<FaultyVfs::Machine> FaultyVfs::machine(const char* path) {
  const std::lock_guard lock(mutex_);
  if (path == nullptr || !counting_) return nullptr;
  const std::string directory = directory_of(path);
  (void)machine_of(directory);
  return machines_.at(directory);
}

bool FaultyVfs::fails(DiskCall call, const Machine* machine) {
  const std::lock_guard lock(mutex_);
  if (!counting_) return false;
  if (power_off_ || (machine != nullptr && machine->off)) return true;
  if (fault_ && fault_->full_disk && call != DiskCall::kWrite) return false;
  ++calls_;
  if (!fault_ || calls_ < fault_->at || (calls_ > fault_->at && !fault_->lasting)) return false;
  if (!failed_) failed_ = call;
  return true;
}

bool FaultyVfs::flush(const std::string& path, Machine* machine) {
  const std::lock_guard lock(mutex_);
  if (!counting_) return true;
  if (++flushes_ == cut_at_) power_off_ = true;
  if (machine != nullptr && machine->flushes_left != 0 && --machine->flushes_left == 0) machine->off = true;
  if (power_off_ || (machine != nullptr && machine->off)) return false;
  Content& content = contents_[path];
  for (const Pending& one : content.pending) {
    const auto offset = static_cast<std::size_t>(one.offset);
    one.bytes ? put(content.flushed, offset, *one.bytes) : content.flushed.resize(offset);
  }
  content.pending.clear();
  // SQLite's own VFS flushes the directory with the first flush of a new journal.
  if (std::exchange(content.is_new, false)) {
    std::erase_if(contents_,
                  [&](const auto& one) { return one.second.deleted && directory_of(one.first) == directory_of(path); });
  }
  return true;
}

void FaultyVfs::opened(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!counting_) return;
  const auto [at, unknown] = contents_.try_emplace(path);
  if (unknown) at->second.flushed = read_whole(path);
  if (at->second.deleted) at->second = Content{};
  const bool is_journal = path.ends_with("-wal") || path.ends_with("-journal");
  at->second.is_new = is_journal && at->second.flushed.empty() && at->second.pending.empty();
}

void FaultyVfs::wrote(const std::string& path, std::int64_t offset, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (counting_) contents_[path].pending.push_back({offset, std::string(bytes)});
}
void FaultyVfs::truncated(const std::string& path, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  if (counting_) contents_[path].pending.push_back({size, std::nullopt});
}
void FaultyVfs::removed(const std::string& path, bool flushed) {
  const std::lock_guard lock(mutex_);
  if (!counting_) return;
  flushed ? static_cast<void>(contents_.erase(path)) : static_cast<void>(contents_[path].deleted = true);
}

void FaultyVfs::leave_behind(const std::filesystem::path& from, const std::filesystem::path& to, Unflushed unflushed,
                             unsigned seed) const {
  const std::lock_guard lock(mutex_);
  std::mt19937 random(seed);
  const auto survives = [&] {
    return unflushed == Unflushed::kWritten || (unflushed == Unflushed::kTorn && (random() & 1U) != 0);
  };
  for (const auto& [path, content] : contents_) {
    if (std::filesystem::path(path).parent_path() != from) continue;
    if (content.deleted && survives()) continue;
    std::string bytes = content.flushed;
    for (const Pending& one : content.pending) {
      const auto start = static_cast<std::size_t>(one.offset);
      if (!one.bytes) {
        if (survives()) bytes.resize(start);
        continue;
      }
      const std::string_view whole = *one.bytes;
      for (std::size_t at = start; at < start + whole.size();) {
        const std::size_t end = std::min((at / kSectorBytes + 1) * kSectorBytes, start + whole.size());
        if (survives()) put(bytes, at, whole.substr(at - start, end - at));
        at = end;
      }
    }
    std::ofstream(to / std::filesystem::path(path).filename(), std::ios::binary) << bytes;
  }
}

}  // namespace navette::test
