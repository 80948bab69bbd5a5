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

// Where a device keeps its replica: in memory here, in the production store elsewhere.
class ReplicaDisk {
 public:
  virtual ~ReplicaDisk() = default;
  [[nodiscard]] virtual sync::ReplicaStore& store() = 0;
  // Around what the server sends: it has that, so it need not be on the disk at once.
  virtual void relax(bool) {}
};

class MemoryDisk final : public ReplicaDisk {
 public:
  [[nodiscard]] sync::ReplicaStore& store() override { return store_; }

 private:
  MemoryReplicaStore store_;
};

class Device {
 public:
  Device(const schema::Schema& schema, TestServer& server, std::string account, Random& random)
      : Device(schema, server, std::move(account), random, std::make_unique<MemoryDisk>()) {}
  Device(const schema::Schema& schema, TestServer& server, std::string account, Random& random,
         std::unique_ptr<ReplicaDisk> disk);

  // ---- the connection. Batches travel as frames; what is under way when it ends is lost.
  [[nodiscard]] bool connected() const { return session_ != nullptr; }
  void connect(Timestamp now = {});
  // The frames under way to the server, in order.
  std::deque<Bytes> cut();
  bool deliver_up(Timestamp now);    // one frame to the server; false: none under way
  bool deliver_down(Timestamp now);  // one frame from the server
  // From now on batches travel in parts of that many bytes, so that a connection may end inside one. 0: as packed.
  void travel_in_parts(std::size_t bytes) { part_bytes_ = bytes; }
  void repeat_up();           // a push that was sent last is sent twice
  void offer(Timestamp now);  // freezes and sends what may go
  void announce(const sync::Message& message) { send({message}); }
  // Everything under way arrives, until nothing is left to say. False: it does not end.
  bool settle(Timestamp now);
  // The process dies: what the store had stays.
  void crash();
  // Likewise, for whoever starts another one on the same disk. The device is of no use any more.
  [[nodiscard]] std::unique_ptr<ReplicaDisk> leave_disk();

  [[nodiscard]] ReplicaDisk& disk() const { return *disk_; }
  [[nodiscard]] const schema::Schema& schema() const { return schema_; }  // of its program
  [[nodiscard]] const std::string& account() const { return account_; }
  [[nodiscard]] const std::string& room() const { return room_; }  // of the live session; empty: none
  [[nodiscard]] sync::ReplicaSession* session() { return session_.get(); }
  [[nodiscard]] bool quiet() const { return up_.empty() && down_.empty(); }

 private:
  std::unique_ptr<ReplicaDisk> disk_;

 public:
  sync::ReplicaStore& store;
  std::unique_ptr<sync::Replica> replica;
  std::size_t repairs = 0;
  std::string last_error;
  // Every message as this device receives it.
  std::function<void(const sync::Message&)> on_receive;

 private:
  void send(const Batch& batch);
  void collect();
  void end(const std::string& why);
  void put_on_the_way(std::deque<Bytes>& way, const Bytes& frame) const;

  const schema::Schema& schema_;
  TestServer& server_;
  Random& random_;
  std::string account_;
  std::string room_;
  TestServer::SessionNumber number_ = 0;
  std::unique_ptr<sync::ReplicaSession> session_;
  std::size_t part_bytes_ = 0;
  std::deque<Bytes> up_;
  std::deque<Bytes> down_;
  sync::Unpacker unpacker_{sync::kBatchBytesFromServer};
};

}  // namespace navette::test
