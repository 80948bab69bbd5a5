// Inside of IoRuntime, for the sources that know Asio.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "navette/net/io_runtime.hpp"

namespace navette::net {

namespace asio = boost::asio;
using AsioStrand = asio::strand<asio::io_context::executor_type>;

// End of a detached coroutine: an exception that got there is a broken invariant and ends the program.
inline constexpr auto kRethrow = [](const std::exception_ptr& exception) {
  if (exception) std::rethrow_exception(exception);
};

// Kept alive by what holds Asio objects. No cycle: what runs at stop is cut by its canceller.
class RuntimeCore {
 public:
  explicit RuntimeCore(int threads);
  // One context per thread: what belongs together never wakes two. Each call gives the next one, in turn.
  [[nodiscard]] asio::io_context& context();

  // A task that ends some operation, called once by stop(), from the stopping thread.
  std::uint64_t add_canceller(Task canceller);
  bool remove_canceller(std::uint64_t id);  // false: not there any more
  [[nodiscard]] bool stopped() const { return stopped_; }
  void stop();

 private:
  void wait_until_drained();

  struct Lane {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  };

  std::vector<std::unique_ptr<Lane>> lanes_;
  std::atomic<std::size_t> next_lane_ = 0;
  std::mutex mutex_;
  std::condition_variable thread_ended_;
  std::size_t running_threads_ = 0;
  std::atomic<bool> stopped_ = false;
  std::uint64_t next_canceller_ = 1;
  std::map<std::uint64_t, Task> cancellers_;
  std::vector<std::thread> threads_;
};

// A strand's Asio side.
struct Strand::State {
  std::shared_ptr<RuntimeCore> core;
  AsioStrand strand;
};

}  // namespace navette::net
