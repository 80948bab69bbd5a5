// W1: a new device downloads all contracts.
#include "bench/limits.hpp"
#include "bench/replica.hpp"
#include "bench/workload.hpp"
#include "e2e/proxy.hpp"

namespace navette::bench {
namespace {

struct Measured {
  std::vector<double> ms, ratio, server_warm, server_cold, server_mib, client_mib, client_cpu, alone;
};

void check(const Agency& agency, const std::string& device, const std::string& wanted, unsigned contracts) {
  if (ReplicaReader(agency.place(device)).canonical(agency.portfolio(), contracts) != wanted)
    stop("W1: the replica of " + device + " is not the canonical state");
}

// A server that just started: its caches are empty.
double cold_run(Agency& agency, const std::string& device) {
  agency.serve();
  agency.enrol(device);
  const double before = agency.server().cpu_seconds();
  agency.sync(device);
  const double used = agency.server().cpu_seconds() - before;
  agency.stop();
  return used;
}

double megabytes_both_ways(Agency& agency, const std::string& device) {
  agency.enrol(device);
  const e2e::Proxy proxy(agency.port());
  agency.aim(device, static_cast<std::uint16_t>(std::stoi(proxy.url().substr(proxy.url().rfind(':') + 1))));
  agency.sync(device);
  return static_cast<double>(proxy.up() + proxy.down()) / 1e6;
}

}  // namespace

void first_sync(const Settings& settings, Table& table) {
  const Place place(settings, "w1");
  const auto contracts = make_contracts(settings.contracts);
  const std::string wanted = canonical(contracts);
  Agency agency(place.path());
  agency.fill(contracts);
  Measured m;
  for (unsigned i = 0; i < settings.runs; ++i) m.server_cold.push_back(cold_run(agency, "cold" + std::to_string(i)));
  agency.serve();
  agency.enrol("warm");
  agency.sync("warm");
  for (unsigned i = 0; i < settings.runs; ++i) {
    const std::string device = "device" + std::to_string(i);
    agency.enrol(device);
    m.alone.push_back(sqlite_alone_ms(place.path(), contracts, agency.portfolio()));
    const double before = agency.server().cpu_seconds();
    Ended ended;
    m.ms.push_back(timed([&] { ended = agency.sync(device); }));
    m.server_warm.push_back(agency.server().cpu_seconds() - before);
    m.ratio.push_back(m.ms.back() / m.alone.back());
    m.client_mib.push_back(ended.peak_mib);
    m.client_cpu.push_back(ended.cpu_seconds);
    check(agency, device, wanted, settings.contracts);
  }
  m.server_mib.push_back(agency.server().peak_mib());
  const double wire = megabytes_both_ways(agency, "counted");
  agency.stop();

  table.begin("W1", "first sync of " + std::to_string(settings.contracts) +
                        " contracts: from the start of the program to its end, durable, equal to the canonical state");
  const double alone = quantile(m.alone, 0.5);
  table.add({"time", "ms", m.ms, 200, alone, "SQLite alone, same rows, durable"});
  table.add({"time against SQLite alone", "×", m.ratio, 3});
  table.add({"bytes both ways",
             "MB",
             {wire},
             2.1,
             zstd_megabytes(wanted, 3),
             "zstd -3 of the canonical state",
             "TLS bytes, counted by a pass-through"});
  table.add({"server CPU, warm", "s", m.server_warm, 0.05});
  table.add({"server CPU, cold", "s", m.server_cold, 0.25});
  table.add({"client CPU", "s", m.client_cpu});
  table.add({"server peak memory", "MiB", m.server_mib});
  table.add({"client peak memory", "MiB", m.client_mib});
}

}  // namespace navette::bench
