// The three diagnoses of a volet or of an engagement (A3.5), and each side's private draft.
#include "tables.hpp"

namespace navette::cpom {

using schema::Audience;
using schema::Kind;

namespace {

schema::Field draft(FieldNumber number, std::string name, Audience audience, FieldNumber publishes_to,
                    std::string shown, Rights rights) {
  schema::Field field = text(number, std::move(name), kDiagnosticLength, std::move(shown), std::move(rights));
  field.audience = audience;
  field.publishes_to = publishes_to;
  return field;
}

}  // namespace

// A2.4: a published diagnosis is written by its own side, the shared one by both. BR-41: the order of the exchanges
// is free. Without an owner the record is the diagnosis of a whole volet and hangs at the dossier.
Kind diagnostic_kind() {
  return {.number = diagnostic::kKind,
          .name = "diagnostic",
          .fields =
              {
                  owner(diagnostic::kEngagement, "engagement", engagement::kKind, "Engagement", both(kWhileNegotiated)),
                  code(diagnostic::kVolet, "volet", {"V1", "V2"}, "Volet", both(kWhileNegotiated)),
                  text(diagnostic::kStructure, "structure", kDiagnosticLength, "Diagnostic structure",
                       structure_only(kWhileNegotiated)),
                  text(diagnostic::kArs, "ars", kDiagnosticLength, "Diagnostic ARS", agence_only(kWhileNegotiated)),
                  text(diagnostic::kPartage, "partage", kDiagnosticLength,
                       "Diagnostic partagé et propositions à retenir", both(kWhileNegotiated)),  // BR-41, BR-44
                  // Working papers: half-done work can be saved as long as the contract is not closed (BR-92).
                  draft(diagnostic::kBrouillonStructure, "brouillon_structure", Audience::kStructure,
                        diagnostic::kStructure, "Brouillon de la structure", structure_only(kUntilClosed)),
                  draft(diagnostic::kBrouillonArs, "brouillon_ars", Audience::kAgence, diagnostic::kArs,
                        "Brouillon de l'agence", agence_only(kUntilClosed)),
              },
          .create = both(kWhileNegotiated),
          .label = "Diagnostic",
          .max_records = 500};
}

}  // namespace navette::cpom
