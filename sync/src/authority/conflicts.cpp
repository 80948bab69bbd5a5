// Opening, superseding, improving and resolving conflicts.
#include <algorithm>

#include "../seen.hpp"
#include "navette/base/utf8.hpp"
#include "navette/sync/merge.hpp"
#include "processor.hpp"

namespace navette::sync {

Author Processor::last_author(const FieldRef& at) const {
  const RecordState* record = editor_.state().record(at.record);
  const FieldState* state = record == nullptr ? nullptr : record->field(at.field);
  if (state == nullptr) return {};
  const Audience audience = audience_of(at);
  if (state->changed == editor_.next(audience)) return source_.author;
  return history_.author_at(audience, state->changed).value_or(Author{});
}

Author Processor::last_author_of_tree(const RecordId& record) const {
  FieldRef latest{record, 0, 0};
  Revision changed;
  for (const RecordId& id : editor_.state().subtree(record)) {
    const RecordState& state = *editor_.state().record(id);
    for (const FieldState& field : state.fields) {
      const FieldRef at{id, state.kind, field.field};
      if (audience_of(at) != Audience::kShared || field.changed < changed) continue;
      changed = field.changed;
      latest = at;
    }
  }
  return last_author(latest);
}

Author Processor::remover_of(const RecordId& record) const {
  const RecordState* state = editor_.state().record(record);
  if (state == nullptr) {  // made under a removed owner, and waiting for it
    for (const auto& [id, conflict] : editor_.state().open) {
      if (conflict.kind == ConflictKind::kOrphan && conflict.at.record == record) return conflict.committed_by;
    }
    return {};
  }
  if (!state->removed) return {};
  return history_.remover_of(record).value_or(source_.author);  // none yet: this very push
}

Conflict Processor::new_conflict(const FieldRef& at, ConflictKind kind) const {
  Conflict conflict;
  conflict.id = ConflictId::make_v4(random_);
  conflict.audience = audience_of(at);
  conflict.kind = kind;
  conflict.at = at;
  switch (kind) {
    case ConflictKind::kText:
    case ConflictKind::kValue:
    case ConflictKind::kKept:
    case ConflictKind::kSalvaged:
      conflict.committed_by = last_author(at);
      break;
    case ConflictKind::kRemoval:
      conflict.committed_by = last_author_of_tree(at.record);
      break;
    case ConflictKind::kGone:
      conflict.committed_by = remover_of(at.record);
      break;
    case ConflictKind::kOrphan:
      break;  // of the owner, whom the caller knows
  }
  conflict.incoming_by = source_.author;
  conflict.replica = source_.replica;
  conflict.push = sealed_push_;
  return conflict;
}

PushNumber Processor::sealed_number(PushNumber number) const {
  return sealed(key_, editor_.state().dossier, source_.replica, number);
}

// Counted by stream: what one party's private conflicts fill is nothing that the other could notice.
bool Processor::room_for_conflicts(Audience audience, std::size_t more) const {
  const auto there =
      std::ranges::count_if(editor_.state().open, [&](const auto& item) { return item.second.audience == audience; });
  return static_cast<std::size_t>(there) + more <= tuning::kOpenConflicts;
}

ChangeResult Processor::open(Conflict conflict) {
  if (!room_for_conflicts(conflict.audience, 1)) return refused(RefusalReason::kLimit);
  const ConflictId id = conflict.id;
  editor_.put(std::move(conflict));
  return {Outcome::kContested, RefusalReason::kNone, false, {id}};
}

void Processor::close(Conflict conflict, ConflictState state) {
  conflict.state = state;
  editor_.put(std::move(conflict));
}

namespace {

bool answers(const Conflict& conflict, const ReplicaId& replica, const FieldRef& at, PushNumber after) {
  return after.value != 0 && conflict.replica == replica && conflict.push == after && conflict.at == at &&
         !conflict.improved && conflict.kind != ConflictKind::kKept;
}

bool covers(const TextRange& wide, const TextRange& narrow) {
  return narrow.begin < narrow.end && wide.begin <= narrow.begin && narrow.end <= wide.end;
}

}  // namespace

std::vector<TextRange> Processor::pins(const FieldRef& at, PushNumber after) const {
  std::vector<TextRange> ranges;
  for (const auto& [id, conflict] : editor_.state().open) {
    const bool placed = conflict.kind == ConflictKind::kText && conflict.pushed_range.begin < conflict.pushed_range.end;
    if (placed && answers(conflict, source_.replica, at, after)) ranges.push_back(conflict.pushed_range);
  }
  return ranges;
}

// Taken out of the state: closing them changes it.
std::vector<Conflict> Processor::answered(const FieldRef& at, PushNumber after) const {
  std::vector<Conflict> found;
  for (const auto& [id, old] : editor_.state().open) {
    if (answers(old, source_.replica, at, after) && old.push != sealed_push_) found.push_back(old);
  }
  return found;
}

bool Processor::supersede(Conflict& fresh, PushNumber after) {
  bool went_back = false;
  for (const Conflict& old : answered(fresh.at, after)) {
    const bool text = fresh.kind == ConflictKind::kText;
    if (text && !covers(fresh.base_range, old.pushed_range)) continue;
    const bool same_place = !text || fresh.base_range == old.pushed_range;
    const bool back = same_place && old.rooted && old.base == fresh.incoming;
    went_back = went_back || back;
    if (same_place && old.rooted) {
      fresh.base = old.base;
      fresh.rooted = true;
    }
    close(old, back ? ConflictState::kWithdrawn : ConflictState::kSuperseded);
  }
  return !went_back;
}

void Processor::withdraw_all(const FieldRef& at, PushNumber after) {
  for (const Conflict& old : answered(at, after)) close(old, ConflictState::kSuperseded);
}

ChangeResult Processor::apply(const ImproveConflict& change, const Prepared&) {
  auto found = editor_.state().open.find(change.conflict);
  if (found != editor_.state().open.end() && !schema::readable(found->second.audience, party())) {
    found = editor_.state().open.end();
  }
  const bool moved = found != editor_.state().open.end() && found->second.at != change.at;
  // A conflict of a removed record follows the copy that brings it back; the improvement follows the conflict.
  if (moved && (found->second.at.kind != change.at.kind || found->second.at.field != change.at.field)) {
    return refused(RefusalReason::kInvalid);
  }
  if (const auto reason = barred(moved ? found->second.at : change.at)) return refused(*reason);
  const FieldRef& stands_at = moved ? found->second.at : change.at;
  if (const auto reason = unfit(change.at, change.improved, longest_known(stands_at, nullptr))) return refused(*reason);
  if (found != editor_.state().open.end()) {
    Conflict conflict = found->second;
    if (conflict.incoming_by.party != party()) return refused(RefusalReason::kRight);
    const schema::Field& field = *editor_.field(change.at);
    if (conflict.incoming == change.improved) return {};  // sent before, under another identity
    // Two devices of the author's side improved at once: characters merge, improvements never nest.
    conflict.incoming = field.merges() && conflict.incoming != change.seen
                            ? Value(merge_together(schema::text_of(change.seen), schema::text_of(conflict.incoming),
                                                   schema::text_of(change.improved)))
                            : change.improved;
    conflict.improved = true;
    editor_.put(std::move(conflict));
    return {};
  }
  // Settled before the improvement arrived: it is kept in a conflict of its own.
  const bool alive = editor_.state().alive(change.at.record) != nullptr;
  const bool text = editor_.field(change.at)->merges();
  Conflict conflict = new_conflict(change.at, !alive ? ConflictKind::kGone
                                              : text ? ConflictKind::kSalvaged
                                                     : ConflictKind::kValue);
  conflict.base = change.seen;
  conflict.committed = alive ? editor_.value(change.at) : Value{};
  conflict.incoming = change.improved;
  conflict.improved = true;
  if (alive && text) {
    const auto end = static_cast<std::uint32_t>(code_point_count(schema::text_of(conflict.committed)));
    conflict.committed = Value{};
    conflict.range = {end, end};
  }
  return open(std::move(conflict));
}

ChangeResult Processor::apply(const ResolveConflict& change, const Prepared&) {
  const auto found = editor_.state().open.find(change.conflict);
  if (found == editor_.state().open.end() || !schema::readable(found->second.audience, party())) {
    return refused(RefusalReason::kConflictClosed);
  }
  const Conflict conflict = found->second;
  if (conflict.at != change.at) return refused(RefusalReason::kInvalid);
  if (conflict.version != change.version) return refused(RefusalReason::kConflictMoved);
  switch (conflict.kind) {
    case ConflictKind::kText:
    case ConflictKind::kSalvaged:
      return resolve_text(conflict, change);
    case ConflictKind::kValue:
      return resolve_value(conflict, change);
    case ConflictKind::kRemoval:
    case ConflictKind::kGone:
    case ConflictKind::kOrphan:
    case ConflictKind::kKept:
      return resolve_record(conflict, change);
  }
  return refused(RefusalReason::kInvalid);
}

ChangeResult Processor::resolve_text(Conflict conflict, const ResolveConflict& change) {
  if (const auto reason = barred(conflict.at)) return refused(*reason);
  const std::u32string head = to_code_points(schema::text_of(editor_.value(conflict.at)));
  const auto& [begin, end] = conflict.range;
  if (end > head.size()) return refused(RefusalReason::kConflictMoved);
  const std::string live = to_utf8(std::u32string_view(head).substr(begin, end - begin));
  if (seen_sides(live, conflict.incoming) != change.seen_live) return refused(RefusalReason::kConflictMoved);
  std::string replacement = live;
  if (change.choice == Choice::kIncoming) replacement = schema::text_of(conflict.incoming);
  if (change.choice == Choice::kWritten) replacement = schema::text_of(change.value);
  const std::string before = to_utf8(head);
  const std::string after = to_utf8(head.substr(0, begin)) + replacement + to_utf8(head.substr(end));
  if (const auto reason = unfit(conflict.at, after.empty() ? Value{} : Value(after), before)) return refused(*reason);
  close(conflict, ConflictState::kResolved);
  Delta delta;
  if (replacement != live) {
    delta.retain(begin);
    delta.insert(replacement);
    delta.erase(end - begin);
    delta.finish();
  }
  editor_.change_text(conflict.at, delta, after);
  return {};
}

ChangeResult Processor::resolve_value(Conflict conflict, const ResolveConflict& change) {
  if (const auto reason = barred(conflict.at)) return refused(*reason);
  const Value live = editor_.value(conflict.at);
  if (seen_sides(live, conflict.incoming) != change.seen_live) return refused(RefusalReason::kConflictMoved);
  Value chosen = live;
  if (change.choice == Choice::kIncoming) chosen = conflict.incoming;
  if (change.choice == Choice::kWritten) chosen = change.value;
  if (const auto reason = unfit(conflict.at, chosen, live)) return refused(*reason);
  close(conflict, ConflictState::kResolved);
  replace(conflict.at, live, chosen);
  return {};
}

// Conflicts about a record as a whole, or about a field of a record that is gone.
ChangeResult Processor::resolve_record(Conflict conflict, const ResolveConflict& change) {
  const schema::Kind* kind = schema_.kind(conflict.at.kind);
  const bool of_record = conflict.kind == ConflictKind::kRemoval || conflict.kind == ConflictKind::kOrphan;
  if (kind == nullptr) return refused(RefusalReason::kInvalid);
  if (of_record && !kind->creatable(source_.role, phase_)) return refused(RefusalReason::kRight);
  if (!of_record) {
    if (const auto reason = barred(conflict.at)) return refused(*reason);
  }
  if (change.choice == Choice::kCommitted) {
    close(conflict, ConflictState::kResolved);
    return {};
  }
  if (of_record && change.choice == Choice::kWritten) return refused(RefusalReason::kInvalid);
  const bool as_seen = conflict.kind == ConflictKind::kRemoval || seen_sides({}, conflict.incoming) == change.seen_live;
  if (!as_seen) return refused(RefusalReason::kConflictMoved);
  if (conflict.kind == ConflictKind::kRemoval) {
    if (editor_.state().alive(conflict.at.record) == nullptr) return refused(RefusalReason::kConflictClosed);
    const std::vector<RecordId> tree = editor_.state().subtree(conflict.at.record);
    std::vector<SeenRecord> seen;
    for (const RecordId& id : tree)
      seen.push_back({id, readable_digest(schema_, *editor_.state().record(id), party())});
    if (seen_hash(std::move(seen)) != change.seen_live) return refused(RefusalReason::kConflictMoved);
    close(conflict, ConflictState::kResolved);
    remove_tree(tree);
    return {};
  }
  if (conflict.kind == ConflictKind::kOrphan) {
    // An owner that was never here waits in a conflict of its own, or was lost with a restored history.
    const RecordState* there = editor_.state().record(conflict.at.record);
    const auto reason =
        there == nullptr ? uncreatable(conflict.at.record, conflict.at.kind, conflict.owner) : std::nullopt;
    if (reason) return refused(*reason);
    if (there != nullptr && there->kind != conflict.at.kind) return refused(RefusalReason::kInvalid);
    if (editor_.state().record(conflict.owner) == nullptr) return refused(RefusalReason::kUnknownRecord);
    if (editor_.state().alive(conflict.owner) == nullptr && !may_restore(conflict.owner)) {
      return refused(RefusalReason::kRight);
    }
    close(conflict, ConflictState::kResolved);
    const RecordId owner = editor_.state().alive(conflict.owner) != nullptr ? conflict.owner : restore(conflict.owner);
    if (editor_.state().record(conflict.at.record) == nullptr)
      editor_.create(conflict.at.record, conflict.at.kind, owner);
    retarget({{conflict.at.record, conflict.at.record}});
    return {};
  }
  const Value value = change.choice == Choice::kWritten ? change.value : conflict.incoming;
  if (const auto reason = unfit(conflict.at, value, conflict.incoming)) return refused(*reason);
  if (editor_.state().record(conflict.at.record) == nullptr) {
    // The record was never here (its creation waits in a conflict of its own, or was lost with a restored history).
    if (conflict.owner.empty() || editor_.state().alive(conflict.owner) == nullptr) {
      return refused(RefusalReason::kUnknownRecord);
    }
    if (const auto reason = uncreatable(conflict.at.record, conflict.at.kind, conflict.owner)) return refused(*reason);
    editor_.create(conflict.at.record, conflict.at.kind, conflict.owner);
    retarget({{conflict.at.record, conflict.at.record}});
  }
  FieldRef at = conflict.at;
  if (editor_.state().alive(at.record) == nullptr) {
    if (!may_restore(at.record)) return refused(RefusalReason::kRight);
    at.record = restore(at.record);
  }
  const auto follows = editor_.state().open.find(conflict.id);
  Conflict here = follows == editor_.state().open.end() ? conflict : follows->second;
  const Value live = editor_.value(at);
  const std::u32string points = to_code_points(schema::text_of(live));
  if (conflict.kind == ConflictKind::kGone && has_place(conflict) && conflict.range.end <= points.size()) {
    const auto& [begin, end] = conflict.range;
    if (here.state == ConflictState::kOpen) close(here, ConflictState::kResolved);
    replace(at, live,
            to_utf8(points.substr(0, begin)) + std::string(schema::text_of(value)) + to_utf8(points.substr(end)));
    return {};
  }
  if (live != value && live != conflict.base && !schema::is_empty(live)) {
    // What came back with the record is not what the resolver saw: both stay, and are shown side by side.
    here.at = at;
    here.kind = editor_.field(at)->merges() ? ConflictKind::kSalvaged : ConflictKind::kValue;
    here.range = {0, static_cast<std::uint32_t>(points.size())};
    here.committed = live;
    here.incoming = value;
    here.state = ConflictState::kOpen;
    editor_.put(here);
    return {Outcome::kContested, RefusalReason::kNone, false, {here.id}};
  }
  if (here.state == ConflictState::kOpen) close(here, ConflictState::kResolved);
  replace(at, live, value);
  return {};
}

void Processor::replace(const FieldRef& at, const Value& live, const Value& value) {
  if (live == value) return;
  if (editor_.field(at)->merges()) {
    const std::string text(schema::text_of(value));
    editor_.change_text(at, diff(schema::text_of(live), text), text);
  } else {
    editor_.set(at, value);
  }
}

}  // namespace navette::sync
