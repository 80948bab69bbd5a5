// Closes a socket that does not become a connection in time. On the strand of its owner.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "runtime_core.hpp"

namespace navette::net {

class Deadline {
 public:
  explicit Deadline(const AsioStrand& strand) : timer_(strand) {}

  // From now on; replaces the time given before. `Owner` has run_out_of_time(), called at most once per time given.
  template <class Owner>
  void give(std::chrono::milliseconds limit, std::weak_ptr<Owner> owner) {
    timer_.expires_after(limit);
    timer_.async_wait([this, turn = ++turn_, weak = std::move(owner)](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self || error || turn != turn_) return;
      passed_ = true;
      self->run_out_of_time();
    });
  }
  void lift() {
    ++turn_;
    timer_.cancel();
  }
  [[nodiscard]] bool passed() const { return passed_; }

 private:
  asio::steady_timer timer_;
  std::uint64_t turn_ = 0;
  bool passed_ = false;
};

}  // namespace navette::net
