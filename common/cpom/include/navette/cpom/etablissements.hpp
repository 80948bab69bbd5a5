// The référentiel of establishments: entités juridiques, each with its geographical sites (domain A3.1, B2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"

namespace navette::cpom {

struct Site {
  std::string finess;
  std::string nom;
  std::string complement;
  std::string adresse;
  std::string code_postal;
  std::string commune;
  std::string code_insee;
  std::string departement;  // of the commune: "75", "2A", "974"
  std::string region_code;
  std::string region;
  std::string categorie_code;
  std::string categorie;
  std::string siret;

  friend bool operator==(const Site&, const Site&) = default;
};

struct EntiteJuridique {
  std::string finess;
  std::string raison_sociale;  // empty where the source has none: never invented
  std::string statut_juridique_code;
  std::string statut_juridique;
  std::string statut;              // "public", "privé lucratif", "privé non lucratif"
  std::string qualite_espic_code;  // SAE's, without a sure label (B2); empty where sites differ
  std::string adresse;
  std::string code_postal;
  std::string commune;
  std::vector<Site> sites;  // by FINESS

  friend bool operator==(const EntiteJuridique&, const EntiteJuridique&) = default;
};

struct ImportIssue {
  std::size_t line;     // in the file; 0: the whole file
  std::string message;  // French
  bool skipped;         // the line was left out
};

struct ImportCounts {
  std::size_t rows = 0;  // lines of data read, broken ones included
  std::size_t entites = 0;
  std::size_t sites = 0;
  std::size_t skipped = 0;     // lines left out
  std::size_t duplicates = 0;  // lines about a site already seen
};

struct ImportReport {
  std::vector<EntiteJuridique> entites;  // by FINESS
  std::vector<ImportIssue> issues;       // by line
  ImportCounts counts;
};

// The layout of SAE: columns by name, in any order, unknown ones ignored. A FINESS key that fails is a warning; what
// cannot be a FINESS number leaves its line out (B2). Of two different lines about one site the last wins.
// Errors: those of parse_csv, and kInvalidArgument when required columns are missing (all named).
[[nodiscard]] Result<ImportReport> import_etablissements(BytesView csv);

// The département of a commune by its INSEE code, Corsica and overseas included; "" when the code is no code.
// A FINESS number says nothing about it (B2).
[[nodiscard]] std::string departement_of_commune(std::string_view code_insee);

}  // namespace navette::cpom
