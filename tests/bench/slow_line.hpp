// A bad line between each device and the server: networks of their own in this machine, and between them a cable whose
// packets this program delays, loses and lets pass at a rate. Real TCP on both ends meets them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/agency.hpp"

namespace navette::bench {

struct LineQuality {
  unsigned kilobits_per_second = 256;  // each way
  unsigned round_trip_ms = 200;
  double loss_percent = 1;  // each way
};

class Cable;

class SlowLines {
 public:
  // Nothing: this needs root, iproute2 and /dev/net/tun.
  [[nodiscard]] static std::unique_ptr<SlowLines> lay(const std::filesystem::path& scratch,
                                                      const std::vector<std::string>& devices, LineQuality quality);
  ~SlowLines();
  SlowLines(const SlowLines&) = delete;
  SlowLines& operator=(const SlowLines&) = delete;
  [[nodiscard]] const Network& network() const { return network_; }

 private:
  explicit SlowLines(std::filesystem::path scratch);
  [[nodiscard]] bool lay_one(const std::string& device, unsigned number, LineQuality quality);
  [[nodiscard]] bool plug(const std::string& end, const std::string& space, const std::string& address) const;
  [[nodiscard]] bool does(const std::vector<std::string>& words) const;

  std::filesystem::path scratch_;
  std::string prefix_;
  std::vector<std::string> spaces_;
  std::vector<std::unique_ptr<Cable>> cables_;
  Network network_;
};

}  // namespace navette::bench
