#include "editor.hpp"

#include <algorithm>

namespace navette::sync {

RecordContent content_of(const schema::Schema& schema, const RecordState& record, Audience audience) {
  RecordContent content{record.record, record.kind, record.owner, {}};
  if (record.removed) return content;
  const schema::Kind* kind = schema.kind(record.kind);
  for (const FieldState& state : record.fields) {
    const schema::Field* field = kind == nullptr ? nullptr : kind->field(state.field);
    if (field != nullptr && field->audience == audience && !schema::is_empty(state.value)) {
      content.values.emplace_back(state.field, state.value);
    }
  }
  return content;
}

const schema::Field* Editor::field(const FieldRef& at) const {
  const schema::Kind* kind = schema_.kind(at.kind);
  return kind == nullptr ? nullptr : kind->field(at.field);
}

Value Editor::value(const FieldRef& at) const {
  const RecordState* record = state_.record(at.record);
  // A number means another field in another kind.
  const FieldState* state = record == nullptr || record->kind != at.kind ? nullptr : record->field(at.field);
  return state == nullptr ? Value{} : state->value;
}

void Editor::before_change(const RecordState& record, Audience audience) {
  if (!unsettled_.emplace(record.record, audience).second) return;
  if (record.removed && audience == Audience::kShared) return;
  const RecordContent content = content_of(schema_, record, audience);
  if (is_member(content, audience)) state_.streams[index_of(audience)].digest.remove(content_hash(content, audience));
}

void Editor::settle_digests() {
  for (const auto& [id, audience] : unsettled_) {
    const RecordState& record = state_.records.at(id);
    if (record.removed && audience == Audience::kShared) continue;
    const RecordContent content = content_of(schema_, record, audience);
    if (is_member(content, audience)) state_.streams[index_of(audience)].digest.add(content_hash(content, audience));
  }
  unsettled_.clear();
}

void Editor::create(const RecordId& record, KindNumber kind, const RecordId& owner) {
  RecordState& made = state_.records[record];
  made = {.record = record, .kind = kind, .owner = owner, .removed = false, .fields = {}};
  unsettled_.emplace(record, Audience::kShared);  // no old hash to take out
  touched_.insert(record);
  operations_[index_of(Audience::kShared)].push_back(RecordCreated{record, kind, owner});
}

void Editor::store(RecordState& record, const schema::Field& field, const Value& value) {
  before_change(record, field.audience);
  auto at = std::ranges::lower_bound(record.fields, field.number, {}, &FieldState::field);
  if (at == record.fields.end() || at->field != field.number) at = record.fields.insert(at, {field.number, {}, {}});
  at->value = schema::is_empty(value) ? Value{} : value;
  at->changed = next(field.audience);
  touched_.insert(record.record);
  fields_[index_of(field.audience)].push_back({record.record, record.kind, field.number});
}

void Editor::set(const FieldRef& at, const Value& value) {
  const schema::Field& described = *field(at);
  store(state_.records.at(at.record), described, value);
  operations_[index_of(described.audience)].push_back(ValueSet{at, schema::is_empty(value) ? Value{} : value});
}

void Editor::change_text(const FieldRef& at, const Delta& delta, std::string text) {
  if (delta.empty()) return;
  const schema::Field& described = *field(at);
  store(state_.records.at(at.record), described, Value(std::move(text)));
  for (auto& [id, conflict] : state_.open) {
    const TextRange before = conflict.range;
    move_range(conflict, at, delta);
    if (conflict.range != before) moved_.insert(id);
  }
  operations_[index_of(described.audience)].push_back(TextChanged{at, delta});
}

void Editor::remove(const std::vector<RecordId>& records) {
  for (const RecordId& id : records) {
    RecordState& record = state_.records.at(id);
    for (Audience audience : schema::kAudiences) before_change(record, audience);
    record.removed = true;
    touched_.insert(id);
  }
  operations_[index_of(Audience::kShared)].push_back(RecordsRemoved{records});
}

void Editor::put(Conflict conflict) {
  ++conflict.version;
  put_as_is(conflict);
}

void Editor::put_as_is(const Conflict& conflict) {
  conflicts_[conflict.id] = conflict;
  if (conflict.state == ConflictState::kOpen) {
    state_.open[conflict.id] = conflict;
  } else {
    state_.open.erase(conflict.id);
  }
}

std::vector<Conflict> Editor::changed_conflicts() const {
  std::vector<Conflict> changed;
  for (const auto& [id, conflict] : conflicts_) changed.push_back(conflict);
  for (const ConflictId& id : moved_) {
    const auto open = state_.open.find(id);
    if (open != state_.open.end() && !conflicts_.contains(id)) changed.push_back(open->second);
  }
  return changed;
}

bool Editor::changed(Audience audience) const {
  return !operations_[index_of(audience)].empty() ||
         std::ranges::any_of(conflicts_, [&](const auto& item) { return item.second.audience == audience; });
}

std::vector<Operation> Editor::take_operations(Audience audience) {
  std::vector<Operation> operations = std::move(operations_[index_of(audience)]);
  for (auto& [id, conflict] : conflicts_) {
    if (const auto open = state_.open.find(id); open != state_.open.end()) conflict = open->second;  // its last range
    if (conflict.audience == audience) operations.push_back(ConflictChanged{conflict});
  }
  return operations;
}

}  // namespace navette::sync
