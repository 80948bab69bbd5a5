// A crowd that comes back: what it holds, and what became of it.
#pragma once

#include <array>
#include <map>
#include <mutex>

#include "bench/fleet.hpp"
#include "bench/workload.hpp"

namespace navette::bench {

using Heads = std::map<DossierId, sync::StreamHead>;
[[nodiscard]] Heads heads_of(Agency& agency);  // of the shared streams. REQUIRES: the agency does not serve

class Storm {
 public:
  Storm(const Portfolio& of, unsigned device_count, unsigned contract_count, double spread_ms, bool all)
      : portfolio(of), devices(device_count), contracts(contract_count), over_ms(spread_ms), follow_all(all) {}

  const Portfolio& portfolio;
  const unsigned devices;
  const unsigned contracts;
  const double over_ms;   // the connections are spread over that time
  const bool follow_all;  // every device follows every contract; otherwise those that it edited

  [[nodiscard]] const std::string& text(unsigned contract, unsigned item) const;  // as generated

 private:
  mutable std::mutex mutex_;
  mutable std::map<unsigned, std::array<std::string, kTexts>> texts_;
};

struct StormOutcome {
  double connected_ms = 0, receipts_ms = 0, everything_ms = 0;  // since the first connect
  double server_cpu = 0, server_mib = 0, megabytes_in = 0;
  std::size_t refused_connections = 0, contested = 0, pushes = 0;
};
[[nodiscard]] StormOutcome run_storm(Agency& agency, const Storm& storm);

}  // namespace navette::bench
