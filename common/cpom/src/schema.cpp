#include "navette/cpom/schema.hpp"

#include "tables.hpp"

namespace navette::cpom {
namespace {

// A6.1 in five phases. BR-65: what is in force changes by avenant only, so en_vigueur never goes back to negociation.
std::vector<schema::Transition> transitions() {
  return {
      {kNegociation, kValidation, kNegociateur},  // BR-53: the content goes to the delegation
      {kValidation, kNegociation, kNegociateur},  // BR-53: not validated
      {kValidation, kSignature, kNegociateur},    // BR-53: validated
      {kSignature, kNegociation, kNegociateur},   // BR-57: not signed, talks start again
      {kSignature, kEnVigueur, kNegociateur},     // BR-50: both have signed
      {kEnVigueur, kClos, kNegociateur},          // BR-67: replaced or run out
  };
}

schema::Schema table() {
  schema::Schema schema;
  schema.version = 1;
  schema.roles = {{"correspondant", schema::Party::kStructure, "correspondant"},
                  {"negociateur", schema::Party::kAgence, "négociateur"}};
  schema.phases = phase_names();
  schema.phase_labels = {"négociation", "validation", "signature", "en vigueur", "clos"};
  schema.transitions = transitions();
  schema.kinds = {contrat_kind(),    entite_juridique_kind(), site_kind(),
                  engagement_kind(), indicateur_kind(),       diagnostic_kind()};
  return schema;
}

}  // namespace

std::vector<std::string> phase_names() { return {"negociation", "validation", "signature", "en_vigueur", "clos"}; }

const schema::Schema& cpom_schema() {
  static const schema::Schema schema = table();
  return schema;
}

}  // namespace navette::cpom
