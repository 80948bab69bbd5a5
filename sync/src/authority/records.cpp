// Creation, removal and restoration of records.
#include <algorithm>

#include "navette/base/utf8.hpp"
#include "navette/sync/merge.hpp"
#include "processor.hpp"

namespace navette::sync {
namespace {

bool is_of_value(ConflictKind kind) {
  return kind == ConflictKind::kText || kind == ConflictKind::kSalvaged || kind == ConflictKind::kValue;
}

}  // namespace

std::optional<RefusalReason> Processor::uncreatable(const RecordId& record, KindNumber number,
                                                    const RecordId& owner) const {
  const schema::Kind* kind = schema_.kind(number);
  // The empty id is that of no record: whatever hangs at the dossier would hang under it.
  if (kind == nullptr || record.empty()) return RefusalReason::kInvalid;
  if (!kind->creatable(source_.role, phase_)) return RefusalReason::kRight;
  if (history_.taken_elsewhere(record)) return RefusalReason::kInvalid;
  const auto& records = editor_.state().records;
  const auto alike = std::ranges::count_if(
      records, [&](const auto& item) { return item.second.kind == number && !item.second.removed; });
  const bool full = static_cast<std::size_t>(alike) >= kind->max_records || records.size() >= tuning::kDossierRecords;
  if (full) return RefusalReason::kLimit;
  if (owner.empty()) return std::nullopt;
  const RecordState* above = editor_.state().record(owner);
  if (above == nullptr) return RefusalReason::kUnknownRecord;
  const bool owned = std::ranges::any_of(kind->fields, [&](const schema::Field& field) {
    return field.type == schema::FieldType::kOwner && field.target == above->kind;
  });
  return owned ? std::nullopt : std::optional(RefusalReason::kInvalid);
}

ChangeResult Processor::apply(const CreateRecord& change, const Prepared&) {
  const auto refuse = [&](RefusalReason reason) {
    refused_creations_.insert(change.record);
    return refused(reason);
  };
  if (const RecordState* there = editor_.state().record(change.record)) {
    return there->kind == change.kind ? ChangeResult{} : refuse(RefusalReason::kInvalid);
  }
  if (const auto reason = uncreatable(change.record, change.kind, {})) return refuse(*reason);
  const bool must_hang = std::ranges::any_of(schema_.kind(change.kind)->fields, &schema::Field::required);
  if (must_hang && change.owner.empty()) return refuse(RefusalReason::kInvalid);
  if (!change.owner.empty()) {
    if (refused_creations_.contains(change.owner)) return refuse(RefusalReason::kDependsOnRefused);
    const RecordState* owner = editor_.state().alive(change.owner);
    if (owner == nullptr) {
      // CONFLICT: its owner was removed meanwhile. RESOLUTION: the creation waits, restoring brings both back.
      Conflict conflict = new_conflict({change.record, change.kind, 0}, ConflictKind::kOrphan);
      conflict.owner = change.owner;
      conflict.committed_by = remover_of(change.owner);
      const ChangeResult opened = open(std::move(conflict));
      if (opened.outcome == Outcome::kRefused) refused_creations_.insert(change.record);
      return opened;
    }
    if (const auto reason = uncreatable(change.record, change.kind, change.owner)) return refuse(*reason);
  }
  editor_.create(change.record, change.kind, change.owner);
  return {};
}

ChangeResult Processor::apply(const RemoveRecord& change, const Prepared&) {
  const schema::Kind* kind = schema_.kind(change.kind);
  if (kind == nullptr) return refused(RefusalReason::kUnknownRecord);
  const RecordState* record = editor_.state().alive(change.record);
  if (record == nullptr) return {};  // gone already: what the remover wanted
  if (record->kind != change.kind) return refused(RefusalReason::kUnknownRecord);
  if (!kind->creatable(source_.role, phase_)) return refused(RefusalReason::kRight);
  const std::vector<RecordId> tree = editor_.state().subtree(change.record);
  const bool as_seen = std::ranges::all_of(tree, [&](const RecordId& id) {
    const auto seen = std::ranges::find(change.seen, id, &SeenRecord::record);
    return seen != change.seen.end() && seen->digest == readable_digest(schema_, *editor_.state().record(id), party());
  });
  if (as_seen) {
    remove_tree(tree);
    return {};
  }
  // CONFLICT: removed apart from changes that the remover had not seen. RESOLUTION: the committed record stays.
  for (const auto& [id, open_conflict] : editor_.state().open) {
    if (open_conflict.kind == ConflictKind::kRemoval && open_conflict.at.record == change.record) {
      return {Outcome::kContested, RefusalReason::kNone, false, {id}};
    }
  }
  return open(new_conflict({change.record, change.kind, 0}, ConflictKind::kRemoval));
}

void Processor::keep_private(const FieldRef& at, const RecordId& owner, const Value& value) {
  Conflict kept = new_conflict(at, ConflictKind::kKept);
  kept.owner = owner;
  kept.base = value;
  kept.incoming = value;
  kept.incoming_by = kept.committed_by;
  editor_.put(std::move(kept));
}

void Processor::keep_leftovers() {
  const Audience own = schema::own_audience(party());
  const std::map<RecordId, RecordState>& records = editor_.state().records;
  for (const auto& [id, record] : records) {
    if (!record.removed) continue;
    const std::vector<FieldState> fields = record.fields;
    for (const FieldState& state : fields) {
      const FieldRef at{id, record.kind, state.field};
      if (audience_of(at) != own || schema::is_empty(state.value)) continue;
      keep_private(at, record.owner, state.value);
      editor_.set(at, Value{});
    }
  }
  const std::map<ConflictId, Conflict> open_now = editor_.state().open;
  for (const auto& [id, conflict] : open_now) {
    const RecordState* record = editor_.state().record(conflict.at.record);
    if (conflict.audience != own || record == nullptr || !record->removed || !is_of_value(conflict.kind)) continue;
    Conflict gone = conflict;
    gone.kind = ConflictKind::kGone;
    editor_.put(std::move(gone));
  }
}

void Processor::remove_tree(const std::vector<RecordId>& tree) {
  for (const RecordId& id : tree) {
    const RecordState record = *editor_.state().record(id);
    for (const FieldState& state : record.fields) {
      const FieldRef at{id, record.kind, state.field};
      const Audience audience = audience_of(at);
      if (audience == Audience::kShared || schema::is_empty(state.value)) continue;
      // The other party's private text goes to its own recycle bin; the remover's receipt does not tell.
      if (!schema::readable(audience, party())) keep_private(at, record.owner, state.value);
      editor_.set(at, Value{});
    }
  }
  const std::map<ConflictId, Conflict> open_now = editor_.state().open;
  for (const auto& [id, conflict] : open_now) {
    if (std::ranges::find(tree, conflict.at.record) == tree.end()) continue;
    Conflict moved_conflict = conflict;
    switch (conflict.kind) {
      case ConflictKind::kText:
      case ConflictKind::kSalvaged:
      case ConflictKind::kValue:
        moved_conflict.kind = ConflictKind::kGone;
        editor_.put(std::move(moved_conflict));
        break;
      case ConflictKind::kRemoval:
        close(conflict, ConflictState::kResolved);
        break;
      case ConflictKind::kGone:
      case ConflictKind::kOrphan:
      case ConflictKind::kKept:
        break;
    }
  }
  editor_.remove(tree);
}

std::vector<RecordId> Processor::restored_with(const RecordId& record) const {
  RecordId top = record;
  while (true) {
    const RecordState* owner = editor_.state().record(editor_.state().record(top)->owner);
    if (owner == nullptr || !owner->removed) break;
    top = owner->record;
  }
  std::vector<RecordId> tree{top};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    for (const auto& [id, child] : editor_.state().records) {
      if (child.owner == tree[i] && child.removed && std::ranges::find(tree, id) == tree.end()) tree.push_back(id);
    }
  }
  return tree;
}

// To bring a record back is to make one.
bool Processor::may_restore(const RecordId& record) const {
  const std::vector<RecordId> tree = restored_with(record);
  return std::ranges::all_of(tree, [&](const RecordId& id) {
    const schema::Kind* kind = schema_.kind(editor_.state().record(id)->kind);
    return kind != nullptr && kind->creatable(source_.role, phase_);
  });
}

RecordId Processor::restore(const RecordId& record) {
  std::map<RecordId, RecordId> copies;
  for (const RecordId& id : restored_with(record)) {
    const RecordState original = *editor_.state().record(id);
    Uuid fresh = ConflictId::make_v4(random_).value;
    std::copy_n(original.record.value.begin(), 6, fresh.begin());  // keeps its place among its neighbours
    fresh[6] = static_cast<unsigned char>(0x70 | (fresh[6] & 0x0f));
    const RecordId copy{fresh};
    const auto owner = copies.find(original.owner);
    copies[original.record] = copy;
    editor_.create(copy, original.kind, owner == copies.end() ? original.owner : owner->second);
    for (const FieldState& state : original.fields) {
      if (schema::is_empty(state.value)) continue;
      const FieldRef at{copy, original.kind, state.field};
      if (editor_.field(at) != nullptr) editor_.set(at, state.value);
    }
  }
  retarget(copies);
  return copies.at(record);
}

bool has_place(const Conflict& conflict) {
  const TextRange none{};
  return conflict.range != none || conflict.pushed_range != none || conflict.base_range != none;
}

void Processor::retarget(const std::map<RecordId, RecordId>& copies) {
  std::vector<Conflict> moving;
  std::map<FieldRef, Author> owners;  // of the private texts that come back
  for (const auto& [id, conflict] : editor_.state().open) {
    if (!copies.contains(conflict.at.record)) continue;
    moving.push_back(conflict);
    if (conflict.kind == ConflictKind::kKept) owners[conflict.at] = conflict.incoming_by;
  }
  // The texts come back first: other conflicts stand beside them.
  std::ranges::partition(moving, [](const Conflict& each) { return each.kind == ConflictKind::kKept; });
  for (const Conflict& conflict : moving) {
    const auto copy = copies.find(conflict.at.record);
    Conflict follows = conflict;
    follows.at.record = copy->second;
    if (conflict.kind == ConflictKind::kKept) {
      // Private text comes back with its record.
      if (editor_.field(follows.at)->merges()) {
        const std::string text(schema::text_of(conflict.incoming));
        editor_.change_text(follows.at, diff(schema::text_of(editor_.value(follows.at)), text), text);
      } else {
        editor_.set(follows.at, conflict.incoming);
      }
      close(follows, ConflictState::kResolved);
    } else if (conflict.kind == ConflictKind::kGone) {
      const auto length = static_cast<std::uint32_t>(code_point_count(schema::text_of(editor_.value(follows.at))));
      if (has_place(conflict) && conflict.range.end <= length) {
        follows.kind = ConflictKind::kText;
      } else {
        follows.kind = editor_.field(follows.at)->merges() ? ConflictKind::kSalvaged : ConflictKind::kValue;
        follows.committed = editor_.value(follows.at);
        const auto owner = owners.find(conflict.at);
        follows.committed_by = owner == owners.end() ? last_author(conflict.at) : owner->second;
        follows.range = {0, length};
      }
      editor_.put(std::move(follows));
    } else if (follows.at != conflict.at) {
      editor_.put(std::move(follows));
    }
  }
}

}  // namespace navette::sync
