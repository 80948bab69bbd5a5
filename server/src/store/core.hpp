// What the parts of AuthorityStore share.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "navette/server/authority_store.hpp"
#include "navette/sql/checkpointer.hpp"
#include "navette/sql/typed_tables.hpp"
#include "navette/sync/replica_store.hpp"
#include "read_pool.hpp"
#include "rows.hpp"
#include "schema.hpp"
#include "snapshot_cache.hpp"
#include "writer.hpp"

namespace navette::server {

struct AuthorityStore::Core {
  Core(os::FileLock lock_, std::filesystem::path directory_, const schema::Schema& schema_, Random& random_);

  // A read at one consistent view. `view(database)` fails by throwing; its result is the value.
  template <class F>
  auto read(F view) const -> Result<decltype(view(std::declval<sql::Database&>()))> {
    try {
      ReadPool::Lease lease(*reads);
      sql::Transaction transaction(lease.database(), sql::Transaction::Kind::kRead);
      return view(lease.database());
    } catch (const sql::Failure& failure) {
      return std::unexpected(failure.error);
    } catch (const sync::StoreFailure& failure) {
      return std::unexpected(failure.error);
    }
  }
  // A write that is waited for: durable when it returns.
  [[nodiscard]] Result<> write(std::function<void(WriteContext&)> job) const { return writer->run(std::move(job)); }

  [[nodiscard]] sync::DossierState load(sql::Database& database, const DossierId& dossier) const;

  os::FileLock lock;
  std::filesystem::path directory;
  const schema::Schema& schema;
  Random& random;  // writer thread
  sql::TypedTables tables;
  Meta meta;
  std::unique_ptr<sync::Authority> authority;
  std::unique_ptr<ReadPool> reads;
  mutable SnapshotCache snapshots;
  std::unique_ptr<sql::Checkpointer> checkpointer;
  std::unique_ptr<Writer> writer;  // last: ends first
};

// Makes everything of `applied` durable with the transaction, and names its revisions for the listener.
// `marks`: the replicas whose push mark changed; `from`: whose push it was.
void persist(WriteContext& context, const sync::DossierState& state, const sync::Applied& applied,
             const std::vector<ReplicaId>& marks, const ReplicaId& from);

}  // namespace navette::server
