// What two devices that edited apart must hold afterwards.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/agency.hpp"
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

// Devices "a" and "b" of one agency that edited ten contracts apart, as files to start from again and again.
class Apart {
 public:
  // REQUIRES: the agency's place is below `place`, and "now".
  Apart(Agency& agency, std::filesystem::path place, unsigned edits);
  void set_back() const;  // while nothing runs
  // Serves, lets both meet and checks. From the start of both programs to both replicas identical and on the disk, ms.
  double meet();
  // The same through a pass-through: KB of both devices both ways.
  double meet_counted();
  [[nodiscard]] double server_cpu() const { return server_cpu_; }  // of the last meeting

 private:
  double meet_at(std::uint16_t port);
  void check() const;

  Agency& agency_;
  std::filesystem::path place_;
  std::vector<Contract> contracts_;
  Written a_, b_;
  double server_cpu_ = 0;
};

// Names what was lost; empty: nothing.
[[nodiscard]] std::string lost(const std::vector<Contract>& contracts, const Portfolio& portfolio, const Written& a,
                               const Written& b, ReplicaReader& merged);

}  // namespace navette::bench
