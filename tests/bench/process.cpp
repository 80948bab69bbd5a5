#include "bench/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "bench/table.hpp"

namespace navette::bench {
namespace {

namespace fs = std::filesystem;

constexpr double kPage = 4'096;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// "name:  123 kB" of a file in /proc.
double entry(pid_t pid, const char* file, const std::string& name) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1));
  }
  return 0;
}

}  // namespace

Process::Process(std::vector<std::string> words, fs::path output, int input) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string errors = output.string() + ".err";
  pid_ = fork();
  if (pid_ < 0) stop("cannot start " + words[0]);
  if (pid_ > 0) return;
  // Only what is async-signal-safe until the program runs.
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a measure that is killed leaves nothing running
  if (input >= 0) dup2(input, STDIN_FILENO);
  dup2(open(output.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDOUT_FILENO);
  dup2(open(errors.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

Process::~Process() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  wait();
}

Ended Process::wait() {
  int status = 0;
  rusage used{};
  wait4(pid_, &status, 0, &used);
  pid_ = 0;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, seconds(used.ru_utime) + seconds(used.ru_stime),
          static_cast<double>(used.ru_maxrss) / 1024};
}

Ended Process::terminate() {
  kill(pid_, SIGTERM);
  return wait();
}

// By the scheduler's count: the process times of /proc go by hundredths of a second. Its threads live as long as it.
double Process::cpu_seconds() const {
  double nanoseconds = 0;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    std::ifstream in(task.path() / "schedstat");
    double one = 0;
    if (in >> one) nanoseconds += one;
  }
  return nanoseconds / 1e9;
}

double Process::peak_mib() const { return entry(pid_, "status", "VmHWM") / 1024; }
double Process::resident_mib() const { return entry(pid_, "status", "VmRSS") / 1024; }
double Process::pages_read() const { return entry(pid_, "io", "rchar") / kPage; }
void Process::reset_peak() const { std::ofstream("/proc/" + std::to_string(pid_) + "/clear_refs") << "5\n"; }

std::string run(const std::vector<std::string>& words, const fs::path& output, int expected) {
  Process process(words, output);
  if (process.wait().code != expected) {
    std::string told;
    for (const std::string& word : words) told += word + " ";
    stop(told + ": " + read_file(output.string() + ".err"));
  }
  return read_file(output);
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace navette::bench
