#include "e2e/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace navette::e2e {
namespace {

using Clock = std::chrono::steady_clock;

int must(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return result;
}

int memory_file(std::string_view content = {}) {
  const int file = must(::memfd_create("e2e", MFD_CLOEXEC), "memfd_create");
  for (std::size_t done = 0; done < content.size();) {
    done += static_cast<std::size_t>(
        must(static_cast<int>(::write(file, content.data() + done, content.size() - done)), "write"));
  }
  must(static_cast<int>(::lseek(file, 0, SEEK_SET)), "lseek");
  return file;
}

std::string content_of(int file) {
  std::string text;
  std::array<char, 65536> part{};
  ssize_t got = 0;
  while ((got = ::pread(file, part.data(), part.size(), static_cast<off_t>(text.size()))) > 0) {
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return text;
}

// Only what is async-signal-safe happens between fork and exec: the tests have threads.
pid_t spawn(const Launch& launch, int input, int output, int errors) {
  std::vector<std::string> words = launch.words;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<std::string> settings{"LC_ALL=C.UTF-8", "TZ=Europe/Paris"};
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view one = *at;
    if (!one.starts_with("NAVETTE_") && !one.starts_with("LC_ALL=") && !one.starts_with("TZ="))
      settings.emplace_back(one);
  }
  for (const auto& [name, value] : launch.environment) settings.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& one : settings) environment.push_back(one.data());
  environment.push_back(nullptr);

  const pid_t child = must(::fork(), "fork");
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed at its limit leaves nothing running
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  if (launch.largest_file) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{*launch.largest_file, *launch.largest_file};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  if (launch.network && ::setns(*launch.network, CLONE_NEWNET) != 0) ::_exit(126);
  if (launch.user && ::setuid(*launch.user) != 0) ::_exit(126);
  ::execve(arguments[0], arguments.data(), environment.data());
  ::_exit(127);
}

std::optional<int> wait_for(pid_t pid, milliseconds limit) {
  const int handle = must(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), "pidfd_open");
  pollfd ended{handle, POLLIN, 0};
  const int polled = ::poll(&ended, 1, static_cast<int>(limit.count()));
  ::close(handle);
  if (polled <= 0) return std::nullopt;
  int status = 0;
  must(::waitpid(pid, &status, 0), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

Ran run(const Launch& launch) {
  const int input = memory_file(launch.input);
  const int output = memory_file();
  const int errors = memory_file();
  const auto start = Clock::now();
  const pid_t pid = spawn(launch, input, output, errors);
  auto code = wait_for(pid, launch.limit);
  if (!code) {
    ADD_FAILURE() << launch.words[0] << " " << launch.words[1] << " took longer than " << launch.limit.count() << " ms";
    ::kill(pid, SIGKILL);
    code = wait_for(pid, 10s);
  }
  Ran ran{code.value_or(-SIGKILL), content_of(output), content_of(errors),
          std::chrono::duration_cast<milliseconds>(Clock::now() - start)};
  for (const int file : {input, output, errors}) ::close(file);
  return ran;
}

Process::Process(const Launch& launch) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  must(::pipe2(in.data(), O_CLOEXEC), "pipe");
  must(::pipe2(out.data(), O_CLOEXEC), "pipe");
  errors_ = memory_file();
  pid_ = spawn(launch, in[0], out[1], errors_);
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  output_ = out[0];
}

Process::~Process() {
  kill();
  for (const int file : {input_, output_, errors_}) {
    if (file >= 0) ::close(file);
  }
}

void Process::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t done = ::write(input_, text.data(), text.size());
    if (done <= 0) return;  // it ended: the test sees that
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

void Process::close_input() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
}

std::optional<std::string> Process::read_line(milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (true) {
    if (const auto line_end = pending_.find('\n'); line_end != std::string::npos) {
      std::string line = pending_.substr(0, line_end);
      pending_.erase(0, line_end + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
    pollfd readable{output_, POLLIN, 0};
    if (left.count() < 0 || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
    std::array<char, 65536> part{};
    const ssize_t got = ::read(output_, part.data(), part.size());
    if (got <= 0) return std::nullopt;
    pending_.append(part.data(), static_cast<std::size_t>(got));
  }
}

std::string Process::errors() const { return content_of(errors_); }

void Process::signal(int number) const {
  if (running()) ::kill(pid_, number);
}

std::optional<int> Process::wait(milliseconds limit) {
  if (!code_) code_ = wait_for(pid_, limit);
  return code_;
}

void Process::kill() {
  signal(SIGKILL);
  (void)wait();
}

bool eventually(const std::function<bool()>& condition, milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

}  // namespace navette::e2e
