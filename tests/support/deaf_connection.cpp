#include "deaf_connection.hpp"

#include <future>
#include <utility>

namespace navette::test {

Result<> DeafConnection::send(Bytes frame) {
  const std::lock_guard lock(mutex_);
  frames_.push_back(std::move(frame));
  return {};
}

void DeafConnection::hear(Bytes frame) {
  strand_.post([this, frame = std::move(frame)]() mutable { handlers_.on_frame(std::move(frame)); });
  wait();
}

void DeafConnection::end() {
  strand_.post([this] {
    handlers_.on_closed(std::nullopt);
    handlers_ = {};
  });
  wait();
}

void DeafConnection::wait() {
  std::promise<void> done;
  strand_.post([&] { done.set_value(); });
  done.get_future().wait();
}

std::vector<Bytes> DeafConnection::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(frames_, {});
}

}  // namespace navette::test
