// A disk that fails when told to: SQLite's default VFS, wrapped. For tests of what the programs do then.
//
// While one lives, it is the process's default VFS. Nothing is flushed for real: "on the disk" is what SQLite asked to
// be synchronised, kept here byte by byte, so that a power cut can be staged at any flush.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

struct sqlite3_file;
struct sqlite3_vfs;

namespace navette::test {

enum class DiskCall : std::uint8_t { kOpen, kRead, kWrite, kTruncate, kSync, kSize, kDelete, kLock, kShared };

struct DiskFault {
  std::size_t at = 0;      // the n-th call from arm() on, counted from 1
  bool lasting = false;    // every later call fails too, as on a disk that died
  bool full_disk = false;  // writes alone count and fail, half written, with SQLITE_FULL
};

// What of the bytes that nobody had flushed is found after the cut.
enum class Unflushed : std::uint8_t { kLost, kWritten, kTorn };

// Thread: any.
class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  void arm(const DiskFault& fault);
  void count();               // from now on, without any fault
  void disarm();              // no fault, no counting
  std::size_t calls() const;  // since arm() or count(), those that this kind of fault could meet
  bool met() const;           // the fault has happened
  std::optional<DiskCall> failed() const;

  // The power goes off in the n-th flush, before anything of it is safe: every later call fails.
  void cut_power_at_flush(std::size_t number);
  std::size_t flushes() const;  // since count() or cut_power_at_flush()
  bool power_is_off() const;

  // One machine of several: what concerns the files of one directory, and lasts until forget().
  void cut_power_at_flush(const std::filesystem::path& directory, std::size_t number);  // 0: not any more
  void cut_power(const std::filesystem::path& directory);
  bool power_is_off(const std::filesystem::path& directory) const;
  // Nothing of it is open: what is in it now came by other ways than SQLite, and is on the disk.
  void forget(const std::filesystem::path& directory);

  // The files of one directory as the next start finds them; sectors of 512 bytes survive each by itself.
  void leave_behind(const std::filesystem::path& from, const std::filesystem::path& to, Unflushed unflushed,
                    unsigned seed) const;

 private:
  friend struct VfsCalls;
  friend struct File;
  struct Pending {  // in order; without bytes: the file was cut to this size
    std::int64_t offset;
    std::optional<std::string> bytes;
  };
  struct Content {
    std::string flushed;
    std::vector<Pending> pending;
    bool deleted = false;  // and the directory not flushed since
    bool is_new = false;   // never flushed
  };
  struct Machine {
    bool off = false;
    std::size_t flushes_left = 0;  // 0: no end in sight
  };

  [[nodiscard]] Machine& machine_of(const std::string& directory);  // REQUIRES: mutex_ held
  [[nodiscard]] std::shared_ptr<Machine> machine(const char* path);
  // Whether this call fails.
  [[nodiscard]] bool fails(DiskCall call, const Machine* machine);
  // False: the power went off in this flush.
  [[nodiscard]] bool flush(const std::string& path, Machine* machine);
  void opened(const std::string& path);
  void wrote(const std::string& path, std::int64_t offset, std::string_view bytes);
  void truncated(const std::string& path, std::int64_t size);
  void removed(const std::string& path, bool flushed);

  sqlite3_vfs* real_;
  std::unique_ptr<sqlite3_vfs> own_;
  mutable std::mutex mutex_;
  bool counting_ = false;
  std::optional<DiskFault> fault_;
  std::size_t calls_ = 0;
  std::size_t flushes_ = 0;
  std::size_t cut_at_ = 0;  // 0: never
  bool power_off_ = false;
  std::optional<DiskCall> failed_;
  std::map<std::string, Content> contents_;
  std::map<std::string, std::shared_ptr<Machine>> machines_;  // by directory
};

}  // namespace navette::test
