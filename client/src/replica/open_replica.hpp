// A replica in use: its store, its engine, the clock and the randomness they take. One thread at a time.
#pragma once

#include <functional>
#include <memory>

#include "navette/client/sqlite_replica_store.hpp"
#include "navette/os/system.hpp"
#include "navette/sync/replica.hpp"
#include "replica/directory.hpp"

namespace navette::client {

[[nodiscard]] const schema::Schema& replica_schema();

// Missing, or emptied by a disk or a hand. An enrolment makes the replica before the certificate: of an enrolled
// device, it was there.
[[nodiscard]] bool is_lost(const ReplicaDirectory& directory);

class OpenReplica {
 public:
  // Neither waits for a writer nor writes; works in a directory that may not be written.
  [[nodiscard]] static Result<OpenReplica> for_reading(const ReplicaDirectory& directory);
  // Errors: kNotFound when there is no replica; it is never made by accident.
  [[nodiscard]] static Result<OpenReplica> for_writing(const ReplicaDirectory& directory);

  // Of an enrolled device, a replica that is lost is made anew: the server has what it sent.
  [[nodiscard]] static Result<OpenReplica> for_synchronising(const ReplicaDirectory& directory);

  [[nodiscard]] SqliteReplicaStore& store() { return *store_; }
  [[nodiscard]] sync::Replica& engine() { return *engine_; }
  [[nodiscard]] Timestamp now() { return clock_->now(); }

 private:
  explicit OpenReplica(std::unique_ptr<SqliteReplicaStore> store);

  std::unique_ptr<os::SystemClock> clock_;
  std::unique_ptr<os::SystemRandom> random_;
  std::unique_ptr<SqliteReplicaStore> store_;
  std::unique_ptr<sync::Replica> engine_;
};

// A value computed in one reading transaction.
template <class T>
[[nodiscard]] Result<T> read_one(sync::ReplicaStore& store, const std::function<Result<T>()>& work) {
  Result<T> result = fail(ErrorCode::kInternal, "lecture sans résultat");
  NAVETTE_TRY(store.read([&]() -> Result<void> {
    result = work();
    if (!result) return std::unexpected(result.error());
    return {};
  }));
  return result;
}

}  // namespace navette::client
