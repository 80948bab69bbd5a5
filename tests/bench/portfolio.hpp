// A portfolio of realistic size: each dossier of ~95 records, a quarter of them with long texts.
#pragma once

#include <vector>

#include "navette/server/authority_store.hpp"

namespace navette::bench {

struct PortfolioDossier {
  server::DossierRow row;
  std::vector<sync::SeedRecord> records;
};
// Same count, same records (ids aside): texts and values come from fixed seeds.
[[nodiscard]] std::vector<PortfolioDossier> make_portfolio(std::size_t dossiers, Clock& clock, Random& random);

}  // namespace navette::bench
