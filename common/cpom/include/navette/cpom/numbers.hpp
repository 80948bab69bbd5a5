// The numbers of the CPOM table. They are on the wire and on disk: never reused, never renumbered, only added to.
#pragma once

#include "navette/schema/schema.hpp"

namespace navette::cpom {

using schema::FieldNumber;
using schema::KindNumber;
using schema::PhaseMask;
using schema::RoleNumber;

inline constexpr RoleNumber kCorrespondant = 0;  // structure
inline constexpr RoleNumber kNegociateur = 1;    // agence

// Positions in Schema::phases.
enum Phase : unsigned { kNegociation, kValidation, kSignature, kEnVigueur, kClos };

namespace contrat {
inline constexpr KindNumber kKind = 1;
inline constexpr FieldNumber kPhase = 1, kDateEffet = 2, kDateEcheance = 3, kNumero = 4, kEjFiness = 5, kForces = 6,
                             kFaiblesses = 7, kOpportunites = 8, kMenaces = 9, kEnjeux = 10;
}  // namespace contrat

namespace entite_juridique {
inline constexpr KindNumber kKind = 2;
inline constexpr FieldNumber kFiness = 1, kRaisonSociale = 2, kStatutJuridiqueCode = 3, kStatutJuridique = 4,
                             kStatut = 5, kQualiteEspicCode = 6, kAdresse = 7, kCodePostal = 8, kCommune = 9,
                             kRepresentePar = 10, kFonction = 11;
}  // namespace entite_juridique

namespace site {
inline constexpr KindNumber kKind = 3;
inline constexpr FieldNumber kFiness = 1, kNom = 2, kComplement = 3, kAdresse = 4, kCodePostal = 5, kCommune = 6,
                             kCodeInsee = 7, kDepartement = 8, kRegionCode = 9, kRegion = 10, kCategorieCode = 11,
                             kCategorie = 12, kSiret = 13;
}  // namespace site

namespace engagement {
inline constexpr KindNumber kKind = 4;
inline constexpr FieldNumber kNumero = 1, kFiness = 2, kVolet = 3, kObjectif = 4, kNature = 5, kPortee = 6,
                             kContrepartie = 7, kAncienCode = 8, kOrigine = 9, kTheme = 10;
}  // namespace engagement

namespace indicateur {
inline constexpr KindNumber kKind = 5;
inline constexpr FieldNumber kEngagement = 1, kIntitule = 2, kModeCalcul = 3, kUnite = 4, kSource = 5, kOpposable = 6,
                             kReferenceValeur = 7, kReferenceAnnee = 8, kCibleN1 = 9 /* to 13: N+5 */,
                             kRealiseN1 = 14 /* to 18: N+5 */, kStatut = 19;
}  // namespace indicateur

namespace diagnostic {
inline constexpr KindNumber kKind = 6;
inline constexpr FieldNumber kEngagement = 1, kVolet = 2, kStructure = 3, kArs = 4, kPartage = 5,
                             kBrouillonStructure = 6, kBrouillonArs = 7;
}  // namespace diagnostic

}  // namespace navette::cpom
