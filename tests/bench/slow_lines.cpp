#include <unistd.h>

#include "bench/cable.hpp"
#include "bench/process.hpp"
#include "bench/slow_line.hpp"

namespace navette::bench {

SlowLines::SlowLines(std::filesystem::path scratch)
    : scratch_(std::move(scratch)), prefix_("nb" + std::to_string(getpid())) {}

SlowLines::~SlowLines() {
  for (const std::string& space : spaces_) (void)does({"ip", "netns", "del", space});
}

bool SlowLines::does(const std::vector<std::string>& words) const {
  return Process(words, scratch_ / "ip").wait().code == 0;
}

std::unique_ptr<SlowLines> SlowLines::lay(const std::filesystem::path& scratch, const std::vector<std::string>& devices,
                                          LineQuality quality) {
  std::unique_ptr<SlowLines> lines(new SlowLines(scratch));
  const std::string server = lines->prefix_ + "s";
  if (!lines->does({"ip", "netns", "add", server})) return nullptr;
  lines->spaces_.push_back(server);
  if (!lines->does({"ip", "-n", server, "link", "set", "lo", "up"})) return nullptr;
  lines->network_.server.around = {"ip", "netns", "exec", server};
  lines->network_.listen = "0.0.0.0";
  for (unsigned i = 0; i < devices.size(); ++i) {
    if (!lines->lay_one(devices[i], i, quality)) return nullptr;
  }
  return lines;
}

bool SlowLines::lay_one(const std::string& device, unsigned number, LineQuality quality) {
  const std::string space = prefix_ + "d" + std::to_string(number);
  const std::string net = "10.77." + std::to_string(number) + ".";
  const std::array<std::string, 2> ends{prefix_ + "a" + std::to_string(number), prefix_ + "b" + std::to_string(number)};
  if (!does({"ip", "netns", "add", space})) return false;
  spaces_.push_back(space);
  network_.devices[device] = {{"ip", "netns", "exec", space}, net + "1"};
  auto cable = std::make_unique<Cable>(ends, quality);
  if (!cable->good() || !plug(ends[0], spaces_.front(), net + "1/24") || !plug(ends[1], space, net + "2/24"))
    return false;
  cable->start();
  cables_.push_back(std::move(cable));
  return true;
}

bool SlowLines::plug(const std::string& end, const std::string& space, const std::string& address) const {
  return does({"ip", "link", "set", end, "netns", space}) &&
         does({"ip", "-n", space, "addr", "add", address, "dev", end}) &&
         does({"ip", "-n", space, "link", "set", end, "up"});
}

}  // namespace navette::bench
