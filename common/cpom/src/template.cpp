#include "navette/cpom/dossier.hpp"

#include <charconv>
#include <cstdio>

#include "navette/schema/finess.hpp"

namespace navette::cpom {
namespace {

int number_in(std::string_view digits) {
  int number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

int days_in(int year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// Collects the records; every value goes through the table's own check, and the first one refused is kept.
class Builder {
 public:
  Builder(Clock& clock, Random& random) : clock_(clock), random_(random) {}

  RecordId begin(KindNumber kind) {
    records_.push_back({RecordId::make_v7(clock_.now(), random_), kind, {}});
    return records_.back().id;
  }

  void set(FieldNumber number, std::string_view typed) {
    if (error_) return;
    const schema::Field* field = cpom_schema().kind(records_.back().kind)->field(number);
    auto value = schema::parse(*field, typed);
    if (!value) {
      error_ = std::move(value).error();
    } else if (!schema::is_empty(*value)) {
      records_.back().fields.emplace(number, std::move(*value));
    }
  }

  Result<std::vector<RecordSeed>> take() {
    if (error_) return std::unexpected(std::move(*error_));
    NAVETTE_TRY(check_counts());
    return std::move(records_);
  }

 private:
  [[nodiscard]] Result<void> check_counts() const {
    std::map<KindNumber, std::uint32_t> counts;
    for (const RecordSeed& record : records_) {
      const schema::Kind* kind = cpom_schema().kind(record.kind);
      if (++counts[record.kind] <= kind->max_records) continue;
      return fail(ErrorCode::kTooLarge, "plus de " + std::to_string(kind->max_records) + " fiches « " + kind->label +
                                            " » dans un dossier : partagez-le");
    }
    return {};
  }

  Clock& clock_;
  Random& random_;
  std::vector<RecordSeed> records_;
  std::optional<Error> error_;
};

void add_contrat(Builder& builder, const EntiteJuridique& entite, std::string_view date_effet,
                 const SyntheseSeed& synthese) {
  builder.begin(contrat::kKind);
  builder.set(contrat::kPhase, cpom_schema().phases[kNegociation]);
  builder.set(contrat::kDateEffet, date_effet);
  builder.set(contrat::kDateEcheance, date_echeance(date_effet));
  builder.set(contrat::kEjFiness, entite.finess);
  builder.set(contrat::kForces, synthese.forces);
  builder.set(contrat::kFaiblesses, synthese.faiblesses);
  builder.set(contrat::kOpportunites, synthese.opportunites);
  builder.set(contrat::kMenaces, synthese.menaces);
  builder.set(contrat::kEnjeux, synthese.enjeux);
}

void add_entite(Builder& builder, const EntiteJuridique& entite) {
  namespace ej = entite_juridique;
  builder.begin(ej::kKind);
  builder.set(ej::kFiness, entite.finess);
  builder.set(ej::kRaisonSociale, entite.raison_sociale);
  builder.set(ej::kStatutJuridiqueCode, entite.statut_juridique_code);
  builder.set(ej::kStatutJuridique, entite.statut_juridique);
  builder.set(ej::kStatut, entite.statut);
  builder.set(ej::kQualiteEspicCode, entite.qualite_espic_code);
  builder.set(ej::kAdresse, entite.adresse);
  builder.set(ej::kCodePostal, entite.code_postal);
  builder.set(ej::kCommune, entite.commune);
}

void add_site(Builder& builder, const Site& one) {
  builder.begin(site::kKind);
  builder.set(site::kFiness, one.finess);
  builder.set(site::kNom, one.nom);
  builder.set(site::kComplement, one.complement);
  builder.set(site::kAdresse, one.adresse);
  builder.set(site::kCodePostal, one.code_postal);
  builder.set(site::kCommune, one.commune);
  builder.set(site::kCodeInsee, one.code_insee);
  builder.set(site::kDepartement, one.departement);
  builder.set(site::kRegionCode, one.region_code);
  builder.set(site::kRegion, one.region);
  builder.set(site::kCategorieCode, one.categorie_code);
  builder.set(site::kCategorie, one.categorie);
  builder.set(site::kSiret, one.siret);
}

// REQUIRES: begin() of a diagnostic just before, its owner or volet set.
void fill_diagnostic(Builder& builder, const DiagnosticSeed& diagnosis) {
  builder.set(diagnostic::kStructure, diagnosis.structure);
  builder.set(diagnostic::kArs, diagnosis.ars);
  builder.set(diagnostic::kPartage, diagnosis.partage);
}

void add_indicateur(Builder& builder, RecordId owner, const IndicateurSeed& one) {
  builder.begin(indicateur::kKind);
  builder.set(indicateur::kEngagement, owner.text());
  builder.set(indicateur::kIntitule, one.intitule);
  builder.set(indicateur::kModeCalcul, one.mode_calcul);
  builder.set(indicateur::kUnite, one.unite);
  builder.set(indicateur::kSource, one.source);
  builder.set(indicateur::kOpposable, one.opposable ? "oui" : "non");
  builder.set(indicateur::kReferenceValeur, one.reference_valeur);
  if (one.reference_annee) builder.set(indicateur::kReferenceAnnee, std::to_string(*one.reference_annee));
  for (unsigned year = 0; year < kYears; ++year) {
    builder.set(static_cast<FieldNumber>(indicateur::kCibleN1 + year), one.cibles[year]);
  }
}

void add_engagement(Builder& builder, std::size_t numero, std::string_view finess, const EngagementSeed& seed) {
  const RecordId id = builder.begin(engagement::kKind);
  builder.set(engagement::kNumero, std::to_string(numero));
  builder.set(engagement::kFiness, finess);
  builder.set(engagement::kVolet, seed.volet);
  builder.set(engagement::kObjectif, seed.objectif);
  builder.set(engagement::kNature, seed.nature);
  builder.set(engagement::kPortee, seed.portee);
  builder.set(engagement::kAncienCode, seed.ancien_code);
  builder.set(engagement::kOrigine, seed.identifiant);
  builder.set(engagement::kTheme, seed.theme);
  for (const IndicateurSeed& one : seed.indicateurs) add_indicateur(builder, id, one);
  builder.begin(diagnostic::kKind);
  builder.set(diagnostic::kEngagement, id.text());
  fill_diagnostic(builder, seed.diagnostic);
}

}  // namespace

std::string date_echeance(std::string_view date_effet) {
  int year = number_in(date_effet.substr(0, 4)) + static_cast<int>(kYears);
  int month = number_in(date_effet.substr(5, 2));
  int day = number_in(date_effet.substr(8, 2)) - 1;
  if (day == 0) {
    if (--month == 0) {
      month = 12;
      --year;
    }
    day = days_in(year, month);
  }
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
  return text;
}

Result<std::vector<RecordSeed>> dossier_seed(const EntiteJuridique& entite, std::string_view date_effet,
                                             const DossierContent& content, Clock& clock, Random& random) {
  const schema::Field& effet = *cpom_schema().root().field(contrat::kDateEffet);
  NAVETTE_ASSIGN(const schema::Value date, schema::parse(effet, date_effet));
  if (schema::is_empty(date)) return fail(ErrorCode::kInvalidArgument, "la date d'effet du contrat manque");
  Builder builder(clock, random);
  add_contrat(builder, entite, schema::text_of(date), content.synthese);
  add_entite(builder, entite);
  for (const Site& one : entite.sites) add_site(builder, one);
  for (const auto& [volet, diagnosis] : {std::pair{"V1", &content.pilotage}, std::pair{"V2", &content.territoire}}) {
    builder.begin(diagnostic::kKind);
    builder.set(diagnostic::kVolet, volet);
    fill_diagnostic(builder, *diagnosis);
  }
  // A référentiel may hold a number whose key fails (B2): nothing is attached to it, BR-21 then asks people.
  const std::string default_finess = schema::finess_key_holds(entite.finess) ? entite.finess : std::string{};
  std::size_t numero = 0;
  for (const EngagementSeed& seed : content.engagements) {
    add_engagement(builder, ++numero, seed.finess.empty() ? default_finess : seed.finess, seed);
  }
  return builder.take();
}

}  // namespace navette::cpom
