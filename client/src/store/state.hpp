// What the sources of the store share. Internal.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navette/client/sqlite_replica_store.hpp"
#include "navette/sql/checkpointer.hpp"
#include "navette/sql/database.hpp"
#include "navette/sql/typed_tables.hpp"

namespace navette::client {

[[nodiscard]] std::span<const sql::Migration> migrations();
// Brings the file to this program's format and schema; a read-only one must be there already.
[[nodiscard]] Result<void> prepare_file(sql::Database& database, const sql::TypedTables& tables, OpenMode mode);

// Records of a kind that had no table when they came.
[[nodiscard]] std::vector<sync::RecordRow> unknown_records(sql::Database& database, sync::KindNumber kind);

struct SqliteReplicaStore::State {
  enum class Running : std::uint8_t { kNothing, kRead, kWrite };

  State(std::string file, sql::Database opened, sql::TypedTables generated)
      : path(std::move(file)), database(std::move(opened)), tables(std::move(generated)) {}

  [[nodiscard]] Result<void> outermost(sql::Transaction::Kind kind, const std::function<Result<void>()>& work);
  [[nodiscard]] Result<void> nested(const std::function<Result<void>()>& work);

  // A statement that changes the file. REQUIRES: inside transact(); StoreFailure otherwise.
  [[nodiscard]] sql::Statement change(std::string_view query);
  [[nodiscard]] sql::Statement query(std::string_view text) { return database.prepare(text); }
  void require_write() const;
  // ---- records of kinds that this program does not know (unknown_records.cpp)
  [[nodiscard]] std::optional<sync::RecordRow> unknown_record(const RecordId& id);
  [[nodiscard]] std::vector<sync::RecordRow> unknown_records_of(const DossierId& dossier);  // by kind and id
  [[nodiscard]] std::vector<RecordId> unknown_owned(const RecordId& owner);
  void put_unknown(const sync::RecordRow& row);
  void erase_unknown(const RecordId& id);

  std::string path;
  std::unique_ptr<sql::Checkpointer> checkpointer;  // of the database; none: the commits do it themselves
  sql::Database database;
  sql::TypedTables tables;
  Running running = Running::kNothing;
  bool durable = true;
  std::optional<Error> nested_failure;
};

}  // namespace navette::client
