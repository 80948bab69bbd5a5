// A fictitious portfolio for the demonstration and the tests: FINESS of the range 99, composed names and texts.
#pragma once

#include <string>
#include <vector>

#include "navette/cpom/dossier.hpp"

namespace navette::cpom {

struct DemoEtablissement {
  EntiteJuridique entite;
  std::string date_effet;
  DossierContent content;
};

// Twelve establishments of the fictitious département 99, five engagements each; always the same.
[[nodiscard]] std::vector<DemoEtablissement> demo_etablissements();

}  // namespace navette::cpom
