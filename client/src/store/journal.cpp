// Refusals and frozen pushes.
#include "columns.hpp"
#include "state.hpp"

namespace navette::client {
namespace {

using sync::OutboxRow;
using sync::RefusalRow;

#define NAVETTE_REFUSAL_COLUMNS "id, dossier, record, kind, field, owner, act, value, base, reason, moment_ms"

RefusalRow refusal_row(Row row) {
  RefusalRow refusal;
  refusal.id = row.id<RefusalId>();
  refusal.dossier = row.id<DossierId>();
  refusal.at.record = row.id<RecordId>();
  refusal.at.kind = row.small<sync::KindNumber>();
  refusal.at.field = row.small<sync::FieldNumber>();
  refusal.owner = row.id<RecordId>();
  refusal.act = row.small<sync::RefusedAct>();
  refusal.value = row.value();
  refusal.base = row.value();
  refusal.reason = row.small<sync::RefusalReason>();
  refusal.when = {row.number()};
  return refusal;
}

OutboxRow outbox_row(Row row) {
  return {.dossier = row.id<DossierId>(),
          .number = row.counter<PushNumber>(),
          .push = row.blob(),
          .bases = row.decoded<std::vector<sync::SuppliedBase>>(),
          .frozen_at = {row.number()}};
}

}  // namespace

std::optional<RefusalRow> SqliteReplicaStore::refusal(const RefusalId& id) {
  auto query = state_->query("SELECT " NAVETTE_REFUSAL_COLUMNS " FROM sync_refusal WHERE id = ?");
  query.bind_blob(1, id.bytes());
  return one(query, refusal_row);
}

std::vector<RefusalRow> SqliteReplicaStore::refusals() {
  auto query = state_->query("SELECT " NAVETTE_REFUSAL_COLUMNS " FROM sync_refusal ORDER BY moment_ms, id");
  return all(query, refusal_row);
}

void SqliteReplicaStore::put_refusal(const RefusalRow& row) {
  auto change = state_->change("INSERT OR REPLACE INTO sync_refusal (" NAVETTE_REFUSAL_COLUMNS
                               ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Binder columns(change);
  columns.add(row.id).add(row.dossier).add(row.at.record).add(std::int64_t{row.at.kind});
  columns.add(std::int64_t{row.at.field}).id_or_null(row.owner).add(row.act).add(row.value).add(row.base);
  columns.add(row.reason).add(row.when.milliseconds);
  change.run();
}

void SqliteReplicaStore::erase_refusal(const RefusalId& id) {
  state_->change("DELETE FROM sync_refusal WHERE id = ?").bind_blob(1, id.bytes()).run();
}

std::vector<sync::SettledRefusal> SqliteReplicaStore::settled_refusals() {
  auto query = state_->query("SELECT id, value_hash FROM sync_settled_refusal ORDER BY id");
  return all(query, [](Row row) {
    const auto id = row.id<RefusalId>();
    return sync::SettledRefusal{id, row.hash<ShortHash>()};
  });
}

void SqliteReplicaStore::put_settled_refusal(const sync::SettledRefusal& row) {
  auto change = state_->change("INSERT OR REPLACE INTO sync_settled_refusal (id, value_hash) VALUES (?, ?)");
  Binder(change).add(row.id).blob(row.value.bytes());
  change.run();
}

void SqliteReplicaStore::erase_settled_refusal(const RefusalId& id) {
  state_->change("DELETE FROM sync_settled_refusal WHERE id = ?").bind_blob(1, id.bytes()).run();
}

std::optional<OutboxRow> SqliteReplicaStore::outbox(const DossierId& dossier) {
  auto query = state_->query("SELECT dossier, number, push, bases, frozen_at_ms FROM sync_outbox WHERE dossier = ?");
  query.bind_blob(1, dossier.bytes());
  return one(query, outbox_row);
}

void SqliteReplicaStore::put_outbox(const OutboxRow& row) {
  auto change = state_->change(
      "INSERT OR REPLACE INTO sync_outbox (dossier, number, push, bases, frozen_at_ms) VALUES (?, ?, ?, ?, ?)");
  Binder columns(change);
  columns.add(row.dossier).add(row.number).blob(row.push).blob(sync::encode(row.bases));
  columns.add(row.frozen_at.milliseconds);
  change.run();
}

void SqliteReplicaStore::erase_outbox(const DossierId& dossier) {
  state_->change("DELETE FROM sync_outbox WHERE dossier = ?").bind_blob(1, dossier.bytes()).run();
}

std::vector<DossierId> SqliteReplicaStore::dossiers_with_work() {
  auto query = state_->query(
      "SELECT dossier FROM sync_draft UNION SELECT dossier FROM sync_creation UNION SELECT dossier FROM sync_removal "
      "UNION SELECT dossier FROM sync_improvement UNION SELECT dossier FROM sync_resolution "
      "UNION SELECT dossier FROM sync_salvage UNION SELECT dossier FROM sync_outbox ORDER BY dossier");
  return all(query, [](Row row) { return row.id<DossierId>(); });
}

#undef NAVETTE_REFUSAL_COLUMNS

}  // namespace navette::client
