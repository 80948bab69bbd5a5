#include "navette/cpom/anomalies.hpp"

#include <algorithm>
#include <set>

#include "navette/base/utf8.hpp"
#include "navette/cpom/schema.hpp"

namespace navette::cpom {
namespace {

constexpr std::size_t kMinEngagements = 3;   // BR-20, guide
constexpr std::size_t kMaxEngagements = 10;  // BR-20, guide and décret 2025-180
constexpr std::size_t kMaxIndicateurs = 10;  // BR-23

const schema::Value& value_of(const RecordView& record, FieldNumber field) {
  static const schema::Value kNothing;
  const auto found = record.values.find(field);
  return found == record.values.end() ? kNothing : found->second;
}

std::string text_in(const RecordView& record, FieldNumber field) {
  return std::string(schema::text_of(value_of(record, field)));
}

struct Dossier {
  RecordId contrat;
  std::vector<const RecordView*> engagements;
  std::vector<const RecordView*> indicateurs;
  std::set<std::string> perimeter;
  std::map<std::string, const RecordView*> engagement_by_id;
};

Dossier sorted_out(std::span<const RecordView> records) {
  Dossier dossier;
  for (const RecordView& record : records) {
    switch (record.kind->number) {
      case contrat::kKind:
        dossier.contrat = record.id;
        break;
      case entite_juridique::kKind:
        dossier.perimeter.insert(text_in(record, entite_juridique::kFiness));
        break;
      case site::kKind:
        dossier.perimeter.insert(text_in(record, site::kFiness));
        break;
      case engagement::kKind:
        dossier.engagements.push_back(&record);
        dossier.engagement_by_id.emplace(record.id.text(), &record);
        break;
      case indicateur::kKind:
        dossier.indicateurs.push_back(&record);
        break;
      default:
        break;  // diagnoses have no rule between records
    }
  }
  return dossier;
}

std::string shown(const RecordView& record) {
  const std::string numero = schema::display(value_of(record, engagement::kNumero));
  return numero.empty() ? "l'engagement sans numéro" : "l'engagement n° " + numero;
}

class Report {
 public:
  void add(std::string rule, Severity severity, RecordId record, std::string message) {
    const std::string key = rule;
    found_.emplace(key, Anomaly{std::move(rule), severity, record, std::move(message)});
  }
  std::vector<Anomaly> take() {
    std::vector<Anomaly> out;
    for (auto& [rule, anomaly] : found_) out.push_back(std::move(anomaly));
    return out;
  }

 private:
  std::multimap<std::string, Anomaly> found_;  // keeps the order of arrival within a rule
};

// BR-20. Zero engagement is legal (BR-16: a contract of the socle commun alone), hence never more than a warning below.
void count_engagements(const Dossier& dossier, Report& report) {
  const std::size_t count = dossier.engagements.size();
  if (count > kMaxEngagements) {
    report.add("BR-20", Severity::kBlocking, dossier.contrat,
               "le contrat compte " + std::to_string(count) +
                   " engagements, 10 au plus sont permis : retirez-en d'un commun accord");
  } else if (count < kMinEngagements) {
    report.add("BR-20", Severity::kWarning, dossier.contrat,
               count == 0 ? "le contrat n'a aucun engagement : il se limite au socle commun"
                          : "le contrat compte " + std::to_string(count) +
                                (count == 1 ? " engagement" : " engagements") + ", de 3 à 10 sont recommandés");
  }
}

// BR-21: in force for every engagement, also for one that came in with an older perimeter.
void check_finess(const Dossier& dossier, const RecordView& record, Report& report) {
  const std::string finess = text_in(record, engagement::kFiness);
  if (finess.empty()) {
    report.add("BR-21", Severity::kBlocking, record.id,
               shown(record) + " n'est rattaché à aucun numéro FINESS : choisissez l'entité juridique ou un site");
  } else if (!dossier.perimeter.contains(finess)) {
    report.add("BR-21", Severity::kBlocking, record.id,
               shown(record) + " est rattaché au FINESS " + finess +
                   ", hors du périmètre du contrat : choisissez l'entité juridique ou un de ses sites");
  }
}

void check_has_indicateur(const Dossier& dossier, const RecordView& record, Report& report) {
  const std::string id = record.id.text();
  const bool measured = std::ranges::any_of(
      dossier.indicateurs, [&](const RecordView* one) { return text_in(*one, indicateur::kEngagement) == id; });
  if (measured) return;
  report.add("BR-22", Severity::kBlocking, record.id, shown(record) + " n'a aucun indicateur : ajoutez-en un");
}

void count_indicateurs(const Dossier& dossier, Report& report) {
  const std::size_t count = dossier.indicateurs.size();
  if (count <= kMaxIndicateurs) return;
  report.add("BR-23", Severity::kWarning, dossier.contrat,
             "le contrat compte " + std::to_string(count) + " indicateurs, 10 au plus sont recommandés");
}

// BR-24 after a merge: each side was within the limit, the merged text is not (domain C, scenario 5).
void check_length(const RecordView& record, FieldNumber field, std::string_view what, Report& report) {
  const std::size_t length = code_point_count(schema::text_of(value_of(record, field)));
  if (length <= kObjectifLength) return;
  report.add(
      "BR-24", Severity::kBlocking, record.id,
      std::string(what) + " a " + std::to_string(length) + " caractères, 450 au plus sont permis : raccourcissez-le");
}

// BR-28: the cadre is a recommendation for generic indicators, an obligation for those of a specific engagement.
void check_cadre(const Dossier& dossier, const RecordView& record, Report& report) {
  std::string missing;
  for (const auto& [field, name] : {std::pair{indicateur::kModeCalcul, "mode de calcul"},
                                    std::pair{indicateur::kUnite, "unité"}, std::pair{indicateur::kSource, "source"}}) {
    if (!schema::is_empty(value_of(record, field))) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(name);
  }
  if (missing.empty()) return;
  const auto owner = dossier.engagement_by_id.find(text_in(record, indicateur::kEngagement));
  const bool specific =
      owner != dossier.engagement_by_id.end() && text_in(*owner->second, engagement::kNature) == "specifique";
  const std::string of = owner == dossier.engagement_by_id.end() ? "" : " de " + shown(*owner->second);
  report.add("BR-28", specific ? Severity::kBlocking : Severity::kWarning, record.id,
             "cadre incomplet de l'indicateur" + of + ", à renseigner : " + missing);
}

}  // namespace

std::vector<Anomaly> anomalies(std::span<const RecordView> records) {
  const Dossier dossier = sorted_out(records);
  Report report;
  count_engagements(dossier, report);
  for (const RecordView* record : dossier.engagements) {
    check_finess(dossier, *record, report);
    check_has_indicateur(dossier, *record, report);
    check_length(*record, engagement::kObjectif, "l'objectif de " + shown(*record), report);
  }
  count_indicateurs(dossier, report);
  for (const RecordView* record : dossier.indicateurs) {
    check_length(*record, indicateur::kIntitule, "l'intitulé d'un indicateur", report);
    check_cadre(dossier, *record, report);
  }
  return report.take();
}

}  // namespace navette::cpom
