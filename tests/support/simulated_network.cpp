#include "simulated_network.hpp"

#include <algorithm>
#include <utility>

#include "navette/net/tuning.hpp"

namespace navette::net {

struct Strand::State {
  test::EventLoop& loop;
};
struct Timer::State {};

void Timer::cancel() {}
void Strand::post(Task task) const { state_->loop.post(std::move(task)); }
Timer Strand::run_after(std::chrono::milliseconds delay, Task task) const {
  state_->loop.run_after(delay, std::move(task));
  return {};
}

}  // namespace navette::net

namespace navette::test {

void EventLoop::post(net::Task task) {
  const std::lock_guard lock(mutex_);
  (std::this_thread::get_id() == owner_ ? own_ : of_others_).push_back(std::move(task));
}

void EventLoop::run_after(std::chrono::milliseconds delay, net::Task task) {
  const std::lock_guard lock(mutex_);
  timers_.emplace(Timestamp{now_.milliseconds + delay.count()}, std::move(task));
}

bool EventLoop::run(Timestamp now) {
  std::deque<net::Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    now_ = now;
    tasks = std::exchange(own_, {});
    std::ranges::move(of_others_, std::back_inserter(tasks));
    of_others_.clear();
    while (!timers_.empty() && timers_.begin()->first <= now) {
      tasks.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
  }
  for (const net::Task& task : tasks) task();
  return !tasks.empty();
}

void EventLoop::drop() {
  std::deque<net::Task> own, others;
  std::multimap<Timestamp, net::Task> timers;
  const std::lock_guard lock(mutex_);
  own.swap(own_);
  others.swap(of_others_);
  timers.swap(timers_);
}

net::Strand EventLoop::strand() { return net::Strand(std::make_shared<net::Strand::State>(*this)); }

Result<> SimulatedConnection::send(Bytes frame) {
  if (closed_) return {};
  queued_bytes_ += frame.size();
  most_queued_ = std::max(most_queued_, queued_bytes_);
  sent_.push_back(std::move(frame));
  return {};
}

void SimulatedConnection::close(net::CloseCode, std::string) {
  if (std::exchange(closed_, true)) return;
  loop_.post([this] { end(); });
}

void SimulatedConnection::arrive(const Bytes& frame) {
  if (!closed_ && handlers_.on_frame) handlers_.on_frame(frame);
}

void SimulatedConnection::end() {
  closed_ = true;
  const net::ConnectionHandlers handlers = std::exchange(handlers_, {});
  if (handlers.on_closed) handlers.on_closed(std::nullopt);
}

std::deque<Bytes> SimulatedConnection::take() {
  queued_bytes_ = 0;
  return std::exchange(sent_, {});
}

}  // namespace navette::test
