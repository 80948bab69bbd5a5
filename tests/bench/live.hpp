// One device writes, the other one reads: shared by the live workload and by growth.
#pragma once

#include "bench/workload.hpp"

namespace navette::bench {

// A program that takes commands as they come.
class LiveWriter {
 public:
  LiveWriter(Agency& agency, const std::string& device);
  ~LiveWriter();
  LiveWriter(const LiveWriter&) = delete;
  LiveWriter& operator=(const LiveWriter&) = delete;
  void write(const Json& command) const;

 private:
  int input_ = -1;
  std::unique_ptr<Process> process_;
};

// Of values that device "a" sets in that contract and device "b" reads; both are watching. Milliseconds.
[[nodiscard]] std::vector<double> live_latencies(Agency& agency, unsigned contract, unsigned count);

}  // namespace navette::bench
