// Programs with what they cost: processor time, peak memory, bytes read.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace navette::bench {

struct Ended {
  int code = 0;
  double cpu_seconds = 0;
  double peak_mib = 0;
};

// One program, its output in a file. Killed by its id when dropped.
class Process {
 public:
  // `input`: a descriptor that becomes its standard input; -1: none.
  Process(std::vector<std::string> words, std::filesystem::path output, int input = -1);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Ended wait();
  Ended terminate();  // SIGTERM, then waits

  // Of the running program.
  [[nodiscard]] double cpu_seconds() const;
  [[nodiscard]] double peak_mib() const;  // since the start or the last reset
  [[nodiscard]] double resident_mib() const;
  void reset_peak() const;
  [[nodiscard]] double pages_read() const;  // of 4 KiB, through read() and pread(); not from sockets
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

// Runs it and wants that exit code; its output.
std::string run(const std::vector<std::string>& words, const std::filesystem::path& output, int expected = 0);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace navette::bench
