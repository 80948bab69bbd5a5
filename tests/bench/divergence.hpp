// What two devices that edited apart must hold afterwards.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/generator.hpp"
#include "bench/portfolio.hpp"
#include "bench/replica.hpp"

namespace navette::bench {

// What one device wrote: its last value per field, its last text per text.
struct Written {
  std::map<std::string, std::map<unsigned, schema::Value>> fields;  // by record name
  std::map<std::string, std::string> texts;
  std::vector<Json> commands;  // for its program, one per edit
};
[[nodiscard]] Written write_edits(const std::string& client, unsigned count, const std::vector<Contract>& contracts,
                                  const Portfolio& portfolio);

// Names what was lost; empty: nothing.
[[nodiscard]] std::string lost(const std::vector<Contract>& contracts, const Portfolio& portfolio, const Written& a,
                               const Written& b, ReplicaReader& merged);

}  // namespace navette::bench
