// What each change of a push started from.
#include <cstring>

#include "processor.hpp"

namespace navette::sync {

std::uint64_t text_check(std::string_view text) {
  const Hash hash = sha256(text);
  std::uint64_t check;
  std::memcpy(&check, hash.value.data(), sizeof check);
  return check;
}

const schema::Field* Processor::readable_field(const FieldRef& at) const {
  const schema::Field* field = editor_.field(at);
  const bool known = field != nullptr && !at.record.empty();
  return known && schema::readable(field->audience, party()) ? field : nullptr;
}

std::optional<Value> Processor::value_at(const FieldRef& at, const AtRevision& base) const {
  const schema::Field* field = readable_field(at);
  if (field == nullptr) return std::nullopt;
  const StreamState& stream = editor_.state().streams[index_of(field->audience)];
  if (base.revision > stream.head) return std::nullopt;
  const auto chain = history_.chain_at(field->audience, base.revision);
  if (!chain || shorten(*chain) != base.chain) return std::nullopt;
  const RecordState* record = editor_.state().record(at.record);
  if (record != nullptr && record->kind != at.kind) return std::nullopt;
  const FieldState* state = record == nullptr ? nullptr : record->field(at.field);
  if (state == nullptr) return Value{};
  return state->changed <= base.revision ? state->value : history_.value_at(at, field->audience, base.revision);
}

// False: the base is not known here, or is not what its author took it for.
bool Processor::prepare(Prepared& prepared, const FieldRef& at, const Base& base, const Delta* delta,
                        std::uint64_t check, const Value* supplied) const {
  if (const auto* carried = std::get_if<Carried>(&base)) {
    prepared.base = carried->value;
  } else if (supplied != nullptr) {
    prepared.base = *supplied;
  } else {
    prepared.base = value_at(at, std::get<AtRevision>(base));
    prepared.found = prepared.base.has_value();
  }
  if (!prepared.base) return false;
  if (delta == nullptr) return true;
  auto text = sync::apply(*delta, schema::text_of(*prepared.base));
  if (!text || text_check(*text) != check) {
    prepared.base.reset();
    return false;
  }
  prepared.text = std::move(*text);
  return true;
}

std::vector<std::uint32_t> Processor::find_bases(const std::vector<SuppliedBase>& supplied) {
  std::vector<std::uint32_t> missing;
  prepared_.assign(push_.changes.size(), {});
  for (std::uint32_t i = 0; i < push_.changes.size(); ++i) {
    const Change& change = push_.changes[i];
    const Value* given = nullptr;
    for (const SuppliedBase& base : supplied) {
      if (base.change == i) given = &base.value;
    }
    bool known = true;
    if (const auto* set = std::get_if<SetValue>(&change)) {
      known = prepare(prepared_[i], set->at, set->base, nullptr, 0, given);
    } else if (const auto* edit = std::get_if<EditText>(&change)) {
      known = prepare(prepared_[i], edit->at, edit->base, &edit->delta, edit->check, given);
    } else if (const auto* publish = std::get_if<PublishText>(&change)) {
      known = prepare(prepared_[i], publish->to, publish->base, &publish->delta, publish->check, given);
    }
    // Only what the replica can supply is asked for: the value of a base that it named by a revision.
    if (!known && supplied.empty() && names_revision(change)) missing.push_back(i);
  }
  return missing;
}

bool Processor::names_revision(const Change& change) const {
  const auto named = [&](const FieldRef& at, const Base& base) {
    return readable_field(at) != nullptr && std::holds_alternative<AtRevision>(base);
  };
  if (const auto* set = std::get_if<SetValue>(&change)) return named(set->at, set->base);
  if (const auto* edit = std::get_if<EditText>(&change)) return named(edit->at, edit->base);
  const auto* publish = std::get_if<PublishText>(&change);
  return publish != nullptr && named(publish->to, publish->base);
}

}  // namespace navette::sync
