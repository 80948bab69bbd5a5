// How the kinds of the table are written down: one short constructor per type of field, and the rights of A2.4.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "navette/cpom/schema.hpp"

namespace navette::cpom {

using Rights = std::vector<PhaseMask>;

constexpr PhaseMask in(Phase phase) { return PhaseMask{1} << phase; }
inline constexpr PhaseMask kWhileNegotiated = in(kNegociation);
inline constexpr PhaseMask kWhileFollowed = in(kNegociation) | in(kEnVigueur);
inline constexpr PhaseMask kUntilClosed = in(kNegociation) | in(kValidation) | in(kSignature) | in(kEnVigueur);

inline Rights nobody() { return {}; }
inline Rights structure_only(PhaseMask phases) { return {phases, 0}; }
inline Rights agence_only(PhaseMask phases) { return {0, phases}; }
inline Rights both(PhaseMask phases) { return {phases, phases}; }

inline schema::Field plain(FieldNumber number, std::string name, schema::FieldType type, std::string label,
                           Rights rights) {
  schema::Field field{.number = number, .name = std::move(name), .type = type};
  field.label = std::move(label);
  field.write = std::move(rights);
  return field;
}

inline schema::Field label(FieldNumber number, std::string name, std::uint32_t max_length, std::string shown,
                           Rights rights) {
  schema::Field field = plain(number, std::move(name), schema::FieldType::kLabel, std::move(shown), std::move(rights));
  field.max_length = max_length;
  return field;
}

inline schema::Field text(FieldNumber number, std::string name, std::uint32_t max_length, std::string shown,
                          Rights rights) {
  schema::Field field = plain(number, std::move(name), schema::FieldType::kText, std::move(shown), std::move(rights));
  field.max_length = max_length;
  field.unit = schema::Unit::kSentence;
  return field;
}

inline schema::Field code(FieldNumber number, std::string name, std::vector<std::string> codes, std::string shown,
                          Rights rights) {
  schema::Field field = plain(number, std::move(name), schema::FieldType::kCode, std::move(shown), std::move(rights));
  field.codes = std::move(codes);
  return field;
}

inline schema::Field owner(FieldNumber number, std::string name, KindNumber target, std::string shown, Rights rights) {
  schema::Field field = plain(number, std::move(name), schema::FieldType::kOwner, std::move(shown), std::move(rights));
  field.target = target;
  return field;
}

inline schema::Field required(schema::Field field) {
  field.required = true;
  return field;
}

// Names and addresses; longer ones are cut by the importer, with a notice.
inline constexpr std::uint32_t kLabelLength = 200;

[[nodiscard]] std::vector<std::string> phase_names();
[[nodiscard]] schema::Kind contrat_kind();
[[nodiscard]] schema::Kind entite_juridique_kind();
[[nodiscard]] schema::Kind site_kind();
[[nodiscard]] schema::Kind engagement_kind();
[[nodiscard]] schema::Kind indicateur_kind();
[[nodiscard]] schema::Kind diagnostic_kind();

}  // namespace navette::cpom
