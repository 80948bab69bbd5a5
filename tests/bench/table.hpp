// What was measured: lines for people, the same as JSON for programs.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace navette::bench {

using Moment = std::chrono::steady_clock::time_point;
[[nodiscard]] inline Moment now() { return std::chrono::steady_clock::now(); }
[[nodiscard]] inline double milliseconds_since(Moment start) {
  return std::chrono::duration<double, std::milli>(now() - start).count();
}
template <class Work>
[[nodiscard]] double timed(Work work) {
  const Moment start = now();
  work();
  return milliseconds_since(start);
}
[[nodiscard]] double quantile(std::vector<double> values, double part);

// The result is wrong, or nothing can be measured: ends the program, which says so.
[[noreturn]] void stop(const std::string& why);
template <class T>
[[nodiscard]] T must(T result, const char* what) {
  if (!result) stop(std::string(what) + ": " + result.error().message);
  return result;
}

struct Line {
  std::string what;
  std::string unit;
  std::vector<double> runs;
  std::optional<double> goal = {};   // at most
  std::optional<double> limit = {};  // what the machine can do at best, measured in the same run
  std::string limit_is = {};
  std::string note = {};
};

class Table {
 public:
  void begin(std::string workload, std::string told);
  void add(Line line);  // printed at once
  [[nodiscard]] nlohmann::json json() const;

 private:
  nlohmann::json workloads_ = nlohmann::json::array();
};

}  // namespace navette::bench
