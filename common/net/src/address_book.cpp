#include "address_book.hpp"

namespace navette::net {

std::string address_group(const boost::asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  for (std::size_t i = 8; i < bytes.size(); ++i) bytes[i] = 0;
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

bool AddressBook::enter(const std::string& group, std::chrono::steady_clock::time_point now) {
  if (limits_.connections_per_address == 0) return true;
  const std::int64_t now_ms = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kAddressesRemembered && !entries_.contains(group)) forget(now_ms);
  const auto [found, fresh] = entries_.try_emplace(
      group, Entry{0, 0, TokenBucket(limits_.arrivals_per_second, static_cast<double>(limits_.arrivals_burst))});
  Entry& entry = found->second;
  const bool welcome = entry.arrivals.take(now_ms) && entry.connections < limits_.connections_per_address &&
                       entry.handshakes < limits_.handshakes_per_address;
  if (!welcome) return false;
  ++entry.connections;
  ++entry.handshakes;
  return true;
}

void AddressBook::end_handshake(const std::string& group) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(group); found != entries_.end()) --found->second.handshakes;
}

void AddressBook::leave(const std::string& group) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(group); found != entries_.end()) --found->second.connections;
}

std::size_t AddressBook::remembered() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

// Those who would be treated alike when they came anew; if there are none, all who hold nothing.
void AddressBook::forget(std::int64_t now_ms) {
  const auto idle = [](const auto& item) { return item.second.connections == 0 && item.second.handshakes == 0; };
  std::erase_if(entries_, [&](auto& item) { return idle(item) && item.second.arrivals.full(now_ms); });
  if (entries_.size() >= kAddressesRemembered) std::erase_if(entries_, idle);
}

}  // namespace navette::net
