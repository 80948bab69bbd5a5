// Who dials how often and holds how much, by address, so that one address cannot take the places of all others.
// Thread: any.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "navette/base/token_bucket.hpp"
#include "navette/net/tuning.hpp"

namespace navette::net {

// What counts as one address: of IPv6 its /64, which is what one subscriber gets.
[[nodiscard]] std::string address_group(const boost::asio::ip::address& address);

class AddressBook {
 public:
  explicit AddressBook(const ServerLimits& limits) : limits_(limits) {}

  // A socket of that group has come. False: it has to go; nothing is counted but the arrival.
  [[nodiscard]] bool enter(const std::string& group, std::chrono::steady_clock::time_point now);
  void end_handshake(const std::string& group);
  void leave(const std::string& group);
  [[nodiscard]] std::size_t remembered() const;

 private:
  struct Entry {
    std::size_t connections = 0;
    std::size_t handshakes = 0;
    TokenBucket arrivals;
  };
  void forget(std::int64_t now_ms);  // REQUIRES: mutex_ held

  const ServerLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace navette::net
