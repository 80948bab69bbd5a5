// Records of kinds of a newer schema: kept whole until a program comes that has a table for them.
#include "columns.hpp"
#include "state.hpp"

namespace navette::client {
namespace {

constexpr std::string_view kSelect = "SELECT dossier, content FROM sync_unknown_record ";

sync::RecordRow unknown_row(Row row) {
  const auto dossier = row.id<DossierId>();
  auto content = row.decoded<sync::RecordContent>();
  return {.id = content.record,
          .dossier = dossier,
          .kind = content.kind,
          .owner = content.owner,
          .values = {content.values.begin(), content.values.end()}};
}

std::string select(std::string_view where) { return std::string(kSelect) + std::string(where); }

}  // namespace

std::vector<sync::RecordRow> unknown_records(sql::Database& database, sync::KindNumber kind) {
  auto query = database.prepare(select("WHERE kind = ? ORDER BY id"));
  query.bind(1, kind);
  return all(query, unknown_row);
}

std::optional<sync::RecordRow> SqliteReplicaStore::State::unknown_record(const RecordId& id) {
  auto query = database.prepare(select("WHERE id = ?"));
  query.bind_blob(1, id.bytes());
  return one(query, unknown_row);
}

std::vector<sync::RecordRow> SqliteReplicaStore::State::unknown_records_of(const DossierId& dossier) {
  auto query = database.prepare(select("WHERE dossier = ? ORDER BY kind, id"));
  query.bind_blob(1, dossier.bytes());
  return all(query, unknown_row);
}

std::vector<RecordId> SqliteReplicaStore::State::unknown_owned(const RecordId& owner) {
  auto query = database.prepare("SELECT id FROM sync_unknown_record WHERE owner = ? ORDER BY id");
  query.bind_blob(1, owner.bytes());
  return all(query, [](Row row) { return row.id<RecordId>(); });
}

void SqliteReplicaStore::State::put_unknown(const sync::RecordRow& row) {
  sync::RecordContent content{row.id, row.kind, row.owner, {}};
  for (const auto& [number, value] : row.values) {
    if (!schema::is_empty(value)) content.values.emplace_back(number, value);
  }
  auto statement =
      change("INSERT OR REPLACE INTO sync_unknown_record (id, dossier, owner, kind, content) VALUES (?, ?, ?, ?, ?)");
  Binder(statement)
      .add(row.id)
      .add(row.dossier)
      .id_or_null(row.owner)
      .add(std::int64_t{row.kind})
      .blob(sync::encode(content));
  statement.run();
}

void SqliteReplicaStore::State::erase_unknown(const RecordId& id) {
  change("DELETE FROM sync_unknown_record WHERE id = ?").bind_blob(1, id.bytes()).run();
}

}  // namespace navette::client
