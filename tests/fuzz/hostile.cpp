#include "hostile.hpp"

#include <cstring>

#include "navette/base/utf8.hpp"
#include "navette/sync/codec.hpp"
#include "seen.hpp"

namespace navette::fuzz {

using namespace sync;

namespace {

constexpr std::uint32_t kTextPieces = 24;

std::uint64_t check_of(std::string_view text) {
  const Hash hash = sha256(text);
  std::uint64_t check = 0;
  std::memcpy(&check, hash.value.data(), sizeof check);
  return check;
}

}  // namespace

void Hostile::remember(const NewRevision& revision) {
  revisions_.push_back({revision.audience, revision.envelope.number, shorten(revision.chain), revision.envelope});
}

RecordId Hostile::record() {
  if (state_ != nullptr && !state_->records.empty() && script_.chance(85)) return script_.pick(state_->records).first;
  return script_.chance(50) ? RecordId{} : some_id<RecordId>();
}

DossierId Hostile::dossier() {
  if (state_ != nullptr && script_.chance(95)) return state_->dossier;
  return some_id<DossierId>();
}

FieldRef Hostile::at(bool text) {
  FieldRef at;
  at.record = record();
  const RecordState* known = state_ == nullptr ? nullptr : state_->record(at.record);
  const schema::Kind& kind =
      known != nullptr && script_.chance(90) ? *schema_.kind(known->kind) : script_.pick(schema_.kinds);
  at.kind = script_.chance(97) ? kind.number : static_cast<KindNumber>(script_.number());
  const schema::Field* field = &script_.pick(kind.fields);
  for (int tries = 0; text && !field->merges() && tries < 8; ++tries) field = &script_.pick(kind.fields);
  at.field = script_.chance(97) ? field->number : static_cast<FieldNumber>(script_.number());
  return at;
}

Value Hostile::held(const FieldRef& at) const {
  const RecordState* known = state_ == nullptr ? nullptr : state_->record(at.record);
  const FieldState* field = known == nullptr ? nullptr : known->field(at.field);
  return field == nullptr ? Value{} : field->value;
}

Value Hostile::value() {
  switch (script_.below(4)) {
    case 0:
      return {};
    case 1:
      return static_cast<std::int64_t>(script_.number());
    default:
      return script_.texts().text(kTextPieces, U"ab. \né😀");
  }
}

Value Hostile::value_for(const FieldRef& at) {
  const schema::Kind* kind = schema_.kind(at.kind);
  const schema::Field* field = kind == nullptr ? nullptr : kind->field(at.field);
  if (field == nullptr || script_.chance(15)) return value();
  switch (field->type) {
    case schema::FieldType::kInteger:
    case schema::FieldType::kBoolean:
      return static_cast<std::int64_t>(script_.number());
    case schema::FieldType::kCode:
    case schema::FieldType::kPhase:
      return field->codes.empty() ? Value{} : Value(script_.pick(field->codes));
    case schema::FieldType::kOwner:
    case schema::FieldType::kReference:
      return record().text();
    case schema::FieldType::kMeasure:
      return std::to_string(script_.byte());
    default:
      return script_.texts().text(kTextPieces, U"ab. \né😀");
  }
}

Base Hostile::base(const FieldRef& at) {
  const schema::Kind* kind = schema_.kind(at.kind);
  const schema::Field* field = kind == nullptr ? nullptr : kind->field(at.field);
  const std::uint32_t way = script_.below(8);
  if (way == 0) return Carried{value(), {script_.number()}};
  if (way == 1) return Carried{held(at), {script_.byte() % 4U}};
  if (way == 2) return AtRevision{{script_.number()}, digest()};
  if (field == nullptr || state_ == nullptr) return AtRevision{};
  if (way < 5) {
    const StreamState& stream = state_->streams[static_cast<std::size_t>(field->audience)];
    return AtRevision{stream.head, shorten(stream.chain)};
  }
  if (revisions_.empty()) return AtRevision{};
  const Known& known = script_.pick(revisions_);
  return AtRevision{known.revision, known.chain};
}

Delta Hostile::delta(const std::string& base, std::uint64_t& check) {
  Delta made = script_.texts().delta(base);
  const auto result = sync::apply(made, base);
  check = result && script_.chance(90) ? check_of(*result) : script_.number();
  if (script_.chance(5)) {
    made = {};
    made.retain(static_cast<std::uint32_t>(script_.number() | 1U));
    made.erase(static_cast<std::uint32_t>(script_.number() | 1U));
    made.finish();
  }
  return made;
}

// What an honest person would have seen of it.
ShortHash Hostile::sides(const Conflict& conflict) const {
  const Value live = held(conflict.at);
  if (conflict.kind == ConflictKind::kValue) return seen_sides(live, conflict.incoming);
  if (conflict.kind != ConflictKind::kText && conflict.kind != ConflictKind::kSalvaged) {
    return seen_sides({}, conflict.incoming);
  }
  const std::u32string text = to_code_points(schema::text_of(live));
  const auto& [begin, end] = conflict.range;
  if (begin > end || end > text.size()) return {};
  return seen_sides(to_utf8(text.substr(begin, end - begin)), conflict.incoming);
}

ResolveConflict Hostile::resolution() {
  ResolveConflict made;
  if (state_ != nullptr && !state_->open.empty() && script_.chance(90)) {
    const Conflict& conflict = script_.pick(state_->open).second;
    made.conflict = conflict.id;
    made.version = script_.chance(90) ? conflict.version : script_.byte();
    made.at = script_.chance(90) ? conflict.at : at(true);
    made.seen_live = sides(conflict);
    made.value = script_.chance(50) ? conflict.incoming : value_for(conflict.at);
  } else {
    made.conflict = some_id<ConflictId>();
    made.at = at(true);
    made.value = value();
  }
  made.choice = static_cast<Choice>(script_.below(3));
  return made;
}

Change Hostile::change() {
  const bool text = script_.chance(50);
  FieldRef place = at(text);
  switch (script_.below(12)) {
    case 0:
    case 1:
      return CreateRecord{script_.chance(30) ? record() : some_id<RecordId>(), script_.pick(schema_.kinds).number,
                          script_.chance(40) ? RecordId{} : record()};
    case 2:
      return SetValue{place, base(place), value_for(place)};
    case 3: {
      PublishText made{place, static_cast<FieldNumber>(script_.below(9)), base(place), {}, 0};
      made.delta = delta(std::string(schema::text_of(held(place))), made.check);
      return made;
    }
    case 4: {
      RemoveRecord made{place.record, place.kind, {}};
      made.seen = some(3, [this] { return SeenRecord{record(), digest()}; });
      return made;
    }
    case 5:
      return ImproveConflict{resolution().conflict, place, value(), value()};
    case 6:
    case 7:
      return resolution();
    case 8: {
      FieldRef phase = place;
      if (const schema::Field* field = schema_.phase_field(); script_.chance(80) && field != nullptr) {
        phase.kind = schema_.root().number;
        phase.field = field->number;
      }
      const ShortHash covered = state_ == nullptr ? digest() : state_->streams[0].digest.short_hash();
      return ChangePhase{phase, held(phase), value_for(phase), script_.chance(80) ? covered : digest()};
    }
    case 9:
      return SalvageValue{place, record(), value_for(place)};
    default: {
      EditText made{place, base(place), {}, 0, script_.chance(80) ? "" : "session 1"};
      const auto* carried = std::get_if<Carried>(&made.base);
      const Value from = carried != nullptr ? carried->value : held(place);
      made.delta = delta(std::string(schema::text_of(from)), made.check);
      return made;
    }
  }
}

Push Hostile::push(const ReplicaId& replica, PushNumber last) {
  Push made;
  made.dossier = dossier();
  made.replica = script_.chance(97) ? replica : some_id<ReplicaId>();
  made.number = script_.chance(90) ? last.next() : PushNumber{script_.number()};
  made.schema_version = script_.chance(95) ? schema_.version : static_cast<std::uint32_t>(script_.number());
  made.client_time = {static_cast<std::int64_t>(script_.number())};
  made.changes = some(8, [this] { return change(); });
  return made;
}

std::vector<SuppliedBase> Hostile::bases() {
  return some(4, [this] { return SuppliedBase{static_cast<std::uint32_t>(script_.number()), value()}; });
}

Message Hostile::twisted(const Message& message) {
  Bytes bytes = encode(message);
  for (std::uint32_t left = script_.below(4); left > 0; --left) {
    bytes[(script_.byte() << 8 | script_.byte()) % bytes.size()] = static_cast<char>(script_.byte());
  }
  return decode<Message>(bytes).value_or(message);
}

}  // namespace navette::fuzz
