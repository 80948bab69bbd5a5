// The table of the measures. Linked before navette_cpom, it is what the programs of the measures serve.
#include "bench/schema.hpp"

#include "bench/words.hpp"
#include "navette/cpom/schema.hpp"

namespace navette::bench {
namespace {

using schema::Field;
using schema::FieldType;

constexpr std::uint32_t kLabelLength = 60;
constexpr std::uint32_t kTextLength = 1'000'000;  // the longest trace has 105,000 characters at its end

Field plain(schema::FieldNumber number, std::string name, FieldType type) {
  Field field{.number = number, .name = std::move(name), .type = type};
  field.write = {schema::kEveryPhase, schema::kEveryPhase};
  return field;
}

schema::Kind contract_kind() {
  Field phase = plain(contrat::kPhase, "phase", FieldType::kPhase);
  phase.write = {};
  phase.codes = {"ouvert"};
  return {.number = contrat::kKind, .name = "contrat", .fields = {phase}, .server_only = true, .max_records = 1};
}

schema::Kind record_kind() {
  static constexpr FieldType kTypes[] = {FieldType::kLabel,   FieldType::kInteger, FieldType::kInteger,
                                         FieldType::kInteger, FieldType::kDate,    FieldType::kCode,
                                         FieldType::kLabel,   FieldType::kBoolean, FieldType::kLabel,
                                         FieldType::kLabel,   FieldType::kLabel,   FieldType::kLabel};
  schema::Kind kind{.number = fiche::kKind, .name = "fiche", .fields = {}};
  for (schema::FieldNumber i = 0; i < std::size(kTypes); ++i) {
    Field field = plain(fiche::field(i), "f" + std::to_string(i), kTypes[i]);
    if (field.type == FieldType::kLabel) field.max_length = kLabelLength;
    if (field.type == FieldType::kCode) field.codes = {kStatus.begin(), kStatus.end()};
    kind.fields.push_back(std::move(field));
  }
  return kind;
}

schema::Kind text_kind() {
  Field content = plain(texte::kContenu, "contenu", FieldType::kText);
  content.max_length = kTextLength;
  return {.number = texte::kKind, .name = "texte", .fields = {content}};
}

}  // namespace

const schema::Schema& bench_schema() {
  static const schema::Schema schema{
      .version = 1,
      .roles = {{"correspondant", schema::Party::kStructure}, {"negociateur", schema::Party::kAgence}},
      .phases = {"ouvert"},
      .transitions = {},
      .kinds = {contract_kind(), record_kind(), text_kind()}};
  return schema;
}

}  // namespace navette::bench

namespace navette::cpom {

const schema::Schema& served_schema() { return bench::bench_schema(); }

}  // namespace navette::cpom
