#include <gtest/gtest.h>

#include "simulation.hpp"

namespace navette::test {
namespace {

constexpr std::uint64_t kSeeds = 600;  // a few seconds; `simulate` runs as many as one likes

TEST(SimulationTest, AllPromisesHold) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Simulation simulation(seed, 400, seed % 2 == 0 ? Simulation::Restores::kSome : Simulation::Restores::kNone);
    const auto hole = simulation.run();
    ASSERT_FALSE(hole) << "simulate --seed " << seed << " --trace tells how: " << *hole;
  }
}

TEST(SimulationTest, ASeedIsAStory) {
  Simulation first(7);
  Simulation second(7);
  EXPECT_EQ(first.run(), second.run());
  EXPECT_EQ(first.story(), second.story());
  EXPECT_EQ(first.counts(), second.counts());
}

}  // namespace
}  // namespace navette::test
