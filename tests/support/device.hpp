// A device of the tests: a replica, its store and one connection to the in-memory server, message by message.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "memory_authority.hpp"
#include "memory_replica_store.hpp"
#include "navette/sync/frame.hpp"
#include "navette/sync/replica_session.hpp"

namespace navette::test {

class Device {
 public:
  Device(const schema::Schema& schema, MemoryAuthority& server, std::string account, Random& random);

  // ---- the connection. Batches travel as frames; what is under way when it ends is lost.
  [[nodiscard]] bool connected() const { return session_ != nullptr; }
  void connect();
  // The batches under way to the server, in order.
  std::deque<std::vector<Bytes>> cut();
  bool deliver_up(Timestamp now);    // one batch to the server; false: none under way
  bool deliver_down(Timestamp now);  // one batch from the server
  void repeat_up();                  // a push that was sent last is sent twice
  void offer(Timestamp now);         // freezes and sends what may go
  void announce(const sync::Message& message) { send({message}); }
  // Everything under way arrives, until nothing is left to say. False: it does not end.
  bool settle(Timestamp now);
  // The process dies: what the store had stays.
  void crash();

  [[nodiscard]] const std::string& account() const { return account_; }
  [[nodiscard]] const std::string& room() const { return room_; }  // of the live session; empty: none
  [[nodiscard]] sync::ReplicaSession* session() { return session_.get(); }
  [[nodiscard]] bool quiet() const { return up_.empty() && down_.empty(); }

  MemoryReplicaStore store;
  std::unique_ptr<sync::Replica> replica;
  std::size_t repairs = 0;
  std::string last_error;
  // Every message as this device receives it.
  std::function<void(const sync::Message&)> on_receive;

 private:
  void send(const Batch& batch);
  void collect();
  void end(const std::string& why);

  const schema::Schema& schema_;
  MemoryAuthority& server_;
  Random& random_;
  std::string account_;
  std::string room_;
  MemoryAuthority::SessionNumber number_ = 0;
  std::unique_ptr<sync::ReplicaSession> session_;
  std::deque<std::vector<Bytes>> up_;
  std::deque<std::vector<Bytes>> down_;
};

}  // namespace navette::test
