#include "navette/schema/schema.hpp"

#include <algorithm>
#include <set>

namespace navette::schema {
namespace {

template <class Range, class Match>
auto find(Range& range, Match match) -> decltype(&*range.begin()) {
  const auto found = std::ranges::find_if(range, match);
  return found == range.end() ? nullptr : &*found;
}

Result<void> validate_field(const Schema& schema, const Kind& kind, const Field& field) {
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorCode::kInternal, kind.name + "." + field.name + ": " + std::string(why));
  };
  if (field.number == 0) return wrong("number 0 is reserved");
  if (field.write.size() > schema.roles.size()) return wrong("rights for roles that do not exist");
  const bool bounded = field.type == FieldType::kText || field.type == FieldType::kLabel;
  if (bounded && field.max_length == 0) return wrong("no length limit");
  const bool coded = field.type == FieldType::kCode || field.type == FieldType::kPhase;
  if (coded && field.codes.empty()) return wrong("no codes");
  if (field.type == FieldType::kPhase && field.codes != schema.phases) return wrong("codes are not the phases");
  const bool pointing = field.type == FieldType::kOwner || field.type == FieldType::kReference;
  if (pointing && schema.kind(field.target) == nullptr) return wrong("unknown target kind");
  if (field.required && field.type != FieldType::kOwner) return wrong("only an owner may be required");
  if (field.type == FieldType::kOwner && field.audience != Audience::kShared) return wrong("an owner is shared");
  for (RoleNumber role = 0; role < field.write.size(); ++role) {
    if (field.write[role] != 0 && !readable(field.audience, schema.roles[role].party)) {
      return wrong("written by a role that may not read it");
    }
  }
  if (field.publishes_to != 0) {
    const Field* target = kind.field(field.publishes_to);
    if (target == nullptr || !target->merges() || !field.merges()) return wrong("publishes to no text");
  }
  return {};
}

}  // namespace

std::string_view name_of(Party party) { return party == Party::kStructure ? "structure" : "agence"; }

std::string_view label_of(Party party) { return party == Party::kStructure ? "établissement" : "agence"; }

std::string_view name_of(Audience audience) {
  switch (audience) {
    case Audience::kShared:
      return "shared";
    case Audience::kStructure:
      return "structure";
    case Audience::kAgence:
      return "agence";
  }
  return "shared";
}

Audience own_audience(Party party) { return party == Party::kStructure ? Audience::kStructure : Audience::kAgence; }

bool readable(Audience audience, Party party) {
  return audience == Audience::kShared || audience == own_audience(party);
}

const Field* Kind::field(FieldNumber field_number) const {
  return find(fields, [&](const Field& field) { return field.number == field_number; });
}
const Field* Kind::field(std::string_view field_name) const {
  return find(fields, [&](const Field& field) { return field.name == field_name; });
}
const Kind* Schema::kind(KindNumber number) const {
  return find(kinds, [&](const Kind& kind) { return kind.number == number; });
}
const Kind* Schema::kind(std::string_view name) const {
  return find(kinds, [&](const Kind& kind) { return kind.name == name; });
}

std::optional<RoleNumber> Schema::role(std::string_view name) const {
  const auto found = std::ranges::find(roles, name, &Role::name);
  if (found == roles.end()) return std::nullopt;
  return static_cast<RoleNumber>(found - roles.begin());
}

std::optional<unsigned> Schema::phase(std::string_view name) const {
  const auto found = std::ranges::find(phases, name);
  if (found == phases.end()) return std::nullopt;
  return static_cast<unsigned>(found - phases.begin());
}

const Field* Schema::phase_field() const {
  return find(root().fields, [](const Field& field) { return field.type == FieldType::kPhase; });
}

const std::string& Schema::phase_label(unsigned phase) const {
  return phase < phase_labels.size() ? phase_labels[phase] : phases[phase];
}

const std::string& Schema::role_label(RoleNumber role) const {
  return roles[role].label.empty() ? roles[role].name : roles[role].label;
}

Result<void> validate(const Schema& schema) {
  if (schema.kinds.empty() || schema.phase_field() == nullptr)
    return fail(ErrorCode::kInternal, "no root with a phase");
  if (schema.phases.size() > 32) return fail(ErrorCode::kInternal, "more phases than a mask has bits");
  if (!schema.phase_labels.empty() && schema.phase_labels.size() != schema.phases.size()) {
    return fail(ErrorCode::kInternal, "labels for some phases only");
  }
  std::set<std::string> kind_names;
  std::set<KindNumber> kind_numbers;
  for (const Kind& kind : schema.kinds) {
    if (kind.number == 0 || !kind_names.insert(kind.name).second || !kind_numbers.insert(kind.number).second) {
      return fail(ErrorCode::kInternal, kind.name + ": number or name twice");
    }
    std::set<std::string> names;
    std::set<FieldNumber> numbers;
    for (const Field& field : kind.fields) {
      if (!names.insert(field.name).second || !numbers.insert(field.number).second) {
        return fail(ErrorCode::kInternal, kind.name + "." + field.name + ": number or name twice");
      }
      NAVETTE_TRY(validate_field(schema, kind, field));
    }
  }
  return {};
}

}  // namespace navette::schema
