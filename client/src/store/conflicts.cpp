// Conflicts, and what was decided or written in them here; values to salvage after a restore.
#include "columns.hpp"
#include "state.hpp"

namespace navette::client {
namespace {

using sync::Audience;
using sync::Conflict;
using sync::FieldNumber;
using sync::ImprovementRow;
using sync::KindNumber;
using sync::ResolutionRow;
using sync::SalvageRow;

static_assert(static_cast<int>(sync::ConflictState::kOpen) == 0, "the queries and indexes below say state = 0");

#define NAVETTE_IMPROVEMENT_COLUMNS "dossier, conflict, record, kind, field, seen, text, pushed, push"
#define NAVETTE_RESOLUTION_COLUMNS "dossier, conflict, version, seen_live, choice, value, record, kind, field, push"
#define NAVETTE_SALVAGE_COLUMNS "dossier, record, kind, field, owner, value, push"

sync::FieldRef field_ref(Row& row) {
  return {.record = row.id<RecordId>(), .kind = row.small<KindNumber>(), .field = row.small<FieldNumber>()};
}
Binder& add(Binder& columns, const sync::FieldRef& at) {
  return columns.add(at.record).add(std::int64_t{at.kind}).add(std::int64_t{at.field});
}

ImprovementRow improvement_row(Row row) {
  return {.dossier = row.id<DossierId>(),
          .conflict = row.id<ConflictId>(),
          .at = field_ref(row),
          .seen = row.value(),
          .text = row.value(),
          .pushed = row.optional_value(),
          .push = row.counter<PushNumber>()};
}

ResolutionRow resolution_row(Row row) {
  return {.dossier = row.id<DossierId>(),
          .change = {.conflict = row.id<ConflictId>(),
                     .version = row.small<std::uint32_t>(),
                     .seen_live = row.hash<ShortHash>(),
                     .choice = row.small<sync::Choice>(),
                     .value = row.value(),
                     .at = field_ref(row)},
          .push = row.counter<PushNumber>()};
}

SalvageRow salvage_row(Row row) {
  return {.dossier = row.id<DossierId>(),
          .change = {.at = field_ref(row), .owner = row.id<RecordId>(), .value = row.value()},
          .push = row.counter<PushNumber>()};
}

Conflict conflict_of(Row row) { return row.decoded<Conflict>(); }

}  // namespace

std::optional<ImprovementRow> SqliteReplicaStore::improvement(const ConflictId& conflict) {
  auto query = state_->query("SELECT " NAVETTE_IMPROVEMENT_COLUMNS " FROM sync_improvement WHERE conflict = ?");
  query.bind_blob(1, conflict.bytes());
  return one(query, improvement_row);
}

std::vector<ImprovementRow> SqliteReplicaStore::improvements(const DossierId& dossier) {
  auto query =
      state_->query("SELECT " NAVETTE_IMPROVEMENT_COLUMNS " FROM sync_improvement WHERE dossier = ? ORDER BY conflict");
  query.bind_blob(1, dossier.bytes());
  return all(query, improvement_row);
}

void SqliteReplicaStore::put_improvement(const ImprovementRow& row) {
  auto change = state_->change("INSERT OR REPLACE INTO sync_improvement (" NAVETTE_IMPROVEMENT_COLUMNS
                               ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Binder columns(change);
  add(columns.add(row.dossier).add(row.conflict), row.at);
  columns.add(row.seen).add(row.text).add(row.pushed).add(row.push);
  change.run();
}

void SqliteReplicaStore::erase_improvement(const ConflictId& conflict) {
  state_->change("DELETE FROM sync_improvement WHERE conflict = ?").bind_blob(1, conflict.bytes()).run();
}

std::optional<ResolutionRow> SqliteReplicaStore::resolution(const ConflictId& conflict) {
  auto query = state_->query("SELECT " NAVETTE_RESOLUTION_COLUMNS " FROM sync_resolution WHERE conflict = ?");
  query.bind_blob(1, conflict.bytes());
  return one(query, resolution_row);
}

std::vector<ResolutionRow> SqliteReplicaStore::resolutions(const DossierId& dossier) {
  auto query =
      state_->query("SELECT " NAVETTE_RESOLUTION_COLUMNS " FROM sync_resolution WHERE dossier = ? ORDER BY conflict");
  query.bind_blob(1, dossier.bytes());
  return all(query, resolution_row);
}

void SqliteReplicaStore::put_resolution(const ResolutionRow& row) {
  auto change = state_->change("INSERT OR REPLACE INTO sync_resolution (" NAVETTE_RESOLUTION_COLUMNS
                               ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Binder columns(change);
  columns.add(row.dossier).add(row.change.conflict).add(std::int64_t{row.change.version});
  columns.blob(row.change.seen_live.bytes()).add(row.change.choice).add(row.change.value);
  add(columns, row.change.at).add(row.push);
  change.run();
}

void SqliteReplicaStore::erase_resolution(const ConflictId& conflict) {
  state_->change("DELETE FROM sync_resolution WHERE conflict = ?").bind_blob(1, conflict.bytes()).run();
}

std::vector<SalvageRow> SqliteReplicaStore::salvages(const DossierId& dossier) {
  auto query = state_->query("SELECT " NAVETTE_SALVAGE_COLUMNS
                             " FROM sync_salvage WHERE dossier = ? ORDER BY record, field, value_hash");
  query.bind_blob(1, dossier.bytes());
  return all(query, salvage_row);
}

void SqliteReplicaStore::put_salvage(const SalvageRow& row) {
  auto change = state_->change("INSERT OR REPLACE INTO sync_salvage (" NAVETTE_SALVAGE_COLUMNS
                               ", value_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const Bytes value = sync::encode(row.change.value);
  Binder columns(change);
  add(columns.add(row.dossier), row.change.at).id_or_null(row.change.owner);
  columns.blob(value).add(row.push).blob(shorten(sha256(value)).bytes());
  change.run();
}

void SqliteReplicaStore::erase_salvages(const DossierId& dossier, PushNumber push) {
  auto change = state_->change("DELETE FROM sync_salvage WHERE dossier = ? AND push = ?");
  Binder(change).add(dossier).add(push);
  change.run();
}

std::optional<Conflict> SqliteReplicaStore::conflict(const ConflictId& id) {
  auto query = state_->query("SELECT content FROM sync_conflict WHERE id = ?");
  query.bind_blob(1, id.bytes());
  return one(query, conflict_of);
}

std::optional<DossierId> SqliteReplicaStore::conflict_dossier(const ConflictId& id) {
  auto query = state_->query("SELECT dossier FROM sync_conflict WHERE id = ?");
  query.bind_blob(1, id.bytes());
  return one(query, [](Row row) { return row.id<DossierId>(); });
}

std::vector<Conflict> SqliteReplicaStore::conflicts(const DossierId& dossier, bool open_only) {
  auto query = state_->query(open_only ? "SELECT content FROM sync_conflict WHERE dossier = ? AND state = 0 ORDER BY id"
                                       : "SELECT content FROM sync_conflict WHERE dossier = ? ORDER BY id");
  query.bind_blob(1, dossier.bytes());
  return all(query, conflict_of);
}

std::vector<Conflict> SqliteReplicaStore::open_conflicts_at(const sync::FieldRef& at) {
  auto query =
      state_->query("SELECT content FROM sync_conflict WHERE record = ? AND field = ? AND state = 0 ORDER BY id");
  Binder(query).add(at.record).add(std::int64_t{at.field});
  return all(query, conflict_of);
}

void SqliteReplicaStore::put_conflict(const DossierId& dossier, const Conflict& conflict) {
  auto change = state_->change(
      "INSERT OR REPLACE INTO sync_conflict (id, dossier, record, field, kind, state, audience, content) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  Binder columns(change);
  columns.add(conflict.id).add(dossier).add(conflict.at.record).add(std::int64_t{conflict.at.field});
  columns.add(conflict.kind).add(conflict.state).add(conflict.audience).blob(sync::encode(conflict));
  change.run();
}

void SqliteReplicaStore::erase_open_conflicts(const DossierId& dossier, Audience audience) {
  auto change = state_->change("DELETE FROM sync_conflict WHERE dossier = ? AND audience = ? AND state = 0");
  Binder(change).add(dossier).add(audience);
  change.run();
}

#undef NAVETTE_IMPROVEMENT_COLUMNS
#undef NAVETTE_RESOLUTION_COLUMNS
#undef NAVETTE_SALVAGE_COLUMNS

}  // namespace navette::client
