// A crowd that comes back: what it holds, and what became of it.
#pragma once

#include "bench/fleet.hpp"
#include "bench/workload.hpp"

namespace navette::bench {

struct Storm {
  const Portfolio& portfolio;
  unsigned devices = 0;
  unsigned contracts = 0;
  double over_ms = 0;       // the connections are spread over that time
  bool follow_all = false;  // every device follows every contract; otherwise those that it edited
};

struct StormOutcome {
  double connected_ms = 0, receipts_ms = 0, everything_ms = 0;  // since the first connect
  double server_cpu = 0, server_mib = 0, megabytes_in = 0;
  std::size_t refused_connections = 0, turned_away = 0, contested = 0, pushes = 0;
};
[[nodiscard]] StormOutcome run_storm(Agency& agency, const Storm& storm);

}  // namespace navette::bench
