// The threads that run all input and output of a process, without naming the library that does it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace navette::net {

class RuntimeCore;  // private: the io_contexts

using Task = std::function<void()>;

// A timer that can be cancelled from any thread. Dropping the handle does not cancel it. After cancel() returned the
// task does not start any more; it may be running already, except when both are on the same strand.
// REQUIRES: not used while the IoRuntime is being destroyed.
class Timer {
 public:
  Timer() = default;
  void cancel();
  struct State;
  explicit Timer(std::weak_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::weak_ptr<State> state_;
};

// Tasks posted to one strand run one after the other, in order, on one thread of the runtime: that which was its turn
// when the strand was made.
// Thread: any. Copies are the same strand.
class Strand {
 public:
  void post(Task task) const;
  Timer run_after(std::chrono::milliseconds delay, Task task) const;
  struct State;
  explicit Strand(std::shared_ptr<State> state) : state_(std::move(state)) {}
  [[nodiscard]] const State& state() const { return *state_; }

 private:
  std::shared_ptr<State> state_;
};

// Its threads share nothing: what blocks one holds up the strands of that one only.
// An exception that leaves a task ends the program. Thread: any, except stop() and the destructor: not from a task.
class IoRuntime {
 public:
  explicit IoRuntime(int threads = 1);
  ~IoRuntime();  // stop()
  IoRuntime(const IoRuntime&) = delete;
  IoRuntime& operator=(const IoRuntime&) = delete;

  void post(Task task);
  Timer run_after(std::chrono::milliseconds delay, Task task);  // on any thread of the runtime
  [[nodiscard]] Strand make_strand();

  // What is posted after it is dropped. Cancels the timers, cuts what is connected, lets their last callbacks run,
  // joins the threads. Idempotent.
  void stop();

  [[nodiscard]] const std::shared_ptr<RuntimeCore>& core() { return core_; }

 private:
  std::shared_ptr<RuntimeCore> core_;
};

// Calls back once, on the runtime, at SIGINT or SIGTERM; a second signal ends the program the usual way, so that a
// person can insist. One at a time per process.
class StopSignals {
 public:
  StopSignals(IoRuntime& runtime, Task on_stop);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace navette::net
