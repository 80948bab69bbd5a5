// Idle: thousands of connected devices that do nothing.
#include <thread>

#include "bench/fleet.hpp"
#include "bench/storm.hpp"

namespace navette::bench {
namespace {

constexpr unsigned kContracts = 120;
constexpr double kLimitMs = 300'000;

}  // namespace

void idle(const Settings& settings, Table& table) {
  const Place place(settings, "idle");
  Agency agency(place.path());
  agency.fill(kContracts);
  const Positions heads = positions_of(agency);
  const auto& portfolio = agency.portfolio();
  const Identities identities = make_identities(
      agency, settings.idle_devices, [](unsigned device) { return "ej:" + Portfolio::ej(device % kContracts); });
  std::vector<Luggage> luggage(settings.idle_devices);
  for (unsigned i = 0; i < settings.idle_devices; ++i) {
    const DossierId& dossier = portfolio[i % kContracts].dossier;
    luggage[i].heads[dossier] = heads.at(dossier);
  }
  agency.serve();
  const double before = agency.server().resident_mib();
  Fleet fleet(identities, agency.port(), std::move(luggage));
  const Moment start = now();
  fleet.connect_all(settings.idle_devices * 1.0);
  if (!eventually([&] { return fleet.caught_up == settings.idle_devices; }, kLimitMs))
    stop("idle: " + std::to_string(fleet.connected) + " connected, " + std::to_string(fleet.refused) + " refused, " +
         std::to_string(fleet.caught_up) + " caught up");
  const double connected_ms = milliseconds_since(start);
  std::this_thread::sleep_for(std::chrono::seconds(5));  // the administrators' view is written two seconds later

  std::vector<double> cpu;
  for (unsigned i = 0; i < 2; ++i) {
    const double used = agency.server().cpu_seconds();
    const Moment from = now();
    std::this_thread::sleep_for(std::chrono::milliseconds(static_cast<int>(settings.idle_watch_ms)));
    cpu.push_back((agency.server().cpu_seconds() - used) / (milliseconds_since(from) / 1e3) * 100);
  }
  const double kib = (agency.server().resident_mib() - before) * 1024 / settings.idle_devices;
  if (fleet.lost != 0) stop("idle: connections were lost");
  table.begin("Idle", std::to_string(settings.idle_devices) +
                          " light devices connected, each following one contract, doing nothing");
  table.add({"server memory per device", "KiB", {kib}, 48});
  table.add({"server CPU, of one core", "%", cpu, 2});
  table.add({"server resident, all", "MiB", {agency.server().resident_mib()}});
  table.add({"handshakes per second", "1/s", {settings.idle_devices / connected_ms * 1e3}});
}

}  // namespace navette::bench
