// Walks a store through every failure of its disk: one script, run from nothing again and again, each time with another
// call failing or with the power cut in another flush.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "faulty_vfs.hpp"
#include "navette/base/error.hpp"

namespace navette::test {

// How far a run of the script came.
class Steps {
 public:
  enum class Promise : bool { kKept, kDurable };
  // One thing that is answered as a whole. Stubborn: what fails is tried once more.
  Result<void> take(Promise promise, const std::function<Result<void>()>& act);
  [[nodiscard]] std::size_t taken() const { return promises_.size(); }
  [[nodiscard]] const std::vector<Promise>& promises() const { return promises_; }

  bool stubborn = false;
  std::function<void()> after_each;
  std::optional<Error> failure;  // the first one

 private:
  std::vector<Promise> promises_;
};

class Script {
 public:
  virtual ~Script() = default;
  // The database that it makes in its directory.
  [[nodiscard]] virtual std::string file_name() const = 0;
  // From an empty directory to the end, everything closed. The first step opens the store. The same at every run.
  virtual Result<void> run(const std::filesystem::path& directory, Steps& steps) = 0;
  // After any run, without faults: opens what is there, goes on to the end of the work, says what is wrong.
  virtual std::vector<std::string> go_on(const std::filesystem::path& directory) = 0;
};

class FaultWalk {
 public:
  // `stride`: only each so many-th call or flush.
  explicit FaultWalk(Script& script, std::size_t stride = 1);
  ~FaultWalk();

  // Before or after, never between; told as an error; and all well again in the next process.
  void every_call_fails(bool lasting, bool full_disk);
  // One call fails; the same process tries again and comes to its end.
  void every_call_fails_and_is_tried_again();
  // What was answered as durable is there, and the rest is a state that was.
  void power_is_cut_at_every_flush(Unflushed unflushed, unsigned seed);

 private:
  [[nodiscard]] std::filesystem::path fresh(const std::string& name);
  [[nodiscard]] std::string dump(const std::filesystem::path& directory) const;
  [[nodiscard]] bool is_state(const std::string& found, std::size_t from, std::size_t to) const;
  void goes_on(const std::filesystem::path& directory);

  Script& script_;
  std::size_t stride_;
  std::filesystem::path place_;
  FaultyVfs disk_;
  std::vector<std::string> states_;  // after each step of a run without faults; the first: nothing
  std::size_t calls_ = 0;
  std::size_t writes_ = 0;
  std::size_t flushes_ = 0;
};

}  // namespace navette::test
