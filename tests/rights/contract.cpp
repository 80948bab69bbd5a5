#include "contract.hpp"

#include <algorithm>
#include <cstring>

#include "navette/base/utf8.hpp"
#include "navette/schema/finess.hpp"
#include "navette/sync/codec.hpp"
#include "seen.hpp"
#include "support/memory_dossier.hpp"

namespace navette::test {
namespace {

using schema::Field;
using schema::FieldType;
using schema::Kind;
using sync::Value;

template <class AnyId>
AnyId id_of(unsigned char mark, unsigned a, unsigned b) {
  AnyId id;
  id.value = {mark, static_cast<unsigned char>(a), static_cast<unsigned char>(b), 0, 0, 0, 0x70, 0, 0x80};
  id.value[15] = mark;
  return id;
}

std::uint64_t check_of(const Value& text) {
  const Hash hash = sha256(schema::text_of(text));
  std::uint64_t check = 0;
  std::memcpy(&check, hash.value.data(), sizeof check);
  return check;
}

// Values of everything but what the engine itself gives.
std::map<schema::FieldNumber, Value> filled(const schema::Schema& schema, const Kind& kind, bool shared_only) {
  std::map<schema::FieldNumber, Value> values;
  for (const Field& field : kind.fields) {
    if (field.type == FieldType::kOwner || field.type == FieldType::kPhase) continue;
    if (shared_only && field.audience != sync::Audience::kShared) continue;
    values[field.number] = sample(schema, field, 0);
  }
  return values;
}

}  // namespace

RecordId record_id(unsigned kind, unsigned n) { return id_of<RecordId>(1, kind, n); }

bool Answer::left_nothing() const {
  return revisions.empty() && after.records == before.records && after.open == before.open &&
         after.streams == before.streams;
}

std::set<sync::FieldRef> Answer::changed_fields() const {
  std::set<sync::FieldRef> changed;
  for (const auto& [id, record] : after.records) {
    const sync::RecordState* old = before.record(id);
    for (const sync::FieldState& field : record.fields) {
      const sync::FieldState* was = old == nullptr ? nullptr : old->field(field.field);
      if (was == nullptr ? !schema::is_empty(field.value) : was->value != field.value)
        changed.insert({id, record.kind, field.field});
    }
  }
  return changed;
}

Contract::Contract(const schema::Schema& schema, unsigned phase)
    : schema_(schema),
      authority_(schema, Bytes(32, 'k'), random_),
      state_(sync::empty_dossier(id_of<DossierId>(2, 0, 0))) {
  std::vector<sync::SeedRecord> seeds;
  for (const Kind& kind : schema.kinds) {
    sync::SeedRecord seed{record(kind.number), kind.number, owner_for(kind), filled(schema, kind, false)};
    if (&kind == &schema.root()) seed.values[schema.phase_field()->number] = Value{schema.phases[phase]};
    seeds.push_back(std::move(seed));
    if (!kind.server_only) {
      seeds.push_back({removed(kind.number), kind.number, owner_for(kind), filled(schema, kind, true)});
    }
  }
  (void)authority_.seed(state_, seeds, {"Import", sync::Party::kAgence}, {1});
  for (const Kind& kind : schema.kinds) {
    if (!kind.server_only) state_.records.at(removed(kind.number)).removed = true;
  }
}

RecordId Contract::record(schema::KindNumber kind) const { return record_id(kind, 1); }
RecordId Contract::removed(schema::KindNumber kind) const { return record_id(kind, 2); }

sync::FieldRef Contract::at(const Kind& kind, const Field& field) const {
  return {record(kind.number), kind.number, field.number};
}

Value Contract::value(const sync::FieldRef& at) const {
  const sync::RecordState* found = state_.record(at.record);
  const sync::FieldState* field = found == nullptr ? nullptr : found->field(at.field);
  return field == nullptr ? Value{} : field->value;
}

RecordId Contract::owner_for(const Kind& kind) const {
  for (const Field& field : kind.fields) {
    if (field.type == FieldType::kOwner) return record(field.target);
  }
  return {};
}

ConflictId Contract::open_conflict(const sync::FieldRef& at, const Field& field, const Value& incoming,
                                   schema::Party by, sync::ConflictKind kind) {
  sync::Conflict conflict;
  conflict.id = ConflictId::make_v4(random_);
  conflict.audience = field.audience;
  conflict.kind = kind;
  conflict.version = 1;
  conflict.at = at;
  conflict.base = value(at);
  conflict.committed = value(at);
  conflict.incoming = incoming;
  conflict.incoming_by = {"Autrui", by};
  if (kind == sync::ConflictKind::kText) {
    conflict.range = {0, static_cast<std::uint32_t>(code_point_count(schema::text_of(value(at))))};
  }
  state_.open[conflict.id] = conflict;
  return conflict.id;
}

Answer Contract::send(schema::RoleNumber role, std::vector<sync::Change> changes,
                      const std::vector<sync::SuppliedBase>& bases) const {
  sync::Push push;
  push.dossier = state_.dossier;
  push.replica = id_of<ReplicaId>(3, role, 0);
  push.number = PushNumber{1};
  push.schema_version = schema_.version;
  push.changes = std::move(changes);
  const sync::PushSource source{{"Quelqu'un", schema_.roles[role].party}, role, push.replica};
  Answer answer;
  answer.before = state_;
  answer.after = state_;
  const MemoryDossier history(state_.dossier);
  sync::PushAnswer said =
      authority_.process(answer.after, history, source, push, sync::encode(push), bases, Timestamp{2});
  if (auto* applied = std::get_if<sync::Applied>(&said)) {
    answer.results = applied->receipt.results;
    answer.revisions = std::move(applied->revisions);
  } else {
    answer.asks_for_bases = std::holds_alternative<sync::NeedBases>(said);
  }
  return answer;
}

Value sample(const schema::Schema& schema, const Field& field, unsigned n) {
  switch (field.type) {
    case FieldType::kText:
      return Value{"Phrase " + std::to_string(n) + "."};
    case FieldType::kLabel:
    case FieldType::kMeasure:
      return Value{std::to_string(n + 1)};
    case FieldType::kInteger:
      return Value{std::int64_t{n} + 1};
    case FieldType::kBoolean:
      return Value{std::int64_t{n % 2}};
    case FieldType::kDate:
      return Value{"2027-01-0" + std::to_string(n + 1)};
    case FieldType::kCode:
      return Value{field.codes[n % field.codes.size()]};
    case FieldType::kFiness:
      return Value{schema::with_finess_key("7507121" + std::to_string(n % 10)).value()};
    case FieldType::kReference:
    case FieldType::kOwner:
      return Value{record_id(field.target, n + 1).text()};
    case FieldType::kPhase:
      return Value{schema.phases[n % schema.phases.size()]};
  }
  return {};
}

sync::SetValue set(const sync::FieldRef& at, const Value& from, const Value& to) {
  return {at, sync::Carried{from, {}}, to};
}

sync::EditText edit(const sync::FieldRef& at, const Value& from, const Value& to) {
  return {at, sync::Carried{from, {}}, sync::diff(schema::text_of(from), schema::text_of(to)), check_of(to), {}};
}

sync::PublishText publish(const sync::FieldRef& to, schema::FieldNumber from, const Value& shown, const Value& text) {
  return {to, from, sync::Carried{shown, {}}, sync::diff(schema::text_of(shown), schema::text_of(text)),
          check_of(text)};
}

std::vector<Seat> seats(const schema::Schema& schema) {
  std::vector<Seat> all;
  for (unsigned phase = 0; phase < schema.phases.size(); ++phase) {
    for (std::size_t role = 0; role < schema.roles.size(); ++role) {
      all.push_back({static_cast<schema::RoleNumber>(role), phase});
    }
  }
  return all;
}

std::string name_of(const schema::Schema& schema, const Seat& seat) {
  return schema.roles[seat.role].name + " in " + schema.phases[seat.phase];
}

}  // namespace navette::test
