// The workloads. Each checks its own result: one that is wrong ends the program, one that is slow is told.
#pragma once

#include <filesystem>
#include <string>

#include "bench/agency.hpp"
#include "bench/table.hpp"

namespace navette::bench {

struct Settings {
  std::filesystem::path place;  // emptied after each workload
  unsigned runs = 5;
  unsigned contracts = 120;  // W1
  unsigned edits = 2'000;    // W2, each side
  unsigned values = 500;     // W3
  unsigned devices = 200;    // W4; fifty times as many in the storm
  unsigned storm_contracts = 4'000;
  double storm_minute_ms = 60'000;
  unsigned idle_devices = 10'000;
  double idle_watch_ms = 30'000;
  unsigned saves = 100'000;  // W5 (c), at most
  unsigned growth_revisions = 100'000;
  unsigned growth_dossiers = 700;
};

// A fresh directory for one part of a workload, removed at the end.
class Place {
 public:
  Place(const Settings& settings, const std::string& name) : path_(settings.place / name) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void first_sync(const Settings& settings, Table& table);      // W1
void divergence(const Settings& settings, Table& table);      // W2
void live(const Settings& settings, Table& table);            // W3
void storm_of_200(const Settings& settings, Table& table);    // W4
void storm_of_10000(const Settings& settings, Table& table);  // W4×50
void text(const Settings& settings, Table& table);            // W5
void growth(const Settings& settings, Table& table);
void slow_line(const Settings& settings, Table& table);
void idle(const Settings& settings, Table& table);

}  // namespace navette::bench
