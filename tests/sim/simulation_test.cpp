#include <gtest/gtest.h>

#include <tuple>

#include "simulation.hpp"

namespace navette::test {
namespace {

constexpr std::uint64_t kSeeds = 800;       // a few seconds; `simulate` runs as many as one likes
constexpr std::uint64_t kSqliteSeeds = 60;  // a tenth of a second each: the files are in memory, the commits are real

Simulation::Restores restores_of(std::uint64_t seed) {
  return seed % 2 == 0 ? Simulation::Restores::kSome : Simulation::Restores::kNone;
}

TEST(SimulationTest, AllPromisesHold) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Simulation simulation(seed, 400, restores_of(seed));
    const auto hole = simulation.run();
    ASSERT_FALSE(hole) << "simulate --seed " << seed << " --trace tells how: " << *hole;
  }
}

TEST(SimulationTest, AllPromisesHoldOnTheProductionStores) {
  for (std::uint64_t seed = 0; seed < kSqliteSeeds; ++seed) {
    Simulation simulation(seed, 400, restores_of(seed), Simulation::Stores::kSqlite);
    const auto hole = simulation.run();
    ASSERT_FALSE(hole) << "simulate --sqlite --seed " << seed << " --trace tells how: " << *hole;
  }
}

class OneSeed : public ::testing::TestWithParam<Simulation::Stores> {};

TEST_P(OneSeed, IsOneRunToTheByte) {
  const auto run = [](std::uint64_t seed) {
    Simulation simulation(seed, 400, Simulation::Restores::kSome, GetParam());
    EXPECT_EQ(simulation.run(), std::nullopt);
    return std::tuple(simulation.story(), simulation.counts(), simulation.fingerprint());
  };
  for (const std::uint64_t seed : {7U, 8U, 9U}) EXPECT_EQ(run(seed), run(seed));
  EXPECT_NE(run(7), run(8));
}

INSTANTIATE_TEST_SUITE_P(OnEveryStore, OneSeed,
                         ::testing::Values(Simulation::Stores::kMemory, Simulation::Stores::kSqlite));

}  // namespace
}  // namespace navette::test
