#include "navette/net/io_runtime.hpp"

#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "navette/net/tuning.hpp"
#include "runtime_core.hpp"

namespace navette::net {

RuntimeCore::RuntimeCore(int threads) {
  running_threads_ = static_cast<std::size_t>(threads);
  for (int i = 0; i < threads; ++i) lanes_.push_back(std::make_unique<Lane>());
  for (const auto& lane : lanes_) {
    threads_.emplace_back([this, &context = lane->context] {
      context.run();
      const std::lock_guard lock(mutex_);
      --running_threads_;
      thread_ended_.notify_all();
    });
  }
}

asio::io_context& RuntimeCore::context() { return lanes_[next_lane_++ % lanes_.size()]->context; }

std::uint64_t RuntimeCore::add_canceller(Task canceller) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      cancellers_.emplace(next_canceller_, std::move(canceller));
      return next_canceller_++;
    }
  }
  canceller();
  return 0;
}

bool RuntimeCore::remove_canceller(std::uint64_t id) {
  Task removed;  // destroyed outside of the lock
  const std::lock_guard lock(mutex_);
  const auto found = cancellers_.find(id);
  if (found == cancellers_.end()) return false;
  removed = std::move(found->second);
  cancellers_.erase(found);
  return true;
}

void RuntimeCore::wait_until_drained() {
  std::unique_lock lock(mutex_);
  thread_ended_.wait_for(lock, kRuntimeDrainLimit, [this] { return running_threads_ == 0; });
}

void RuntimeCore::stop() {
  std::map<std::uint64_t, Task> cancellers;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_.exchange(true)) return;
    cancellers.swap(cancellers_);
  }
  for (const auto& [id, canceller] : cancellers) canceller();
  cancellers.clear();
  for (const auto& lane : lanes_) lane->work.reset();
  wait_until_drained();
  for (const auto& lane : lanes_) lane->context.stop();
  for (auto& thread : threads_) thread.join();
}

// Owned by its pending wait alone.
struct Timer::State : std::enable_shared_from_this<Timer::State> {
  State(RuntimeCore& runtime, asio::io_context& context, Task what)
      : core(runtime), strand(context.get_executor()), timer(context), task(std::move(what)) {}

  void cancel() {
    if (!over.exchange(true)) {
      asio::post(strand, [self = shared_from_this()] { self->timer.cancel(); });
    }
  }

  RuntimeCore& core;  // outlives the wait
  AsioStrand strand;
  asio::steady_timer timer;
  std::atomic<bool> over = false;  // fired or cancelled
  Task task;
  std::uint64_t canceller = 0;
};

namespace {

template <class Executor>
Timer start_timer(RuntimeCore& core, const Executor& executor, std::chrono::milliseconds delay, Task task) {
  auto& context = static_cast<asio::io_context&>(asio::query(executor, asio::execution::context));
  auto state = std::make_shared<Timer::State>(core, context, std::move(task));
  state->canceller = core.add_canceller([weak = std::weak_ptr(state)] {
    if (const auto alive = weak.lock()) alive->cancel();
  });
  asio::dispatch(state->strand, [state, delay, executor] {
    state->timer.expires_after(state->over ? std::chrono::milliseconds(0) : delay);
    state->timer.async_wait(asio::bind_executor(state->strand, [state, executor](const auto& error) {
      state->core.remove_canceller(state->canceller);
      if (error || state->over) return;
      asio::dispatch(executor, [state] {
        if (state->over.exchange(true)) return;
        const Task run = std::move(state->task);
        run();
      });
    }));
  });
  return Timer(state);
}

}  // namespace

void Timer::cancel() {
  if (const auto state = state_.lock()) state->cancel();
}

void Strand::post(Task task) const {
  if (!state_->core->stopped()) asio::post(state_->strand, std::move(task));
}

Timer Strand::run_after(std::chrono::milliseconds delay, Task task) const {
  return start_timer(*state_->core, state_->strand, delay, std::move(task));
}

IoRuntime::IoRuntime(int threads) : core_(std::make_shared<RuntimeCore>(threads)) {}
IoRuntime::~IoRuntime() { stop(); }
void IoRuntime::post(Task task) {
  if (!core_->stopped()) asio::post(core_->context(), std::move(task));
}
void IoRuntime::stop() { core_->stop(); }

Timer IoRuntime::run_after(std::chrono::milliseconds delay, Task task) {
  return start_timer(*core_, core_->context().get_executor(), delay, std::move(task));
}

Strand IoRuntime::make_strand() {
  return Strand(std::make_shared<Strand::State>(core_, asio::make_strand(core_->context())));
}

struct StopSignals::State {
  explicit State(std::shared_ptr<RuntimeCore> runtime)
      : core(std::move(runtime)), strand(asio::make_strand(core->context())), signals(strand, SIGINT, SIGTERM) {}
  std::shared_ptr<RuntimeCore> core;
  AsioStrand strand;
  asio::signal_set signals;
  std::uint64_t canceller = 0;
};

StopSignals::StopSignals(IoRuntime& runtime, Task on_stop) : state_(std::make_shared<State>(runtime.core())) {
  state_->signals.async_wait([state = state_, task = std::move(on_stop)](const auto& error, int) {
    if (error) return;
    state->signals.clear();  // gives the signals their default effect back
    task();
  });
  state_->canceller = runtime.core()->add_canceller([weak = std::weak_ptr(state_)] {
    if (const auto state = weak.lock()) asio::post(state->strand, [state] { state->signals.cancel(); });
  });
}

StopSignals::~StopSignals() {
  if (state_->core->remove_canceller(state_->canceller))
    asio::post(state_->strand, [state = state_] { state->signals.cancel(); });
}

}  // namespace navette::net
