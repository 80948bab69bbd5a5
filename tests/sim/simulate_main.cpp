// simulate --seeds 1000 --start 0 | --seed 7 --trace: runs the simulation and tells what went wrong.
#include <cstdlib>
#include <iostream>
#include <string>

#include "simulation.hpp"

using navette::test::Simulation;

int main(int argc, char** argv) {
  std::uint64_t start = 0;
  std::uint64_t seeds = 1000;
  int steps = 400;
  int stop_after = 1;
  auto restores = Simulation::Restores::kSome;
  auto stores = Simulation::Stores::kMemory;
  bool trace = false;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
    if (option == "--seeds") {
      seeds = number();
    } else if (option == "--start") {
      start = number();
    } else if (option == "--seed") {
      start = number();
      seeds = 1;
    } else if (option == "--steps") {
      steps = static_cast<int>(number());
    } else if (option == "--stop") {
      stop_after = static_cast<int>(number());
    } else if (option == "--no-restore") {
      restores = Simulation::Restores::kNone;
    } else if (option == "--storms") {
      restores = Simulation::Restores::kStorms;
    } else if (option == "--sqlite") {
      stores = Simulation::Stores::kSqlite;
    } else if (option == "--trace") {
      trace = true;
    } else {
      std::cerr
          << "simulate [--seeds N] [--start N] [--seed N] [--steps N] [--stop FAILURES] [--no-restore | --storms] "
             "[--sqlite] [--trace]\n";
      return 2;
    }
  }
  int holes = 0;
  std::map<std::string, int> counts;
  for (std::uint64_t seed = start; seed < start + seeds; ++seed) {
    Simulation simulation(seed, steps, restores, stores);
    const auto hole = simulation.run();
    for (const auto& [name, count] : simulation.counts()) counts[name] += count;
    if (trace) {
      for (const std::string& line : simulation.story()) std::cout << "  " << line << '\n';
    }
    if (!hole) continue;
    std::cout << "SEED " << seed << ": " << *hole << '\n';
    if (++holes >= stop_after) break;
  }
  std::cout << seeds << " seeds, " << holes << " holes\n";
  for (const auto& [name, count] : counts) std::cout << "  " << name << ": " << count << '\n';
  return holes == 0 ? 0 : 1;
}
