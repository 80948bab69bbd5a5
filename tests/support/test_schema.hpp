// A small table with one field of every behaviour, for tests that need no contract.
#pragma once

#include "navette/schema/schema.hpp"

namespace navette::test {

inline constexpr schema::RoleNumber kCorrespondant = 0;  // structure
inline constexpr schema::RoleNumber kNegociateur = 1;    // agence
inline constexpr unsigned kNegociation = 0;
inline constexpr unsigned kSignature = 1;

namespace contrat {
inline constexpr schema::KindNumber kKind = 1;
inline constexpr schema::FieldNumber kPhase = 1;
inline constexpr schema::FieldNumber kNote = 2;
}  // namespace contrat

namespace engagement {
inline constexpr schema::KindNumber kKind = 2;
inline constexpr schema::FieldNumber kTexte = 1;     // merged by sentences
inline constexpr schema::FieldNumber kObjectif = 2;  // a text that is one whole
inline constexpr schema::FieldNumber kMontant = 3;
inline constexpr schema::FieldNumber kLibelle = 4;
inline constexpr schema::FieldNumber kPriveS = 5;   // published to kPublicS
inline constexpr schema::FieldNumber kPriveA = 6;   // published to kPublicA
inline constexpr schema::FieldNumber kPublicS = 7;  // written by the structure alone
inline constexpr schema::FieldNumber kPublicA = 8;  // written by the agency alone
}  // namespace engagement

namespace indicateur {
inline constexpr schema::KindNumber kKind = 3;
inline constexpr schema::FieldNumber kEngagement = 1;
inline constexpr schema::FieldNumber kCible = 2;
inline constexpr schema::FieldNumber kRealise = 3;  // written by the structure alone
inline constexpr schema::FieldNumber kNote = 4;     // merged by paragraphs
}  // namespace indicateur

// One object for the whole run. Shared fields: both roles in phase 0, the agency in phase 1, unless told otherwise
// above.
[[nodiscard]] const schema::Schema& test_schema();
// The one before it, as an older program has it: without indicateurs, and without objectif, libelle and the private
// text of the structure with what it is published to.
[[nodiscard]] const schema::Schema& older_test_schema();

}  // namespace navette::test
