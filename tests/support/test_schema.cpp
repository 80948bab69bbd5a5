#include "test_schema.hpp"

#include <utility>

namespace navette::test {
namespace {

using schema::Audience;
using schema::Field;
using schema::FieldNumber;
using schema::FieldType;
using schema::Kind;
using schema::PhaseMask;
using schema::Unit;

using Rights = std::vector<PhaseMask>;  // correspondant, negociateur

constexpr PhaseMask kPhase0 = PhaseMask{1} << kNegociation;
constexpr PhaseMask kPhase1 = PhaseMask{1} << kSignature;
constexpr std::uint32_t kTextLength = 2'000;
constexpr std::uint32_t kLabelLength = 200;

Rights both() { return {kPhase0, kPhase0 | kPhase1}; }
Rights both_at_first() { return {kPhase0, kPhase0}; }
Rights structure_alone() { return {kPhase0, 0}; }
Rights agence_alone() { return {0, kPhase0 | kPhase1}; }

Field plain(FieldNumber number, std::string name, FieldType type, Rights write) {
  Field field{.number = number, .name = name, .type = type};
  field.write = std::move(write);
  field.label = std::move(name);
  return field;
}

Field text(FieldNumber number, std::string name, Rights write, Unit unit = Unit::kSentence) {
  Field field = plain(number, std::move(name), FieldType::kText, std::move(write));
  field.unit = unit;
  field.max_length = kTextLength;
  return field;
}

Field draft(FieldNumber number, std::string name, Rights write, Audience audience, FieldNumber publishes_to) {
  Field field = text(number, std::move(name), std::move(write));
  field.audience = audience;
  field.publishes_to = publishes_to;
  return field;
}

Kind contrat_kind() {
  Field phase = plain(contrat::kPhase, "phase", FieldType::kPhase, {});
  phase.codes = {"negociation", "signature"};
  return {.number = contrat::kKind,
          .name = "contrat",
          .fields = {phase, text(contrat::kNote, "note", both())},
          .create = both_at_first(),
          .label = "Contrat",
          .server_only = true,
          .max_records = 1};
}

Kind engagement_kind() {
  Field libelle = plain(engagement::kLibelle, "libelle", FieldType::kLabel, both());
  libelle.max_length = kLabelLength;
  return {
      .number = engagement::kKind,
      .name = "engagement",
      .fields = {text(engagement::kTexte, "texte", both()),
                 text(engagement::kObjectif, "objectif", both(), Unit::kWhole),
                 plain(engagement::kMontant, "montant", FieldType::kInteger, both_at_first()), libelle,
                 draft(engagement::kPriveS, "prive_s", structure_alone(), Audience::kStructure, engagement::kPublicS),
                 draft(engagement::kPriveA, "prive_a", {0, kPhase0}, Audience::kAgence, engagement::kPublicA),
                 text(engagement::kPublicS, "public_s", structure_alone()),
                 text(engagement::kPublicA, "public_a", agence_alone())},
      .create = both_at_first(),
      .label = "Engagement"};
}

Kind indicateur_kind() {
  Field owner = plain(indicateur::kEngagement, "engagement", FieldType::kOwner, both_at_first());
  owner.required = true;
  owner.target = engagement::kKind;
  return {.number = indicateur::kKind,
          .name = "indicateur",
          .fields = {owner, plain(indicateur::kCible, "cible", FieldType::kMeasure, both()),
                     plain(indicateur::kRealise, "realise", FieldType::kMeasure, structure_alone()),
                     text(indicateur::kNote, "note", both(), Unit::kParagraph)},
          .create = both_at_first(),
          .label = "Indicateur"};
}

}  // namespace

const schema::Schema& test_schema() {
  static const schema::Schema schema{
      .version = 2,
      .roles = {{"correspondant", schema::Party::kStructure}, {"negociateur", schema::Party::kAgence}},
      .phases = {"negociation", "signature"},
      .transitions = {{kNegociation, kSignature, kNegociateur}, {kSignature, kNegociation, kNegociateur}},
      .kinds = {contrat_kind(), engagement_kind(), indicateur_kind()}};
  return schema;
}

const schema::Schema& older_test_schema() {
  static const schema::Schema schema = [] {
    schema::Schema older = test_schema();
    older.version = 1;
    std::erase_if(older.kinds, [](const Kind& kind) { return kind.number == indicateur::kKind; });
    Kind& kind = older.kinds[1];
    std::erase_if(kind.fields, [](const Field& field) {
      return field.number == engagement::kObjectif || field.number == engagement::kLibelle ||
             field.number == engagement::kPriveS || field.number == engagement::kPublicS;
    });
    return older;
  }();
  return schema;
}

}  // namespace navette::test
