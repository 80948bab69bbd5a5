#include "navette/cpom/etablissements.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "navette/base/utf8.hpp"
#include "navette/cpom/csv.hpp"
#include "navette/cpom/territoires.hpp"
#include "navette/schema/finess.hpp"
#include "tables.hpp"

namespace navette::cpom {
namespace {

constexpr std::array<std::string_view, 5> kRequired{"finess_et", "finess_ej", "raison_sociale_et", "commune",
                                                    "departement"};

// Blanks around out, blanks and line ends within become one space: what a label accepts.
std::string one_line(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!is_blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string lower_ascii(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string statut_label(std::string_view statut_sae) {
  if (statut_sae == "PUBLIC") return "public";
  if (statut_sae == "PRIVE_LUCRATIF") return "privé lucratif";
  if (statut_sae == "PRIVE_NON_LUCRATIF") return "privé non lucratif";
  return lower_ascii(std::string(statut_sae));
}

// One import: the rows come in, the report goes out.
class Import {
 public:
  explicit Import(const CsvTable& table) : table_(table) {
    for (std::size_t i = 0; i < table.header.fields.size(); ++i) {
      columns_.emplace(lower_ascii(one_line(table.header.fields[i])), i);  // of two columns of one name, the first
    }
  }

  [[nodiscard]] std::string missing_columns() const {
    std::string missing;
    for (std::string_view name : kRequired) {
      if (columns_.contains(std::string(name))) continue;
      missing += (missing.empty() ? "" : ", ") + std::string(name);
    }
    return missing;
  }

  ImportReport run() {
    if (table_.converted)
      issue(0, "le fichier n'est pas en UTF-8 : il a été lu comme du Windows-1252 (Latin-1)", false);
    for (const CsvIssue& broken : table_.issues) issue(broken.line, broken.message + " : ligne ignorée", true);
    for (const CsvRow& row : table_.rows) take(row);
    report_.counts.rows = table_.rows.size() + table_.issues.size();
    collect();
    return std::move(report_);
  }

 private:
  struct SeenSite {
    std::size_t line;
    std::string ej;
    Site site;
  };

  void issue(std::size_t line, std::string message, bool skipped) {
    if (skipped) ++report_.counts.skipped;
    issues_.emplace(line, ImportIssue{line, std::move(message), skipped});
  }

  std::string cell(const CsvRow& row, std::string_view column, std::size_t max_length = kLabelLength) {
    const auto found = columns_.find(std::string(column));
    if (found == columns_.end()) return {};
    auto text = normalized(row.fields[found->second]);
    std::string value = text ? one_line(*text) : std::string{};
    if (code_point_count(value) <= max_length) return value;
    issue(row.line, "« " + std::string(column) + " » a été coupé à " + std::to_string(max_length) + " caractères",
          false);
    return one_line(excerpt(value, max_length));
  }

  // Nothing when the line has to be left out; a failing key is only said.
  std::optional<std::string> finess(const CsvRow& row, std::string_view column) {
    std::string number = schema::normalised_finess(cell(row, column));
    if (code_point_count(number) != 9) {
      issue(row.line, std::string(column) + " : « " + number + " » n'a pas 9 caractères, ligne ignorée", true);
      return std::nullopt;
    }
    if (!schema::finess_form_holds(number)) {
      issue(row.line,
            std::string(column) + " : « " + number +
                " » n'est pas un numéro FINESS (neuf chiffres, ou 2A et 2B en Corse), ligne ignorée",
            true);
      return std::nullopt;
    }
    // Said once: an entité juridique stands on the line of each of its sites.
    if (!schema::finess_key_holds(number) && doubtful_.insert(number).second) {
      issue(row.line, std::string(column) + " : la clé de contrôle de " + number + " est fausse, ligne gardée", false);
    }
    return number;
  }

  std::string departement(const CsvRow& row, const std::string& code_insee) {
    const std::string stated = departement_code(cell(row, "departement")).value_or("");
    const std::string derived = departement_of_commune(code_insee);
    if (derived.empty() && stated.empty()) {
      issue(row.line, "département inconnu : ni la colonne « departement » ni le code INSEE ne le disent", false);
    } else if (!derived.empty() && !stated.empty() && derived != stated) {
      issue(row.line,
            "département " + stated + " et commune " + code_insee + " se contredisent : " + derived + " est retenu",
            false);
    }
    return derived.empty() ? stated : derived;
  }

  Site site(const CsvRow& row, std::string number) {
    Site out;
    out.finess = std::move(number);
    out.nom = cell(row, "raison_sociale_et");
    out.complement = cell(row, "complement_rs");
    out.adresse = cell(row, "adresse");
    out.code_postal = cell(row, "code_postal", 5);
    out.commune = cell(row, "commune");
    out.code_insee = cell(row, "code_insee", 5);
    out.departement = departement(row, out.code_insee);
    out.region_code = cell(row, "region_code", 2);
    out.region = cell(row, "region");
    out.categorie_code = cell(row, "categorie_code", 4);
    out.categorie = cell(row, "categorie_libelle");
    out.siret = cell(row, "siret");
    if (out.siret.size() != 14 || !all_digits(out.siret)) out.siret.clear();  // SAE has a few SIREN there
    return out;
  }

  // Each line about an EJ may fill what earlier lines left empty; where two differ, the last wins.
  void merge_entite(const CsvRow& row, const std::string& number) {
    EntiteJuridique& entite = entites_[number];
    entite.finess = number;
    const auto set = [&](std::string& into, std::string value, std::string_view what) {
      if (value.empty() || value == into) return;
      if (!into.empty()) {
        issue(row.line,
              "entité juridique " + number + ", " + std::string(what) + " : « " + into + " » puis « " + value +
                  " », la dernière valeur est retenue",
              false);
      }
      into = std::move(value);
    };
    set(entite.raison_sociale, cell(row, "raison_sociale_ej"), "raison sociale");
    set(entite.statut_juridique_code, cell(row, "statut_juridique_code", 4), "code du statut juridique");
    set(entite.statut_juridique, cell(row, "statut_juridique_libelle"), "statut juridique");
    set(entite.statut, statut_label(cell(row, "statut_sae", 40)), "statut");
    if (std::string espic = cell(row, "qualite_espic_code", 4); !espic.empty()) espic_[number].insert(std::move(espic));
  }

  void take(const CsvRow& row) {
    if (row.fields.size() != table_.header.fields.size()) {
      issue(row.line,
            std::to_string(row.fields.size()) + " colonnes au lieu de " + std::to_string(table_.header.fields.size()) +
                " : ligne ignorée",
            true);
      return;
    }
    const auto et = finess(row, "finess_et");
    if (!et) return;
    const auto ej = finess(row, "finess_ej");
    if (!ej) return;
    merge_entite(row, *ej);
    SeenSite fresh{row.line, *ej, site(row, *et)};
    const auto [seen, is_new] = sites_.try_emplace(*et, fresh);
    if (is_new) return;
    ++report_.counts.duplicates;
    const std::string before = "site " + *et + " déjà lu ligne " + std::to_string(seen->second.line);
    const bool same = seen->second.ej == fresh.ej && seen->second.site == fresh.site;
    issue(row.line, before + (same ? ", à l'identique" : ", autrement : cette ligne le remplace"), false);
    seen->second = std::move(fresh);
  }

  // SAE states the quality per site; it is the EJ's only where all of them agree.
  void settle_espic(EntiteJuridique& entite) {
    const std::set<std::string>& stated = espic_[entite.finess];
    if (stated.size() == 1) entite.qualite_espic_code = *stated.begin();
    if (stated.size() < 2) return;
    issue(0, "entité juridique " + entite.finess + " : ses sites n'ont pas tous la même qualité ESPIC, laissée vide",
          false);
  }

  void collect() {
    for (auto& [number, seen] : sites_) entites_.at(seen.ej).sites.push_back(std::move(seen.site));
    for (auto& [number, entite] : entites_) {
      if (entite.sites.empty()) continue;  // its only site went to another EJ by a later line
      settle_espic(entite);
      report_.counts.sites += entite.sites.size();
      report_.entites.push_back(std::move(entite));
    }
    report_.counts.entites = report_.entites.size();
    for (auto& [line, one] : issues_) report_.issues.push_back(std::move(one));
  }

  const CsvTable& table_;
  std::map<std::string, std::size_t> columns_;
  std::map<std::string, EntiteJuridique> entites_;
  std::map<std::string, SeenSite> sites_;
  std::map<std::string, std::set<std::string>> espic_;  // by EJ
  std::set<std::string> doubtful_;                      // numbers whose key fails, said already
  std::multimap<std::size_t, ImportIssue> issues_;      // keeps the order of arrival within a line
  ImportReport report_;
};

}  // namespace

std::string departement_of_commune(std::string_view code_insee) {
  if (code_insee.size() != 5 || !all_digits(code_insee.substr(2))) return {};
  const bool overseas = code_insee.starts_with("97") || code_insee.starts_with("98");
  return departement_code(code_insee.substr(0, overseas ? 3 : 2)).value_or("");
}

Result<ImportReport> import_etablissements(BytesView csv) {
  NAVETTE_ASSIGN(const CsvTable table, parse_csv(csv));
  Import import(table);
  if (const std::string missing = import.missing_columns(); !missing.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "ce fichier n'a pas les colonnes attendues, il manque : " + missing + " ; vérifiez sa ligne de titres");
  }
  return import.run();
}

}  // namespace navette::cpom
