// One rule per kind of change. What was committed stays visible; what came second is never dropped and never hidden.
#include <algorithm>

#include "../seen.hpp"
#include "navette/base/utf8.hpp"
#include "navette/sync/merge.hpp"
#include "processor.hpp"

namespace navette::sync {

ChangeResult refused(RefusalReason reason) { return {Outcome::kRefused, reason, false, {}}; }

ShortHash readable_digest(const schema::Schema& schema, const RecordState& record, Party party) {
  return readable_hash(content_of(schema, record, Audience::kShared),
                       content_of(schema, record, schema::own_audience(party)), party);
}

Processor::Processor(const schema::Schema& schema, Random& random, BytesView key, DossierState& state,
                     const History& history, const PushSource& source, const Push& push, const Hash& push_hash)
    : schema_(schema),
      random_(random),
      key_(key),
      history_(history),
      source_(source),
      push_(push),
      push_hash_(push_hash),
      sealed_push_(sealed(key, state.dossier, push.replica, push.number)),
      editor_(schema, state) {
  const schema::Field& phase_field = *schema.phase_field();
  for (const auto& [id, record] : state.records) {
    if (record.kind != schema.root().number || record.removed) continue;
    const FieldState* phase = record.field(phase_field.number);
    if (phase != nullptr) phase_ = schema.phase(schema::text_of(phase->value)).value_or(0);
  }
}

const FieldRef* Processor::place_of(const Change& change, FieldRef& scratch) const {
  struct Place {
    FieldRef& scratch;
    const FieldRef* operator()(const CreateRecord& c) const { return record(c.record, c.kind); }
    const FieldRef* operator()(const SetValue& c) const { return &c.at; }
    const FieldRef* operator()(const EditText& c) const { return &c.at; }
    const FieldRef* operator()(const PublishText& c) const { return &c.to; }
    const FieldRef* operator()(const RemoveRecord& c) const { return record(c.record, c.kind); }
    const FieldRef* operator()(const ImproveConflict& c) const { return &c.at; }
    const FieldRef* operator()(const ResolveConflict& c) const { return &c.at; }
    const FieldRef* operator()(const ChangePhase& c) const { return &c.at; }
    const FieldRef* operator()(const SalvageValue& c) const { return &c.at; }
    const FieldRef* record(const RecordId& id, KindNumber kind) const {
      scratch = {id, kind, 0};
      return &scratch;
    }
  };
  return std::visit(Place{scratch}, change);
}

Audience Processor::audience_of(const FieldRef& at) const {
  const schema::Field* field = editor_.field(at);
  return field == nullptr ? Audience::kShared : field->audience;
}

namespace {

bool writes(const Change& change) {
  return std::holds_alternative<SetValue>(change) || std::holds_alternative<EditText>(change) ||
         std::holds_alternative<PublishText>(change) || std::holds_alternative<ImproveConflict>(change);
}

}  // namespace

bool Processor::done_before(Audience audience, std::uint32_t position) const {
  const auto mark = editor_.state().marks.find(source_.replica);
  if (mark == editor_.state().marks.end()) return false;
  const AdoptedPush& adopted = mark->second.adopted[index_of(audience)];
  return adopted.number == push_.number && std::ranges::find(adopted.refused, position) == adopted.refused.end();
}

void Processor::run() {
  keep_leftovers();
  std::array<std::uint32_t, schema::kAudienceCount> positions{};
  for (std::size_t i = 0; i < push_.changes.size(); ++i) {
    const Change& change = push_.changes[i];
    FieldRef scratch;
    const FieldRef& at = *place_of(change, scratch);
    const Audience audience = audience_of(at);
    const std::uint32_t position = positions[index_of(audience)]++;
    // Adopted from another replica's kept revisions after a restore: what this push wrote is in already. What is no
    // writing, or was refused then, is looked at again: doing it twice changes nothing.
    const bool adopted = writes(change) && done_before(audience, position);
    ChangeResult result =
        adopted ? ChangeResult{} : std::visit([&](const auto& c) { return apply(c, prepared_[i]); }, change);
    if (result.outcome == Outcome::kRefused) {
      refused_[index_of(audience)].push_back(position);
      RefusedChange kept{refusal_id(push_hash_, i),           at,           act_of(change), {}, {},
                         prepared_[i].base.value_or(Value{}), result.reason};
      if (const auto* create = std::get_if<CreateRecord>(&change)) kept.owner = create->owner;
      if (const auto* set = std::get_if<SetValue>(&change)) kept.value = set->value;
      if (const auto* salvage = std::get_if<SalvageValue>(&change)) kept.value = salvage->value;
      if (const auto* improve = std::get_if<ImproveConflict>(&change)) kept.value = improve->improved;
      if (const auto* resolve = std::get_if<ResolveConflict>(&change)) kept.value = resolve->value;
      if (prepared_[i].text) kept.value = *prepared_[i].text;
      refusals_.push_back(std::move(kept));
    }
    results_.push_back(std::move(result));
  }
}

std::optional<RefusalReason> Processor::barred(const FieldRef& at) const {
  const schema::Field* field = readable_field(at);
  if (field == nullptr) return RefusalReason::kUnknownRecord;
  const bool transition = field->type == schema::FieldType::kPhase;  // the schema's transitions tell who may make one
  if (!transition && !field->writable(source_.role, phase_)) return RefusalReason::kRight;
  if (refused_creations_.contains(at.record)) return RefusalReason::kDependsOnRefused;
  const RecordState* record = editor_.state().record(at.record);
  if (record != nullptr && record->kind != at.kind) return RefusalReason::kUnknownRecord;
  return std::nullopt;
}

std::optional<RefusalReason> Processor::unfit(const FieldRef& at, const Value& value, const Value& previous) const {
  const auto checked = schema::check(*editor_.field(at), value, previous);
  if (checked) return std::nullopt;
  return checked.error().code == ErrorCode::kTooLarge ? RefusalReason::kTooLong : RefusalReason::kInvalid;
}

Value Processor::longest_known(const FieldRef& at, const Prepared* prepared) const {
  Value longest = editor_.value(at);
  const auto consider = [&](const Value& value) {
    if (code_point_count(schema::text_of(value)) > code_point_count(schema::text_of(longest))) longest = value;
  };
  if (prepared != nullptr && prepared->found) consider(*prepared->base);
  for (const auto& [id, conflict] : editor_.state().open) {
    if (conflict.at != at) continue;
    consider(conflict.base);
    consider(conflict.incoming);
  }
  return longest;
}

// CONFLICT: the incoming value has no place beside the committed one. RESOLUTION: kept whole in a conflict.
ChangeResult Processor::contest(const FieldRef& at, const Base& base, const Value& base_value, const Value& incoming,
                                ConflictKind kind, const RecordId& owner) {
  const auto* carried = std::get_if<Carried>(&base);
  const PushNumber after = carried == nullptr ? PushNumber{} : sealed_number(carried->after);
  Conflict conflict = new_conflict(at, kind);
  conflict.owner = owner;
  conflict.base = base_value;
  conflict.committed = kind == ConflictKind::kGone ? Value{} : editor_.value(at);
  conflict.incoming = incoming;
  conflict.rooted = after.value == 0;
  if (kind == ConflictKind::kGone) {
    withdraw_all(at, after);
  } else if (!supersede(conflict, after)) {
    return {Outcome::kAccepted, RefusalReason::kNone, false, {}};
  }
  return open(std::move(conflict));
}

ChangeResult Processor::apply(const SetValue& change, const Prepared& prepared) {
  if (const auto reason = barred(change.at)) return refused(*reason);
  const schema::Field& field = *editor_.field(change.at);
  const bool special =
      field.merges() || field.type == schema::FieldType::kOwner || field.type == schema::FieldType::kPhase;
  if (special) return refused(RefusalReason::kInvalid);
  if (!prepared.base) return refused(RefusalReason::kBase);
  if (const auto reason = unfit(change.at, change.value, longest_known(change.at, &prepared))) return refused(*reason);
  if (editor_.state().alive(change.at.record) == nullptr) {
    if (same_value(field, change.value, *prepared.base)) return {};
    return contest(change.at, change.base, *prepared.base, change.value, ConflictKind::kGone);
  }
  const Value current = editor_.value(change.at);
  if (same_value(field, current, change.value)) return {};
  if (!same_value(field, current, *prepared.base)) {
    return contest(change.at, change.base, *prepared.base, change.value, ConflictKind::kValue);
  }
  editor_.set(change.at, change.value);
  return {};
}

ChangeResult Processor::apply(const EditText& change, const Prepared& prepared) {
  return edit_text({change.at, change.base, change.room}, prepared);
}

ChangeResult Processor::apply(const PublishText& change, const Prepared& prepared) {
  const FieldRef from{change.to.record, change.to.kind, change.from};
  const schema::Field* draft = editor_.field(from);
  if (draft == nullptr || draft->publishes_to != change.to.field) return refused(RefusalReason::kInvalid);
  if (const auto reason = barred(from)) return refused(*reason);
  static const std::string kApart;
  const ChangeResult result = edit_text({change.to, change.base, kApart, change.from}, prepared);
  const bool published = result.outcome != Outcome::kRefused && editor_.state().alive(from.record) != nullptr;
  // The private draft goes only while it is the text that was published: what was added since stays private.
  if (published && schema::text_of(editor_.value(from)) == *prepared.text && !prepared.text->empty()) {
    editor_.change_text(from, diff(*prepared.text, ""), "");
  }
  return result;
}

ChangeResult Processor::edit_text(const TextEdit& edit, const Prepared& prepared) {
  if (const auto reason = barred(edit.at)) return refused(*reason);
  const schema::Field& field = *editor_.field(edit.at);
  if (!field.merges()) return refused(RefusalReason::kInvalid);
  if (!prepared.text) return refused(RefusalReason::kBase);
  const std::string base(schema::text_of(*prepared.base));
  const std::string& incoming = *prepared.text;
  const Value incoming_value = incoming.empty() ? Value{} : Value(incoming);
  if (const auto reason = unfit(edit.at, incoming_value, longest_known(edit.at, &prepared))) return refused(*reason);
  if (editor_.state().alive(edit.at.record) == nullptr) {
    if (incoming == base) return {};
    return contest(edit.at, edit.base, *prepared.base, incoming_value, ConflictKind::kGone);
  }
  const std::string head(schema::text_of(editor_.value(edit.at)));
  const auto* known = std::get_if<AtRevision>(&edit.base);
  const auto* carried = std::get_if<Carried>(&edit.base);
  const PushNumber after = carried == nullptr ? PushNumber{} : sealed_number(carried->after);
  ChangeResult result{head == base ? Outcome::kAccepted : Outcome::kMerged, RefusalReason::kNone, false, {}};
  if (known != nullptr && !edit.room.empty() && source_.together &&
      source_.together(edit.room, edit.at, known->revision)) {
    const std::string merged = merge_together(base, head, incoming);
    editor_.change_text(edit.at, diff(head, merged), merged);
    result.together = true;
    return result;
  }
  MergedText merged = merge_apart(base, head, incoming, field.unit, pins(edit.at, after));
  if (!room_for_conflicts(field.audience, merged.contested.size())) return refused(RefusalReason::kLimit);
  editor_.change_text(edit.at, diff(head, merged.text), merged.text);
  for (Contested& group : merged.contested) {
    Conflict conflict = new_conflict(edit.at, ConflictKind::kText);
    conflict.base = std::move(group.base);
    conflict.committed = std::move(group.committed);
    conflict.incoming = std::move(group.incoming);
    conflict.range = group.merged_range;
    conflict.pushed_range = group.incoming_range;
    conflict.base_range = group.base_range;
    conflict.rooted = after.value == 0;
    if (!supersede(conflict, after)) continue;
    const ChangeResult opened = open(std::move(conflict));
    if (opened.outcome == Outcome::kRefused) return opened;
    result.outcome = Outcome::kContested;
    result.conflicts.insert(result.conflicts.end(), opened.conflicts.begin(), opened.conflicts.end());
  }
  return result;
}

ChangeResult Processor::apply(const ChangePhase& change, const Prepared&) {
  if (const auto reason = barred(change.at)) return refused(*reason);
  const schema::Field& field = *editor_.field(change.at);
  const auto from = schema_.phase(schema::text_of(change.from));
  const auto to = schema_.phase(schema::text_of(change.to));
  if (field.type != schema::FieldType::kPhase || !to || !from) return refused(RefusalReason::kInvalid);
  if (editor_.state().alive(change.at.record) == nullptr) return refused(RefusalReason::kUnknownRecord);
  if (*to == phase_) return {};
  const bool allowed = *from == phase_ && std::ranges::any_of(schema_.transitions, [&](const schema::Transition& t) {
    return t.from == phase_ && t.to == *to && t.role == source_.role;
  });
  if (!allowed) return refused(RefusalReason::kPhase);
  editor_.settle_digests();
  if (editor_.state().streams[index_of(Audience::kShared)].digest.short_hash() != change.covered) {
    return refused(RefusalReason::kCovered);
  }
  const bool blocked = std::ranges::any_of(
      editor_.state().open, [&](const auto& item) { return schema::readable(item.second.audience, party()); });
  if (blocked) return refused(RefusalReason::kOpenConflicts);
  editor_.set(change.at, change.to);
  phase_ = *to;
  return {};
}

// After a restore. What the server has, or had, is nothing new; the rest becomes a conflict, never an overwrite.
ChangeResult Processor::apply(const SalvageValue& change, const Prepared&) {
  const schema::Field* field = readable_field(change.at);
  if (field == nullptr) return refused(RefusalReason::kUnknownRecord);
  const RecordState* record = editor_.state().record(change.at.record);
  if (record != nullptr && record->kind != change.at.kind) return refused(RefusalReason::kUnknownRecord);
  if (const auto reason = unfit(change.at, change.value, longest_known(change.at, nullptr))) return refused(*reason);
  const bool special = field->type == schema::FieldType::kOwner || field->type == schema::FieldType::kPhase;
  if (special || schema::is_empty(change.value)) return {};
  const Value current = editor_.value(change.at);
  const bool alive = editor_.state().alive(change.at.record) != nullptr;
  if (alive && same_value(*field, current, change.value)) return {};
  if (history_.ever_held(change.at, field->audience, change.value)) return {};
  if (alive && schema::is_empty(current) && editor_.field(change.at)->writable(source_.role, phase_)) {
    if (field->merges()) {
      editor_.change_text(change.at, diff("", schema::text_of(change.value)),
                          std::string(schema::text_of(change.value)));
    } else {
      editor_.set(change.at, change.value);
    }
    return {};
  }
  for (const auto& [id, conflict] : editor_.state().open) {
    if (conflict.at == change.at && conflict.incoming == change.value) return {};  // salvaged by another replica
  }
  const ConflictKind kind = !alive            ? ConflictKind::kGone
                            : field->merges() ? ConflictKind::kSalvaged
                                              : ConflictKind::kValue;
  Conflict conflict = new_conflict(change.at, kind);
  conflict.owner = change.owner;
  conflict.committed = current;
  conflict.incoming = change.value;
  conflict.rooted = true;
  if (kind == ConflictKind::kSalvaged) {
    conflict.range = {0, static_cast<std::uint32_t>(code_point_count(schema::text_of(current)))};
  }
  return open(std::move(conflict));
}

}  // namespace navette::sync
