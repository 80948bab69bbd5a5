// What a new dossier is filled with: seeds, and the records made of them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navette/base/bytes.hpp"
#include "navette/base/clock.hpp"
#include "navette/base/error.hpp"
#include "navette/base/id.hpp"
#include "navette/cpom/etablissements.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/schema/value.hpp"

namespace navette::cpom {

// The texts of one diagnostic; empty ones stay empty.
struct DiagnosticSeed {
  std::string structure;
  std::string ars;
  std::string partage;
};

// BR-28: the cadre of an indicator, as people write it.
struct IndicateurSeed {
  std::string intitule;
  std::string mode_calcul;
  std::string unite;
  std::string source;
  std::string reference_valeur;
  std::optional<std::int64_t> reference_annee;
  std::array<std::string, kYears> cibles;  // N+1 … N+5
  bool opposable = true;                   // BR-30
};

struct EngagementSeed {
  std::string identifiant;  // of the seed in its file, "EX-01"
  std::string theme;
  std::string volet;  // "V1", "V2", or "" where people have to choose (A10)
  std::string ancien_code;
  std::string objectif;
  std::string nature = "specifique";
  std::string portee = "propre";
  std::string finess;  // BR-21; "": the entité juridique
  std::vector<IndicateurSeed> indicateurs;
  DiagnosticSeed diagnostic;
};

// BR-46.
struct SyntheseSeed {
  std::string forces;
  std::string faiblesses;
  std::string opportunites;
  std::string menaces;
  std::string enjeux;
};

struct DossierContent {
  std::vector<EngagementSeed> engagements;
  DiagnosticSeed pilotage;    // volet V1
  DiagnosticSeed territoire;  // volet V2
  SyntheseSeed synthese;
};

// One record of a new dossier; its fields passed schema::check.
struct RecordSeed {
  RecordId id;
  KindNumber kind;
  std::map<FieldNumber, schema::Value> fields;
};

// The last day of a contract of five years (A3.2): 2027-01-01 → 2031-12-31. REQUIRES: a valid date YYYY-MM-DD.
[[nodiscard]] std::string date_echeance(std::string_view date_effet);

// The records of a new dossier, owners before what they own: contrat, entité juridique, sites, a diagnostic per
// volet, then each engagement with its indicateurs and its diagnostic.
// Errors: kInvalidArgument, kTooLarge, kNotUtf8, naming the field, for a seed that the table refuses.
[[nodiscard]] Result<std::vector<RecordSeed>> dossier_seed(const EntiteJuridique& entite, std::string_view date_effet,
                                                           const DossierContent& content, Clock& clock, Random& random);

// A JSON array of engagements, each with one indicator: id, theme, volet, ancien_code, objectif, indicateur,
// mode_calcul, unite, source, reference [value, year], cibles (five). « — » and « au choix » mean nothing stated.
// Errors: kTooLarge (4 MiB, 1,000 items), kMalformed (not JSON), and, naming the item, kInvalidArgument or kTooLarge
// for one that BR-24 or the table refuses.
[[nodiscard]] Result<std::vector<EngagementSeed>> parse_engagements(BytesView json);

}  // namespace navette::cpom
