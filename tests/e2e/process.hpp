// Programs, run as people and service managers run them, none for longer than its limit.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace navette::e2e {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using std::chrono::milliseconds;

using Environment = std::vector<std::pair<std::string, std::string>>;

struct Launch {
  std::vector<std::string> words;  // the program's path first
  std::string input = {};
  Environment environment = {};
  std::optional<rlim_t> largest_file = {};  // what is written beyond fails, as on a full disk
  std::optional<uid_t> user = {};           // REQUIRES: root
  std::optional<int> network = {};          // descriptor of its network namespace. REQUIRES: root
  milliseconds limit = 60s;                 // then it is killed, and the test fails
};

struct Ran {
  int code = 0;  // minus the signal that ended it
  std::string out;
  std::string err;
  milliseconds took{};
  [[nodiscard]] Json json() const { return Json::parse(out, nullptr, false); }
  // What a person reading a failed test wants to see.
  [[nodiscard]] std::string told() const { return "code " + std::to_string(code) + "\n" + out + err; }
};

[[nodiscard]] Ran run(const Launch& launch);

// A program that goes on. Killed by its id when dropped.
class Process {
 public:
  explicit Process(const Launch& launch);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running() const { return !code_; }
  void write(std::string_view text) const;
  void close_input();
  // Of its standard output; nothing: none came in time, or it ended.
  [[nodiscard]] std::optional<std::string> read_line(milliseconds limit = 10s);
  [[nodiscard]] std::string errors() const;  // its standard error so far
  void signal(int number) const;
  // The exit code, or minus the signal; nothing: still running after that time.
  std::optional<int> wait(milliseconds limit = 10s);
  void kill();  // -9, and waits

 private:
  pid_t pid_ = 0;
  int input_ = -1;
  int output_ = -1;
  int errors_ = -1;
  std::string pending_;
  std::optional<int> code_;
};

// True as soon as the condition is; false when it is not by then.
[[nodiscard]] bool eventually(const std::function<bool()>& condition, milliseconds limit = 15s);

}  // namespace navette::e2e
