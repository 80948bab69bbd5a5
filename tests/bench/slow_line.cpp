// W1 and W2 over a bad line.
#include "bench/slow_line.hpp"

#include "bench/divergence.hpp"
#include "bench/replica.hpp"
#include "bench/workload.hpp"
#include "e2e/proxy.hpp"

namespace navette::bench {
namespace {

// The goal: 1.15 times what the bytes take at the rate of the line, and four round trips.
double goal_seconds(double kilobytes, const LineQuality& line) {
  return 1.15 * kilobytes * 8 / line.kilobits_per_second + 4 * line.round_trip_ms / 1e3;
}

void first_sync_slowly(const Settings& settings, const SlowLines& lines, const LineQuality& quality, Table& table) {
  const Place place(settings, "slow1");
  const auto contracts = make_contracts(settings.contracts);
  Agency agency(place.path(), lines.network());
  agency.fill(contracts);
  agency.serve();
  agency.enrol("a");
  Ended ended;
  const double seconds = timed([&] { ended = agency.sync("a"); }) / 1e3;
  if (ReplicaReader(agency.place("a")).canonical(agency.portfolio(), settings.contracts) != canonical(contracts))
    stop("slow line: the replica is not the canonical state");
  agency.stop();

  Agency fast(place.path() / "fast");
  fast.fill(contracts);
  fast.serve();
  fast.enrol("a");
  const e2e::Proxy proxy(fast.port());
  fast.aim("a", static_cast<std::uint16_t>(std::stoi(proxy.url().substr(proxy.url().rfind(':') + 1))));
  fast.sync("a");
  const double kilobytes = static_cast<double>(proxy.up() + proxy.down()) / 1e3;
  fast.stop();
  table.add({"W1, " + std::to_string(settings.contracts) + " contracts",
             "s",
             {seconds},
             goal_seconds(kilobytes, quality),
             kilobytes * 8 / quality.kilobits_per_second,
             "its bytes at the rate of the line"});
}

void divergence_slowly(const Settings& settings, const SlowLines& lines, const LineQuality& quality, Table& table) {
  const Place place(settings, "slow2");
  double kilobytes = 0;
  {
    Agency fast(place.path() / "now");
    kilobytes = Apart(fast, place.path(), settings.edits).meet_counted();
  }
  std::filesystem::remove_all(place.path() / "now");
  Agency agency(place.path() / "now", lines.network());
  Apart apart(agency, place.path(), settings.edits);
  const double seconds = apart.meet() / 1e3;
  // Each device has a line of its own.
  table.add({"W2, " + std::to_string(settings.edits) + " edits each",
             "s",
             {seconds},
             goal_seconds(kilobytes / 2, quality),
             kilobytes / 2 * 8 / quality.kilobits_per_second,
             "half of all bytes at the rate of a line"});
}

}  // namespace

void slow_line(const Settings& settings, Table& table) {
  const LineQuality quality;
  const auto lines = SlowLines::lay(settings.place, {"a", "b"}, quality);
  if (!lines) {
    std::puts("slow line: left out, it needs root, iproute2 and /dev/net/tun");
    return;
  }
  table.begin("Slow line", "256 kbit/s each way, 200 ms there and back, 1 % loss each way, one line a device");
  first_sync_slowly(settings, *lines, quality, table);
  divergence_slowly(settings, *lines, quality, table);
}

}  // namespace navette::bench
