#include "memory_replica_store.hpp"

#include <algorithm>
#include <set>

#include "navette/sync/codec.hpp"

namespace navette::test {
namespace {

using sync::Audience;
using sync::Conflict;
using sync::ConflictState;
using sync::FieldNumber;
using sync::KindNumber;
using sync::Value;

template <class Map>
auto found(const Map& map, const auto& key) -> std::optional<typename Map::mapped_type> {
  const auto place = map.find(key);
  if (place == map.end()) return std::nullopt;
  return place->second;
}

template <class Map>
auto rows_of(const Map& map, const DossierId& dossier) {
  std::vector<typename Map::mapped_type> rows;
  for (const auto& [key, row] : map) {
    if (row.dossier == dossier) rows.push_back(row);
  }
  return rows;
}

bool is_open(const Conflict& conflict) { return conflict.state == ConflictState::kOpen; }

}  // namespace

Result<void> MemoryReplicaStore::transact(const std::function<Result<void>()>& work) {
  if (running_ == Running::kRead) return fail(ErrorCode::kInternal, "écriture demandée pendant une lecture");
  return running_ == Running::kNothing ? outermost(Running::kWrite, work) : nested(work);
}

Result<void> MemoryReplicaStore::read(const std::function<Result<void>()>& work) {
  return running_ == Running::kNothing ? outermost(Running::kRead, work) : nested(work);
}

Result<void> MemoryReplicaStore::outermost(Running kind, const std::function<Result<void>()>& work) {
  struct End {  // what was not kept is taken back, however the work ends
    MemoryReplicaStore& store;
    ~End() {
      store.undo_.take_back();
      store.running_ = Running::kNothing;
      store.nested_failure_.reset();
    }
  } const end{*this};
  running_ = kind;
  try {
    NAVETTE_TRY(work());
    if (nested_failure_) return std::unexpected(*nested_failure_);
    undo_.forget();
    return {};
  } catch (sync::StoreFailure& failure) {
    return std::unexpected(std::move(failure.error));
  }
}

Result<void> MemoryReplicaStore::nested(const std::function<Result<void>()>& work) {
  Result<void> result;
  try {
    result = work();
  } catch (sync::StoreFailure& failure) {
    result = std::unexpected(std::move(failure.error));
  }
  if (!result && !nested_failure_) nested_failure_ = result.error();
  return result;
}

UndoLog& MemoryReplicaStore::log() {
  if (running_ == Running::kWrite) return undo_;
  throw sync::StoreFailure{{ErrorCode::kInternal, "écriture dans la réplique hors d'une transaction"}};
}

std::optional<Bytes> MemoryReplicaStore::meta(std::string_view name) { return found(meta_, name); }
void MemoryReplicaStore::set_meta(std::string_view name, BytesView value) {
  log().put(meta_, std::string(name), Bytes(value));
}

std::optional<sync::DossierRow> MemoryReplicaStore::dossier(const DossierId& id) { return found(dossiers_, id); }
std::vector<sync::DossierRow> MemoryReplicaStore::dossiers() {
  std::vector<sync::DossierRow> rows;
  for (const auto& [id, row] : dossiers_) rows.push_back(row);
  return rows;
}
void MemoryReplicaStore::put_dossier(const sync::DossierRow& row) { log().put(dossiers_, row.id, row); }

void MemoryReplicaStore::erase_dossier(const DossierId& id) {
  log().erase(dossiers_, id);
  for (const Audience audience : schema::kAudiences) log().erase(streams_, {id, audience});
  for (const sync::RecordRow& row : records(id)) erase_record(row.id, row.kind);
  const auto of_dossier = [&](const auto& entry) { return entry.second.dossier == id; };
  log().erase_if(drafts_, of_dossier);
  log().erase_if(creations_, [&](const auto& entry) { return entry.second.row.dossier == id; });
  log().erase_if(removals_, of_dossier);
  log().erase_if(improvements_, of_dossier);
  log().erase_if(resolutions_, of_dossier);
  log().erase_if(salvages_, of_dossier);
  log().erase_if(conflicts_, of_dossier);
  log().erase(outbox_, id);
  log().erase_if(kept_, [&](const auto& entry) { return std::get<DossierId>(entry.first) == id; });
}

std::optional<sync::StreamRow> MemoryReplicaStore::stream(const DossierId& dossier, Audience audience) {
  return found(streams_, StreamKey{dossier, audience});
}
void MemoryReplicaStore::put_stream(const DossierId& dossier, Audience audience, const sync::StreamRow& row) {
  log().put(streams_, {dossier, audience}, row);
}

std::optional<sync::RecordRow> MemoryReplicaStore::record(const RecordId& id) { return found(records_, id); }

std::vector<sync::RecordRow> MemoryReplicaStore::records(const DossierId& dossier) {
  std::vector<sync::RecordRow> rows;
  if (const auto place = records_of_dossier_.find(dossier); place != records_of_dossier_.end()) {
    for (const auto& [key, present] : place->second) rows.push_back(records_.at(key.second));
  }
  return rows;
}

std::vector<RecordId> MemoryReplicaStore::owned(const RecordId& owner) {
  std::vector<RecordId> ids;
  if (const auto place = owned_.find(owner); place != owned_.end()) {
    for (const auto& [id, present] : place->second) ids.push_back(id);
  }
  return ids;
}

void MemoryReplicaStore::put_record(const sync::RecordRow& row) {
  if (const auto old = records_.find(row.id); old != records_.end()) erase_record(row.id, old->second.kind);
  sync::RecordRow kept = row;
  std::erase_if(kept.values, [](const auto& entry) { return schema::is_empty(entry.second); });
  log().put(records_, row.id, std::move(kept));
  log().put(records_of_dossier_[row.dossier], {row.kind, row.id}, true);
  if (!row.owner.empty()) log().put(owned_[row.owner], row.id, true);
}

void MemoryReplicaStore::set_value(const RecordId& id, KindNumber kind, FieldNumber field, const Value& value) {
  UndoLog& undo = log();
  const auto place = records_.find(id);
  if (place == records_.end() || place->second.kind != kind) return;
  Value& there = place->second.values[field];
  // Found again by its id: the row may be erased and restored elsewhere in between.
  undo.add([this, id, field, before = std::move(there)]() mutable {
    auto& values = records_.at(id).values;
    if (schema::is_empty(before)) {
      values.erase(field);
    } else {
      values.insert_or_assign(field, std::move(before));
    }
  });
  if (schema::is_empty(value)) {
    place->second.values.erase(field);
  } else {
    there = value;
  }
}

void MemoryReplicaStore::erase_record(const RecordId& id, KindNumber kind) {
  UndoLog& undo = log();
  const auto place = records_.find(id);
  if (place == records_.end() || place->second.kind != kind) return;
  undo.erase(records_of_dossier_[place->second.dossier], {kind, id});
  if (!place->second.owner.empty()) undo.erase(owned_[place->second.owner], id);
  undo.erase(records_, place);
}

std::optional<sync::DraftRow> MemoryReplicaStore::draft(const RecordId& record, FieldNumber field) {
  return found(drafts_, FieldKey{record, field});
}
std::vector<sync::DraftRow> MemoryReplicaStore::drafts(const DossierId& dossier) { return rows_of(drafts_, dossier); }
std::vector<sync::DraftRow> MemoryReplicaStore::drafts_of(const RecordId& record) {
  std::vector<sync::DraftRow> rows;
  for (auto at = drafts_.lower_bound({record, 0}); at != drafts_.end() && at->first.first == record; ++at) {
    rows.push_back(at->second);
  }
  return rows;
}
void MemoryReplicaStore::put_draft(const sync::DraftRow& row) {
  log().put(drafts_, {row.at.record, row.at.field}, row);
}
void MemoryReplicaStore::erase_draft(const RecordId& record, FieldNumber field) {
  log().erase(drafts_, {record, field});
}

std::optional<sync::CreationRow> MemoryReplicaStore::creation(const RecordId& record) {
  const auto place = creations_.find(record);
  if (place == creations_.end()) return std::nullopt;
  return place->second.row;
}
std::vector<sync::CreationRow> MemoryReplicaStore::creations(const DossierId& dossier) {
  std::vector<const Creation*> ordered;
  for (const auto& [id, creation] : creations_) {
    if (creation.row.dossier == dossier) ordered.push_back(&creation);
  }
  std::ranges::sort(ordered, {}, &Creation::place);
  std::vector<sync::CreationRow> rows;
  for (const Creation* creation : ordered) rows.push_back(creation->row);
  return rows;
}
void MemoryReplicaStore::put_creation(const sync::CreationRow& row) {
  const auto old = creations_.find(row.record);
  const std::uint64_t place = old != creations_.end() ? old->second.place : next_place_++;
  log().put(creations_, row.record, {place, row});
}
void MemoryReplicaStore::erase_creation(const RecordId& record) { log().erase(creations_, record); }

std::vector<sync::RemovalRow> MemoryReplicaStore::removals(const DossierId& dossier) {
  return rows_of(removals_, dossier);
}
void MemoryReplicaStore::put_removal(const sync::RemovalRow& row) { log().put(removals_, row.record, row); }
void MemoryReplicaStore::erase_removal(const RecordId& record) { log().erase(removals_, record); }

std::optional<sync::ImprovementRow> MemoryReplicaStore::improvement(const ConflictId& conflict) {
  return found(improvements_, conflict);
}
std::vector<sync::ImprovementRow> MemoryReplicaStore::improvements(const DossierId& dossier) {
  return rows_of(improvements_, dossier);
}
void MemoryReplicaStore::put_improvement(const sync::ImprovementRow& row) {
  log().put(improvements_, row.conflict, row);
}
void MemoryReplicaStore::erase_improvement(const ConflictId& conflict) { log().erase(improvements_, conflict); }

std::optional<sync::ResolutionRow> MemoryReplicaStore::resolution(const ConflictId& conflict) {
  return found(resolutions_, conflict);
}
std::vector<sync::ResolutionRow> MemoryReplicaStore::resolutions(const DossierId& dossier) {
  return rows_of(resolutions_, dossier);
}
void MemoryReplicaStore::put_resolution(const sync::ResolutionRow& row) {
  log().put(resolutions_, row.change.conflict, row);
}
void MemoryReplicaStore::erase_resolution(const ConflictId& conflict) { log().erase(resolutions_, conflict); }

std::vector<sync::SalvageRow> MemoryReplicaStore::salvages(const DossierId& dossier) {
  return rows_of(salvages_, dossier);
}
void MemoryReplicaStore::put_salvage(const sync::SalvageRow& row) {
  const ShortHash hash = shorten(sha256(sync::encode(row.change.value)));
  log().put(salvages_, {row.dossier, row.change.at.record, row.change.at.field, hash}, row);
}
void MemoryReplicaStore::erase_salvages(const DossierId& dossier, PushNumber push) {
  log().erase_if(salvages_,
                 [&](const auto& entry) { return entry.second.dossier == dossier && entry.second.push == push; });
}

std::optional<Conflict> MemoryReplicaStore::conflict(const ConflictId& id) {
  const auto place = conflicts_.find(id);
  if (place == conflicts_.end()) return std::nullopt;
  return place->second.conflict;
}
std::optional<DossierId> MemoryReplicaStore::conflict_dossier(const ConflictId& id) {
  const auto place = conflicts_.find(id);
  if (place == conflicts_.end()) return std::nullopt;
  return place->second.dossier;
}
std::vector<Conflict> MemoryReplicaStore::conflicts(const DossierId& dossier, bool open_only) {
  std::vector<Conflict> result;
  for (const auto& [id, placed] : conflicts_) {
    if (placed.dossier == dossier && (!open_only || is_open(placed.conflict))) result.push_back(placed.conflict);
  }
  return result;
}
std::vector<Conflict> MemoryReplicaStore::open_conflicts_at(const sync::FieldRef& at) {
  std::vector<Conflict> result;
  for (const auto& [id, placed] : conflicts_) {
    const sync::FieldRef& there = placed.conflict.at;
    if (there.record == at.record && there.field == at.field && is_open(placed.conflict)) {
      result.push_back(placed.conflict);
    }
  }
  return result;
}
void MemoryReplicaStore::put_conflict(const DossierId& dossier, const Conflict& conflict) {
  log().put(conflicts_, conflict.id, {dossier, conflict});
}
void MemoryReplicaStore::erase_open_conflicts(const DossierId& dossier, Audience audience) {
  log().erase_if(conflicts_, [&](const auto& entry) {
    const auto& [placed_dossier, conflict] = entry.second;
    return placed_dossier == dossier && conflict.audience == audience && is_open(conflict);
  });
}

std::optional<sync::RefusalRow> MemoryReplicaStore::refusal(const RefusalId& id) { return found(refusals_, id); }
std::vector<sync::RefusalRow> MemoryReplicaStore::refusals() {
  std::vector<sync::RefusalRow> rows;
  for (const auto& [id, row] : refusals_) rows.push_back(row);
  std::ranges::sort(rows, {}, [](const sync::RefusalRow& row) { return std::pair(row.when, row.id); });
  return rows;
}
void MemoryReplicaStore::put_refusal(const sync::RefusalRow& row) { log().put(refusals_, row.id, row); }
void MemoryReplicaStore::erase_refusal(const RefusalId& id) { log().erase(refusals_, id); }
std::vector<sync::SettledRefusal> MemoryReplicaStore::settled_refusals() {
  std::vector<sync::SettledRefusal> rows;
  for (const auto& [id, row] : settled_refusals_) rows.push_back(row);
  return rows;
}
void MemoryReplicaStore::put_settled_refusal(const sync::SettledRefusal& row) {
  log().put(settled_refusals_, row.id, row);
}
void MemoryReplicaStore::erase_settled_refusal(const RefusalId& id) { log().erase(settled_refusals_, id); }

std::optional<sync::OutboxRow> MemoryReplicaStore::outbox(const DossierId& dossier) { return found(outbox_, dossier); }
void MemoryReplicaStore::put_outbox(const sync::OutboxRow& row) { log().put(outbox_, row.dossier, row); }
void MemoryReplicaStore::erase_outbox(const DossierId& dossier) { log().erase(outbox_, dossier); }

void MemoryReplicaStore::keep(const DossierId& dossier, Audience audience, const sync::RevisionEnvelope& envelope) {
  log().put(kept_, {dossier, audience, envelope.number}, envelope);
}
std::vector<sync::RevisionEnvelope> MemoryReplicaStore::kept(const DossierId& dossier, Audience audience,
                                                             Revision after, std::size_t most) {
  std::vector<sync::RevisionEnvelope> envelopes;
  const auto end = kept_.upper_bound({dossier, audience, Revision{~std::uint64_t{0}}});
  for (auto at = kept_.upper_bound({dossier, audience, after}); at != end && envelopes.size() < most; ++at) {
    envelopes.push_back(at->second);
  }
  return envelopes;
}
void MemoryReplicaStore::forget_kept(const DossierId& dossier, Audience audience, Revision up_to) {
  const auto end = kept_.upper_bound({dossier, audience, up_to});
  for (auto at = kept_.lower_bound({dossier, audience, Revision{0}}); at != end;) at = log().erase(kept_, at);
}

std::vector<DossierId> MemoryReplicaStore::dossiers_with_work() {
  std::set<DossierId> ids;
  const auto add_all = [&](const auto& map) {
    for (const auto& [key, row] : map) ids.insert(row.dossier);
  };
  add_all(drafts_);
  for (const auto& [id, creation] : creations_) ids.insert(creation.row.dossier);
  add_all(removals_);
  add_all(improvements_);
  add_all(resolutions_);
  add_all(salvages_);
  add_all(outbox_);
  return {ids.begin(), ids.end()};
}

}  // namespace navette::test
