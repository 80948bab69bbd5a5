// The contract itself and its perimeter (A3.1, A3.2). All three kinds are made by the agency's server.
#include "tables.hpp"

namespace navette::cpom {

using schema::FieldType;
using schema::Kind;

Kind contrat_kind() {
  // BR-46: « conjointement », one or two A4 pages for the whole synthesis.
  constexpr std::uint32_t kSyntheseLength = 5'000;
  schema::Field phase = plain(contrat::kPhase, "phase", FieldType::kPhase, "Phase", nobody());
  phase.codes = phase_names();
  return {
      .number = contrat::kKind,
      .name = "contrat",
      .fields =
          {
              std::move(phase),
              // BR-15, BR-25: N is the year of the date d'effet; five years at most.
              plain(contrat::kDateEffet, "date_effet", FieldType::kDate, "Date d'effet", agence_only(kWhileNegotiated)),
              plain(contrat::kDateEcheance, "date_echeance", FieldType::kDate, "Date d'échéance",
                    agence_only(kWhileNegotiated)),
              label(contrat::kNumero, "numero", 40, "Numéro du contrat", agence_only(kWhileNegotiated)),
              // BR-02: one contract, one lead EJ. A référentiel's number: a failing key is kept (B2).
              label(contrat::kEjFiness, "ej_finess", 9, "N° FINESS de l'entité juridique", nobody()),
              // BR-46, A2.4: written by both, jointly.
              text(contrat::kForces, "forces", kSyntheseLength, "Forces", both(kWhileNegotiated)),
              text(contrat::kFaiblesses, "faiblesses", kSyntheseLength, "Faiblesses", both(kWhileNegotiated)),
              text(contrat::kOpportunites, "opportunites", kSyntheseLength, "Opportunités", both(kWhileNegotiated)),
              text(contrat::kMenaces, "menaces", kSyntheseLength, "Menaces", both(kWhileNegotiated)),
              text(contrat::kEnjeux, "enjeux", kSyntheseLength, "Synthèse des enjeux majeurs", both(kWhileNegotiated)),
          },
      .label = "Contrat",
      .server_only = true,
      .max_records = 1};
}

// A2.4, first line: the agency corrects identities, the structure reads them; codes and numbers come from FINESS.
Kind entite_juridique_kind() {
  namespace ej = entite_juridique;
  return {.number = ej::kKind,
          .name = "entite_juridique",
          .fields =
              {
                  // B2: a failing key in a référentiel is kept with a warning, so the number is a label here.
                  label(ej::kFiness, "finess", 9, "N° FINESS juridique", nobody()),
                  label(ej::kRaisonSociale, "raison_sociale", kLabelLength, "Raison sociale",
                        agence_only(kWhileNegotiated)),
                  label(ej::kStatutJuridiqueCode, "statut_juridique_code", 4, "Code du statut juridique", nobody()),
                  label(ej::kStatutJuridique, "statut_juridique", kLabelLength, "Statut juridique", nobody()),
                  label(ej::kStatut, "statut", 40, "Statut", nobody()),
                  label(ej::kQualiteEspicCode, "qualite_espic_code", 4, "Code de qualité ESPIC", nobody()),
                  label(ej::kAdresse, "adresse", kLabelLength, "Adresse", agence_only(kWhileNegotiated)),
                  label(ej::kCodePostal, "code_postal", 5, "Code postal", agence_only(kWhileNegotiated)),
                  label(ej::kCommune, "commune", kLabelLength, "Commune", agence_only(kWhileNegotiated)),
                  label(ej::kRepresentePar, "represente_par", kLabelLength, "Représentée par",
                        agence_only(kWhileNegotiated)),
                  label(ej::kFonction, "fonction", kLabelLength, "Fonction", agence_only(kWhileNegotiated)),
              },
          .label = "Entité juridique",
          .server_only = true,
          .max_records = 50};  // BR-02: several for the single contract of a GHT
}

Kind site_kind() {
  return {.number = site::kKind,
          .name = "site",
          .fields =
              {
                  label(site::kFiness, "finess", 9, "N° FINESS géographique", nobody()),  // B2, as above
                  label(site::kNom, "nom", kLabelLength, "Site géographique", agence_only(kWhileNegotiated)),
                  label(site::kComplement, "complement", kLabelLength, "Complément", agence_only(kWhileNegotiated)),
                  label(site::kAdresse, "adresse", kLabelLength, "Adresse", agence_only(kWhileNegotiated)),
                  label(site::kCodePostal, "code_postal", 5, "Code postal", agence_only(kWhileNegotiated)),
                  label(site::kCommune, "commune", kLabelLength, "Commune", agence_only(kWhileNegotiated)),
                  label(site::kCodeInsee, "code_insee", 5, "Code INSEE de la commune", nobody()),
                  label(site::kDepartement, "departement", 3, "Département", nobody()),
                  label(site::kRegionCode, "region_code", 2, "Code de la région", nobody()),
                  label(site::kRegion, "region", kLabelLength, "Région", nobody()),
                  label(site::kCategorieCode, "categorie_code", 4, "Code de la catégorie", nobody()),
                  label(site::kCategorie, "categorie", kLabelLength, "Catégorie", nobody()),
                  label(site::kSiret, "siret", 14, "SIRET", nobody()),
              },
          .label = "Site",
          .server_only = true,
          .max_records = 200};  // the largest EJ known has 35 sites (SAE 2023)
}

}  // namespace navette::cpom
