// What the contract promises (A3.3) and how it is measured (A3.4). BR-65: targets freeze when negotiation ends.
#include "tables.hpp"

namespace navette::cpom {

using schema::FieldType;
using schema::Kind;

// A2.4: both propose and write while negotiating, nobody after; BR-20 is an anomaly, so that merging two
// additions made offline loses neither.
Kind engagement_kind() {
  return {.number = engagement::kKind,
          .name = "engagement",
          .fields =
              {
                  plain(engagement::kNumero, "numero", FieldType::kInteger, "N° d'engagement", both(kWhileNegotiated)),
                  // BR-21: typed by people, so its key is checked (B2).
                  plain(engagement::kFiness, "finess", FieldType::kFiness, "FINESS de rattachement",
                        both(kWhileNegotiated)),
                  // BR-11, A4: V1 pilotage interne, V2 positionnement territorial.
                  code(engagement::kVolet, "volet", {"V1", "V2"}, "Volet", both(kWhileNegotiated)),
                  text(engagement::kObjectif, "objectif", kObjectifLength, "Objectif fixé à la structure",
                       both(kWhileNegotiated)),  // BR-24
                  code(engagement::kNature, "nature", {"generique", "specifique"}, "Nature",
                       both(kWhileNegotiated)),  // BR-28
                  code(engagement::kPortee, "portee", {"commun", "propre"}, "Portée", both(kWhileNegotiated)),
                  label(engagement::kContrepartie, "contrepartie", kLabelLength, "En contrepartie de",
                        both(kWhileNegotiated)),
                  label(engagement::kAncienCode, "ancien_code", 20, "Code avant 2022", both(kWhileNegotiated)),  // A10
                  label(engagement::kOrigine, "origine", kLabelLength, "Origine", both(kWhileNegotiated)),
                  label(engagement::kTheme, "theme", kLabelLength, "Thème", both(kWhileNegotiated)),
              },
          .create = both(kWhileNegotiated),
          .label = "Engagement",
          .max_records = 200};
}

Kind indicateur_kind() {
  constexpr std::uint32_t kModeCalculLength = 2'000;
  Kind kind{.number = indicateur::kKind,
            .name = "indicateur",
            .fields =
                {
                    required(owner(indicateur::kEngagement, "engagement", engagement::kKind, "Engagement",
                                   both(kWhileNegotiated))),  // BR-22
                    text(indicateur::kIntitule, "intitule", kObjectifLength, "Indicateur de suivi",
                         both(kWhileNegotiated)),  // BR-24
                    text(indicateur::kModeCalcul, "mode_calcul", kModeCalculLength, "Mode de calcul",
                         both(kWhileNegotiated)),                                                          // BR-28
                    label(indicateur::kUnite, "unite", 60, "Unité de mesure", both(kWhileNegotiated)),     // BR-28
                    label(indicateur::kSource, "source", kLabelLength, "Source", both(kWhileNegotiated)),  // BR-28
                    plain(indicateur::kOpposable, "opposable", FieldType::kBoolean, "Opposable",
                          both(kWhileNegotiated)),  // BR-30
                    plain(indicateur::kReferenceValeur, "reference_valeur", FieldType::kMeasure, "Valeur de référence",
                          both(kWhileNegotiated)),  // BR-27
                    plain(indicateur::kReferenceAnnee, "reference_annee", FieldType::kInteger, "Année de référence",
                          both(kWhileNegotiated)),
                },
            .create = both(kWhileNegotiated),
            .label = "Indicateur",
            .max_records = 500};
  for (unsigned year = 0; year < kYears; ++year) {
    const std::string shown = std::to_string(year + 1);
    // BR-25, BR-26: one target per year, negotiable; BR-65: frozen afterwards.
    kind.fields.push_back(plain(static_cast<FieldNumber>(indicateur::kCibleN1 + year), "cible_n" + shown,
                                FieldType::kMeasure, "Valeur cible N+" + shown, both(kWhileNegotiated)));
  }
  for (unsigned year = 0; year < kYears; ++year) {
    const std::string shown = std::to_string(year + 1);
    // BR-62: filled by the structure alone, during the contract and for the review that opens the next one.
    kind.fields.push_back(plain(static_cast<FieldNumber>(indicateur::kRealiseN1 + year), "realise_n" + shown,
                                FieldType::kMeasure, "Réalisé N+" + shown, structure_only(kWhileFollowed)));
  }
  // BR-63: proposed by one side, agreed by the other.
  kind.fields.push_back(code(indicateur::kStatut, "statut",
                             {"atteint", "partiellement_atteint", "non_atteint", "sans_objet"}, "Statut d'évaluation",
                             both(kWhileFollowed)));
  return kind;
}

}  // namespace navette::cpom
