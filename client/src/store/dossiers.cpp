// Named values, dossiers, streams and records.
#include "columns.hpp"
#include "state.hpp"

namespace navette::client {
namespace {

using sync::Audience;
using sync::DossierRow;
using sync::RecordRow;
using sync::StreamRow;

DossierRow dossier_row(Row row) {
  return {.id = row.id<DossierId>(),
          .last_push = row.counter<PushNumber>(),
          .followed = row.number() != 0,
          .caught_up = row.number() != 0};
}

// Little end first.
Bytes bytes_of(const SetDigest& digest) {
  Bytes bytes;
  for (const std::uint64_t lane : digest.lanes) {
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(lane >> shift & 0xff);
  }
  return bytes;
}
SetDigest digest_of(BytesView bytes) {
  SetDigest digest;
  if (bytes.size() != 8 * digest.lanes.size()) Row::corrupt("somme de contrôle de longueur fausse");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    digest.lanes[i / 8] |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * (i % 8));
  }
  return digest;
}

RecordRow record_row(const schema::Kind& kind, sql::TypedRow row) {
  return {
      .id = row.id, .dossier = row.dossier, .kind = kind.number, .owner = row.owner, .values = std::move(row.values)};
}

}  // namespace

std::optional<Bytes> SqliteReplicaStore::meta(std::string_view name) {
  auto query = state_->query("SELECT value FROM sync_meta WHERE name = ?");
  query.bind_text(1, name);
  return one(query, [](Row row) { return row.blob(); });
}

void SqliteReplicaStore::set_meta(std::string_view name, BytesView value) {
  auto change = state_->change("INSERT OR REPLACE INTO sync_meta (name, value) VALUES (?, ?)");
  change.bind_text(1, name).bind_blob(2, value).run();
}

std::optional<DossierRow> SqliteReplicaStore::dossier(const DossierId& id) {
  auto query = state_->query("SELECT id, last_push, followed, caught_up FROM sync_dossier WHERE id = ?");
  query.bind_blob(1, id.bytes());
  return one(query, dossier_row);
}

std::vector<DossierRow> SqliteReplicaStore::dossiers() {
  auto query = state_->query("SELECT id, last_push, followed, caught_up FROM sync_dossier ORDER BY id");
  return all(query, dossier_row);
}

void SqliteReplicaStore::put_dossier(const DossierRow& row) {
  auto change =
      state_->change("INSERT OR REPLACE INTO sync_dossier (id, last_push, followed, caught_up) VALUES (?, ?, ?, ?)");
  Binder(change).add(row.id).add(row.last_push).add(std::int64_t{row.followed}).add(std::int64_t{row.caught_up});
  change.run();
}

void SqliteReplicaStore::erase_dossier(const DossierId& id) {
  for (const std::string_view query :
       {"DELETE FROM sync_dossier WHERE id = ?", "DELETE FROM sync_stream WHERE dossier = ?",
        "DELETE FROM sync_draft WHERE dossier = ?", "DELETE FROM sync_creation WHERE dossier = ?",
        "DELETE FROM sync_removal WHERE dossier = ?", "DELETE FROM sync_improvement WHERE dossier = ?",
        "DELETE FROM sync_resolution WHERE dossier = ?", "DELETE FROM sync_salvage WHERE dossier = ?",
        "DELETE FROM sync_conflict WHERE dossier = ?", "DELETE FROM sync_outbox WHERE dossier = ?",
        "DELETE FROM sync_kept WHERE dossier = ?", "DELETE FROM sync_kept_block WHERE dossier = ?",
        "DELETE FROM sync_unknown_record WHERE dossier = ?"}) {
    state_->change(query).bind_blob(1, id.bytes()).run();
  }
  for (const schema::Kind& kind : state_->tables.schema().kinds) {
    state_->tables.erase_dossier(state_->database, kind, id);
  }
}

std::optional<StreamRow> SqliteReplicaStore::stream(const DossierId& dossier, Audience audience) {
  auto query = state_->query("SELECT head, chain, digest FROM sync_stream WHERE dossier = ? AND audience = ?");
  Binder(query).add(dossier).add(audience);
  return one(query, [](Row row) {
    return StreamRow{.head = row.counter<Revision>(), .chain = row.hash<Hash>(), .digest = digest_of(row.blob())};
  });
}

void SqliteReplicaStore::put_stream(const DossierId& dossier, Audience audience, const StreamRow& row) {
  auto change = state_->change(
      "INSERT OR REPLACE INTO sync_stream (dossier, audience, head, chain, digest) VALUES (?, ?, ?, ?, ?)");
  Binder(change).add(dossier).add(audience).add(row.head).blob(row.chain.bytes()).blob(bytes_of(row.digest));
  change.run();
}

// Looks into each kind's table: a few searches at most, against one more row to write per record received.
std::optional<RecordRow> SqliteReplicaStore::record(const RecordId& id) {
  for (const schema::Kind& kind : state_->tables.schema().kinds) {
    if (auto row = state_->tables.get(state_->database, kind, id)) return record_row(kind, std::move(*row));
  }
  return state_->unknown_record(id);
}

std::vector<RecordRow> SqliteReplicaStore::records(const DossierId& dossier) {
  std::vector<const schema::Kind*> kinds;
  for (const schema::Kind& kind : state_->tables.schema().kinds) kinds.push_back(&kind);
  std::ranges::sort(kinds, {}, &schema::Kind::number);
  std::vector<RecordRow> rows;
  for (const schema::Kind* kind : kinds) {
    for (sql::TypedRow& row : state_->tables.of_dossier(state_->database, *kind, dossier)) {
      rows.push_back(record_row(*kind, std::move(row)));
    }
  }
  std::ranges::move(state_->unknown_records_of(dossier), std::back_inserter(rows));
  std::ranges::sort(rows, {}, [](const RecordRow& row) { return std::pair(row.kind, row.id); });
  return rows;
}

std::vector<RecordId> SqliteReplicaStore::owned(const RecordId& owner) {
  std::vector<RecordId> ids;
  for (const schema::Kind& kind : state_->tables.schema().kinds) {
    for (const RecordId& id : state_->tables.owned_by(state_->database, kind, owner)) ids.push_back(id);
  }
  std::ranges::copy(state_->unknown_owned(owner), std::back_inserter(ids));
  std::ranges::sort(ids);
  return ids;
}

void SqliteReplicaStore::put_record(const RecordRow& row) {
  state_->require_write();
  const schema::Kind* kind = state_->tables.schema().kind(row.kind);
  if (kind == nullptr) return state_->put_unknown(row);
  const sql::TypedRow typed{
      .id = row.id, .dossier = row.dossier, .owner = row.owner, .values = row.values, .state = {}};
  state_->tables.put(state_->database, *kind, typed);
}

void SqliteReplicaStore::set_value(const RecordId& id, sync::KindNumber kind, sync::FieldNumber field,
                                   const sync::Value& value) {
  state_->require_write();
  if (const schema::Kind* known = state_->tables.schema().kind(kind))
    return state_->tables.set_value(state_->database, *known, id, field, value);
  auto row = state_->unknown_record(id);
  if (!row || row->kind != kind) return;
  row->values[field] = value;
  state_->put_unknown(*row);
}

void SqliteReplicaStore::erase_record(const RecordId& id, sync::KindNumber kind) {
  state_->require_write();
  if (const schema::Kind* known = state_->tables.schema().kind(kind))
    return state_->tables.erase(state_->database, *known, id);
  const auto row = state_->unknown_record(id);
  if (row && row->kind == kind) state_->erase_unknown(id);
}

}  // namespace navette::client
