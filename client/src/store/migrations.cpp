#include <array>

#include "state.hpp"

namespace navette::client {
namespace {

constexpr std::int32_t kApplication = 0x4E565250;  // "NVRP"

// Rows of long texts keep row ids: the trees that are searched stay small.
constexpr std::string_view kFirstTables = R"sql(
CREATE TABLE sync_meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE sync_dossier (
  id BLOB NOT NULL PRIMARY KEY, last_push INTEGER NOT NULL, followed INTEGER NOT NULL, caught_up INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE sync_stream (
  dossier BLOB NOT NULL, audience INTEGER NOT NULL, head INTEGER NOT NULL, chain BLOB NOT NULL, digest BLOB NOT NULL,
  PRIMARY KEY (dossier, audience)
) WITHOUT ROWID;
CREATE TABLE sync_draft (
  record BLOB NOT NULL, field INTEGER NOT NULL, kind INTEGER NOT NULL, dossier BLOB NOT NULL, working BLOB NOT NULL,
  base_value BLOB NOT NULL, base BLOB NOT NULL, head BLOB NOT NULL, pushed BLOB, push INTEGER NOT NULL,
  publishes_from INTEGER NOT NULL, room TEXT NOT NULL, covered BLOB,
  PRIMARY KEY (record, field)
);
CREATE INDEX sync_draft_dossier ON sync_draft (dossier, record, field);
CREATE TABLE sync_creation (
  place INTEGER PRIMARY KEY, record BLOB NOT NULL UNIQUE, dossier BLOB NOT NULL, kind INTEGER NOT NULL, owner BLOB,
  push INTEGER NOT NULL, known INTEGER NOT NULL
);
CREATE INDEX sync_creation_dossier ON sync_creation (dossier, place);
CREATE TABLE sync_removal (
  record BLOB NOT NULL PRIMARY KEY, dossier BLOB NOT NULL, kind INTEGER NOT NULL, seen BLOB NOT NULL,
  push INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sync_removal_dossier ON sync_removal (dossier);
CREATE TABLE sync_improvement (
  conflict BLOB NOT NULL PRIMARY KEY, dossier BLOB NOT NULL, record BLOB NOT NULL, kind INTEGER NOT NULL,
  field INTEGER NOT NULL, seen BLOB NOT NULL, text BLOB NOT NULL, pushed BLOB, push INTEGER NOT NULL
);
CREATE INDEX sync_improvement_dossier ON sync_improvement (dossier, conflict);
CREATE TABLE sync_resolution (
  conflict BLOB NOT NULL PRIMARY KEY, dossier BLOB NOT NULL, version INTEGER NOT NULL, seen_live BLOB NOT NULL,
  choice INTEGER NOT NULL, value BLOB NOT NULL, record BLOB NOT NULL, kind INTEGER NOT NULL, field INTEGER NOT NULL,
  push INTEGER NOT NULL
);
CREATE INDEX sync_resolution_dossier ON sync_resolution (dossier, conflict);
CREATE TABLE sync_salvage (
  dossier BLOB NOT NULL, record BLOB NOT NULL, field INTEGER NOT NULL, value_hash BLOB NOT NULL, kind INTEGER NOT NULL,
  owner BLOB, value BLOB NOT NULL, push INTEGER NOT NULL,
  PRIMARY KEY (dossier, record, field, value_hash)
);
CREATE TABLE sync_conflict (
  id BLOB NOT NULL PRIMARY KEY, dossier BLOB NOT NULL, record BLOB NOT NULL, field INTEGER NOT NULL,
  kind INTEGER NOT NULL, state INTEGER NOT NULL, audience INTEGER NOT NULL, content BLOB NOT NULL
);
CREATE INDEX sync_conflict_dossier ON sync_conflict (dossier, id);
CREATE INDEX sync_conflict_open ON sync_conflict (dossier, audience) WHERE state = 0;
CREATE INDEX sync_conflict_open_record ON sync_conflict (record, field) WHERE state = 0;
CREATE TABLE sync_refusal (
  id BLOB NOT NULL PRIMARY KEY, dossier BLOB NOT NULL, record BLOB NOT NULL, kind INTEGER NOT NULL,
  field INTEGER NOT NULL, owner BLOB, act INTEGER NOT NULL, value BLOB NOT NULL, base BLOB NOT NULL,
  reason INTEGER NOT NULL, moment_ms INTEGER NOT NULL
);
CREATE TABLE sync_outbox (
  dossier BLOB NOT NULL PRIMARY KEY, number INTEGER NOT NULL, push BLOB NOT NULL, bases BLOB NOT NULL,
  frozen_at_ms INTEGER NOT NULL
);
CREATE TABLE sync_kept (
  dossier BLOB NOT NULL, audience INTEGER NOT NULL, number INTEGER NOT NULL, envelope BLOB NOT NULL,
  PRIMARY KEY (dossier, audience, number)
) WITHOUT ROWID;
)sql";

// What a person settled on one device is told to their others.
constexpr std::string_view kSettledRefusals = R"sql(
CREATE TABLE sync_settled_refusal (id BLOB NOT NULL PRIMARY KEY, value_hash BLOB NOT NULL) WITHOUT ROWID;
)sql";

// Many small revisions that resemble each other took twice their place. Those kept before stay where they are until a
// backup covers them.
constexpr std::string_view kKeptBlocks = R"sql(
CREATE TABLE sync_kept_block (
  dossier BLOB NOT NULL, audience INTEGER NOT NULL, block INTEGER NOT NULL, envelopes BLOB NOT NULL,
  PRIMARY KEY (dossier, audience, block)
);
)sql";

// Kinds of a newer schema have no table yet.
constexpr std::string_view kUnknownRecords = R"sql(
CREATE TABLE sync_unknown_record (
  id BLOB NOT NULL PRIMARY KEY, dossier BLOB NOT NULL, owner BLOB, kind INTEGER NOT NULL, content BLOB NOT NULL
);
CREATE INDEX sync_unknown_record_dossier ON sync_unknown_record (dossier, kind, id);
CREATE INDEX sync_unknown_record_owner ON sync_unknown_record (owner, id) WHERE owner IS NOT NULL;
)sql";

// What was received before this program knew the kind goes into its table.
void place_known_records(sql::Database& database, const sql::TypedTables& tables) {
  for (const schema::Kind& kind : tables.schema().kinds) {
    for (const sync::RecordRow& row : unknown_records(database, kind.number)) {
      tables.put(database, kind,
                 {.id = row.id, .dossier = row.dossier, .owner = row.owner, .values = row.values, .state = {}});
      database.prepare("DELETE FROM sync_unknown_record WHERE id = ?").bind_blob(1, row.id.bytes()).run();
    }
  }
}

Result<void> in_transaction(sql::Database& database, const sql::TypedTables& tables, sql::Transaction::Kind kind) {
  try {
    sql::Transaction transaction(database, kind);
    tables.create(database);
    place_known_records(database, tables);
    transaction.commit();
    return {};
  } catch (sql::Failure& failure) {
    return std::unexpected(std::move(failure.error));
  }
}

// The schema may be newer than the tables. Deferred first: most often nothing is missing and nobody is to wait.
Result<void> add_missing_columns(sql::Database& database, const sql::TypedTables& tables) {
  auto result = in_transaction(database, tables, sql::Transaction::Kind::kRead);
  if (result || result.error().code != ErrorCode::kBusy) return result;
  return in_transaction(database, tables, sql::Transaction::Kind::kWrite);
}

Result<void> require_columns(sql::Database& database, const sql::TypedTables& tables) {
  try {
    for (const schema::Kind& kind : tables.schema().kinds) (void)tables.get(database, kind, RecordId{});
    return {};
  } catch (const sql::Failure&) {
    return fail(ErrorCode::kReadOnly,
                "réplique d'une version précédente : ouvrez-la d'abord en écriture, elle sera mise à niveau");
  }
}

}  // namespace

std::span<const sql::Migration> migrations() {
  static const std::array kMigrations{
      sql::Migration{1, "first format", [](sql::Database& database) { database.execute(kFirstTables); }},
      sql::Migration{2, "refusals settled here", [](sql::Database& database) { database.execute(kSettledRefusals); }},
      sql::Migration{3, "kept revisions in blocks", [](sql::Database& database) { database.execute(kKeptBlocks); }},
      sql::Migration{4, "kinds of a newer schema", [](sql::Database& database) { database.execute(kUnknownRecords); }},
  };
  return kMigrations;
}

Result<void> prepare_file(sql::Database& database, const sql::TypedTables& tables, OpenMode mode) {
  NAVETTE_TRY(sql::migrate(database, kApplication, migrations()));
  return mode == OpenMode::kReadWrite ? add_missing_columns(database, tables) : require_columns(database, tables);
}

}  // namespace navette::client
