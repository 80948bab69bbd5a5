// A day of the authority's store, on a disk that may fail: dossiers, people, devices, pushes, reading, a backup.
#pragma once

#include <map>
#include <memory>

#include "store_fixture.hpp"
#include "support/fault_walk.hpp"

namespace navette::test {

class DayOfTheStore : public Script {
 public:
  // `bulk`: bytes pushed besides; SQLite empties its journal by itself after some 4 MB. `backup`: it writes files of
  // its own, which a staged power cut does not know.
  explicit DayOfTheStore(std::size_t bulk = 0, bool backup = true);
  [[nodiscard]] std::string file_name() const override { return "authority.sqlite"; }
  Result<void> run(const std::filesystem::path& directory, Steps& steps) override;
  std::vector<std::string> go_on(const std::filesystem::path& directory) override;

 private:
  struct FrozenPush {
    ReplicaId replica;
    Bytes encoded;
  };
  // An open store and what it was told since.
  struct Server {
    explicit Server(unsigned seed) : random(seed) {}
    SeededRandom random;
    std::unique_ptr<server::AuthorityStore> store;
    Result<void> open(const std::filesystem::path& directory);
  };

  void freeze(const ReplicaId& replica, std::uint64_t number, std::vector<sync::Change> changes);
  Result<void> dossiers_and_people(Server& server, Steps& steps);
  Result<void> pushes(Server& server, Steps& steps, std::size_t from, std::size_t to);
  Result<void> reading(Server& server, Steps& steps);
  Result<server::PushResult> push(Server& server, const FrozenPush& one);
  [[nodiscard]] std::string answered_otherwise(Server& server, const FrozenPush& one, const sync::Receipt& receipt);

  [[nodiscard]] bool is_known(const Server& server, std::size_t index) const;

  TestDossier dossier_;
  AccountId account_;
  DeviceId device_;
  std::vector<ReplicaId> replicas_;
  std::vector<FrozenPush> pushes_;
  bool backup_;
  // Of the present run.
  std::map<ReplicaId, std::pair<std::size_t, sync::Receipt>> answered_;  // the last push of each
};

}  // namespace navette::test
