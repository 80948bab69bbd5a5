// A morning at a desk, on a disk that may fail: writing, meeting the server, a conflict, deciding. The replica and its
// store are those of the product; the server and the colleague are in memory and have no disk.
#pragma once

#include <memory>

#include "navette/client/sqlite_replica_store.hpp"
#include "navette/sync/replica_session.hpp"
#include "support/agreement.hpp"
#include "support/fault_walk.hpp"
#include "support/seeded_random.hpp"
#include "support/test_schema.hpp"

namespace navette::test {

class MorningAtADesk : public Script {
 public:
  // `bulk`: bytes of texts written besides; SQLite empties its journal by itself after some 4 MB.
  explicit MorningAtADesk(std::size_t bulk = 0) : bulk_(bulk) {}
  [[nodiscard]] std::string file_name() const override { return "replica.sqlite"; }
  Result<void> run(const std::filesystem::path& directory, Steps& steps) override;
  std::vector<std::string> go_on(const std::filesystem::path& directory) override;

 private:
  // Those who have no disk, as they are at the start of every run.
  struct World {
    World();
    SeededRandom random{1};
    DossierId dossier;
    RecordId engagement;
    MemoryAuthority server{test_schema(), random};
    Device colleague{test_schema(), server, "Bruno", random};
  };
  // The program at the desk; a new one after every crash.
  struct Desk {
    SeededRandom random;
    std::unique_ptr<client::SqliteReplicaStore> store;
    std::unique_ptr<sync::Replica> replica;
    explicit Desk(std::uint64_t seed) : random(seed) {}
    Result<void> open(const std::filesystem::path& directory);
    Result<void> become_somebody();
  };

  using Act = std::function<Result<void>()>;
  Result<void> write_and_meet(Desk& desk, Steps& steps);
  Result<void> decide(Desk& desk, Steps& steps);
  Result<void> fill(Desk& desk, Steps& steps);
  // One connection, until nothing is left to say; another one if it fails and the script is stubborn.
  Result<void> meet_server(Desk& desk, Steps& steps);
  Result<void> connection(Desk& desk, Steps& steps);
  Result<void> receive(Desk& desk, sync::ReplicaSession& session, const Batch& batch, Steps& steps, Batch& to_send);
  [[nodiscard]] sync::FieldRef at(schema::FieldNumber field) const {
    return {world_->engagement, engagement::kKind, field};
  }

  std::size_t bulk_;
  std::unique_ptr<World> world_;
};

}  // namespace navette::test
