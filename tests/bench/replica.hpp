// Looking into the file of a device beside the program that uses it.
#pragma once

#include <filesystem>
#include <memory>

#include "bench/portfolio.hpp"
#include "navette/client/sqlite_replica_store.hpp"

namespace navette::bench {

class ReplicaReader {
 public:
  explicit ReplicaReader(const std::filesystem::path& directory);

  // The canonical text of these contracts as working values say.
  [[nodiscard]] std::string canonical(const Portfolio& portfolio, unsigned contracts);
  [[nodiscard]] NamedState state(const Portfolio& portfolio, unsigned contract);
  [[nodiscard]] schema::Value value(const RecordId& record, schema::FieldNumber field);
  // Where it stands in the shared stream of each dossier; nothing while work is unsent or a dossier is incomplete.
  [[nodiscard]] std::map<DossierId, sync::StreamRow> settled_heads();
  [[nodiscard]] std::vector<sync::Conflict> conflicts(const DossierId& dossier);

 private:
  void read(const std::function<void()>& work);
  std::unique_ptr<client::SqliteReplicaStore> store_;
};

// What it holds is on the disk afterwards, whatever the program left to the system.
void make_durable(const std::filesystem::path& directory);

}  // namespace navette::bench
