// What was changed, made and removed here and is not answered yet.
#include "columns.hpp"
#include "state.hpp"

namespace navette::client {
namespace {

using sync::CreationRow;
using sync::DraftRow;
using sync::FieldNumber;
using sync::KindNumber;
using sync::RemovalRow;

#define NAVETTE_DRAFT_COLUMNS \
  "record, kind, field, dossier, working, base_value, base, head, pushed, push, publishes_from, room, covered"
#define NAVETTE_CREATION_COLUMNS "dossier, record, kind, owner, push, known"

DraftRow draft_row(Row row) {
  DraftRow draft;
  draft.at = {.record = row.id<RecordId>(), .kind = row.small<KindNumber>(), .field = row.small<FieldNumber>()};
  draft.dossier = row.id<DossierId>();
  draft.working = row.value();
  draft.base_value = row.value();
  draft.base = row.decoded<sync::Base>();
  draft.head = row.value();
  draft.pushed = row.optional_value();
  draft.push = row.counter<PushNumber>();
  draft.publishes_from = row.small<FieldNumber>();
  draft.room = row.text();
  if (!row.skips_null()) draft.covered = row.hash<ShortHash>();
  return draft;
}

CreationRow creation_row(Row row) {
  return {.dossier = row.id<DossierId>(),
          .record = row.id<RecordId>(),
          .kind = row.small<KindNumber>(),
          .owner = row.id<RecordId>(),
          .push = row.counter<PushNumber>(),
          .known = row.number() != 0};
}

RemovalRow removal_row(Row row) {
  return {.dossier = row.id<DossierId>(),
          .record = row.id<RecordId>(),
          .kind = row.small<KindNumber>(),
          .seen = row.decoded<std::vector<sync::SeenRecord>>(),
          .push = row.counter<PushNumber>()};
}

}  // namespace

std::optional<DraftRow> SqliteReplicaStore::draft(const RecordId& record, FieldNumber field) {
  auto query = state_->query("SELECT " NAVETTE_DRAFT_COLUMNS " FROM sync_draft WHERE record = ? AND field = ?");
  Binder(query).add(record).add(std::int64_t{field});
  return one(query, draft_row);
}

std::vector<DraftRow> SqliteReplicaStore::drafts(const DossierId& dossier) {
  auto query =
      state_->query("SELECT " NAVETTE_DRAFT_COLUMNS " FROM sync_draft WHERE dossier = ? ORDER BY record, field");
  query.bind_blob(1, dossier.bytes());
  return all(query, draft_row);
}

std::vector<DraftRow> SqliteReplicaStore::drafts_of(const RecordId& record) {
  auto query = state_->query("SELECT " NAVETTE_DRAFT_COLUMNS " FROM sync_draft WHERE record = ? ORDER BY field");
  query.bind_blob(1, record.bytes());
  return all(query, draft_row);
}

void SqliteReplicaStore::put_draft(const DraftRow& row) {
  auto change = state_->change("INSERT OR REPLACE INTO sync_draft (" NAVETTE_DRAFT_COLUMNS
                               ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Binder columns(change);
  columns.add(row.at.record).add(std::int64_t{row.at.kind}).add(std::int64_t{row.at.field}).add(row.dossier);
  columns.add(row.working).add(row.base_value).blob(sync::encode(row.base)).add(row.head).add(row.pushed);
  columns.add(row.push).add(std::int64_t{row.publishes_from}).text(row.room);
  if (row.covered) columns.blob(row.covered->bytes());
  change.run();
}

void SqliteReplicaStore::erase_draft(const RecordId& record, FieldNumber field) {
  auto change = state_->change("DELETE FROM sync_draft WHERE record = ? AND field = ?");
  Binder(change).add(record).add(std::int64_t{field});
  change.run();
}

std::optional<CreationRow> SqliteReplicaStore::creation(const RecordId& record) {
  auto query = state_->query("SELECT " NAVETTE_CREATION_COLUMNS " FROM sync_creation WHERE record = ?");
  query.bind_blob(1, record.bytes());
  return one(query, creation_row);
}

std::vector<CreationRow> SqliteReplicaStore::creations(const DossierId& dossier) {
  auto query = state_->query("SELECT " NAVETTE_CREATION_COLUMNS " FROM sync_creation WHERE dossier = ? ORDER BY place");
  query.bind_blob(1, dossier.bytes());
  return all(query, creation_row);
}

// An update keeps the creation's place in the order.
void SqliteReplicaStore::put_creation(const CreationRow& row) {
  auto change =
      state_->change("INSERT INTO sync_creation (" NAVETTE_CREATION_COLUMNS
                     ") VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (record) DO UPDATE SET dossier = excluded.dossier, "
                     "kind = excluded.kind, owner = excluded.owner, push = excluded.push, known = excluded.known");
  Binder columns(change);
  columns.add(row.dossier).add(row.record).add(std::int64_t{row.kind}).id_or_null(row.owner);
  columns.add(row.push).add(std::int64_t{row.known});
  change.run();
}

void SqliteReplicaStore::erase_creation(const RecordId& record) {
  state_->change("DELETE FROM sync_creation WHERE record = ?").bind_blob(1, record.bytes()).run();
}

std::vector<RemovalRow> SqliteReplicaStore::removals(const DossierId& dossier) {
  auto query =
      state_->query("SELECT dossier, record, kind, seen, push FROM sync_removal WHERE dossier = ? ORDER BY record");
  query.bind_blob(1, dossier.bytes());
  return all(query, removal_row);
}

void SqliteReplicaStore::put_removal(const RemovalRow& row) {
  auto change =
      state_->change("INSERT OR REPLACE INTO sync_removal (dossier, record, kind, seen, push) VALUES (?, ?, ?, ?, ?)");
  Binder columns(change);
  columns.add(row.dossier).add(row.record).add(std::int64_t{row.kind}).blob(sync::encode(row.seen)).add(row.push);
  change.run();
}

void SqliteReplicaStore::erase_removal(const RecordId& record) {
  state_->change("DELETE FROM sync_removal WHERE record = ?").bind_blob(1, record.bytes()).run();
}

#undef NAVETTE_DRAFT_COLUMNS
#undef NAVETTE_CREATION_COLUMNS

}  // namespace navette::client
