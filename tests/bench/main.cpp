// navette-bench WORKLOAD… [--json FILE] [--runs N] …: real programs, real TLS, real files, durable before answered.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <functional>
#include <iostream>

#include "bench/fleet.hpp"
#include "bench/workload.hpp"

namespace navette::bench {
namespace {

struct Workload {
  const char* name;
  const char* help;
  void (*run)(const Settings&, Table&);
};
constexpr Workload kWorkloads[] = {
    {"w1", "first sync", first_sync},
    {"w2", "two devices apart, then together", divergence},
    {"w3", "live values", live},
    {"w4", "200 devices at once", storm_of_200},
    {"storm", "10,000 devices within a minute", storm_of_10000},
    {"w5", "recorded editing sessions", text},
    {"growth", "long histories, many dossiers", growth},
    {"slow-line", "w1 and w2 at 256 kbit/s, 200 ms, 1 % loss", slow_line},
    {"idle", "10,000 devices doing nothing", idle},
};

int measure(const std::vector<std::string>& names, const Settings& settings, const std::string& json_file) {
  if (const std::string wrong = wrong_check_value(); !wrong.empty()) stop("the generator differs: " + wrong);
  std::filesystem::create_directories(settings.place);
  os::use_all_descriptors();
  Table table;
  for (const Workload& workload : kWorkloads) {
    const auto is = [&](const std::string& name) { return name == workload.name || name == "all"; };
    if (std::ranges::any_of(names, is)) workload.run(settings, table);
  }
  std::filesystem::remove_all(settings.place);
  if (!json_file.empty()) std::ofstream(json_file) << table.json().dump(1) << "\n";
  return 0;
}

}  // namespace
}  // namespace navette::bench

int main(int argc, char** argv) {
  using namespace navette::bench;
  CLI::App app{"measures Navette with its own programs, beside what the machine can do"};
  Settings settings;
  settings.place = std::filesystem::temp_directory_path() / ("navette-bench." + std::to_string(getpid()));
  std::vector<std::string> names;
  std::string json_file;
  std::string help = "all";
  std::vector<std::string> known{"all"};
  for (const Workload& workload : kWorkloads) {
    known.emplace_back(workload.name);
    help += std::string(", ") + workload.name + " (" + workload.help + ")";
  }
  app.add_option("WORKLOADS", names, help)->required()->check(CLI::IsMember(known));
  app.add_option("--json", json_file, "writes the same as JSON");
  app.add_option("--place", settings.place, "where the files of the run go; removed at the end")->capture_default_str();
  app.add_option("--runs", settings.runs)->capture_default_str();
  app.add_option("--contracts", settings.contracts, "of w1")->capture_default_str();
  app.add_option("--edits", settings.edits, "of each side of w2")->capture_default_str();
  app.add_option("--values", settings.values, "of w3")->capture_default_str();
  app.add_option("--devices", settings.devices, "of w4; fifty times as many in storm")->capture_default_str();
  app.add_option("--storm-contracts", settings.storm_contracts)->capture_default_str();
  app.add_option("--storm-ms", settings.storm_minute_ms, "over which they connect")->capture_default_str();
  app.add_option("--idle-devices", settings.idle_devices)->capture_default_str();
  app.add_option("--idle-ms", settings.idle_watch_ms, "watched, twice")->capture_default_str();
  app.add_option("--saves", settings.saves, "of w5, at most")->capture_default_str();
  app.add_option("--growth-revisions", settings.growth_revisions, "at most")->capture_default_str();
  app.add_option("--growth-dossiers", settings.growth_dossiers, "at most")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    return measure(names, settings, json_file);
  } catch (const std::exception& wrong) {  // what was laid and started is undone on the way here
    std::cout.flush();
    std::cerr << "navette-bench: " << wrong.what() << "\n";
    return 1;
  }
}
