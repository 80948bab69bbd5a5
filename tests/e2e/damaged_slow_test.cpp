// Damage anywhere, often enough to meet rare places. The seed is printed; with it, the same damages.
#include "e2e/damaged.hpp"

namespace navette::e2e {
namespace {

constexpr unsigned kSeed = 20'262;
constexpr int kReplicas = 150;
constexpr int kServers = 25;

TEST_F(DamagedTest, ReplicasDamagedAnywhere) {
  std::mt19937 random(announced_seed(kSeed));
  // Noise in a name makes a record unknown: any message then, as long as there is one.
  for (int i = 0; i < kReplicas && !HasFailure(); ++i) survive(copy_of_claire(), random_damage(random), "navette");
}

TEST_F(DamagedTest, ServersDamagedAnywhere) {
  std::mt19937 random(announced_seed(kSeed));
  for (int i = 0; i < kServers && !HasFailure(); ++i) {
    const std::string mark = "Tour " + std::to_string(i);
    std::filesystem::remove(backup_);
    server_.does({"backup", "--to", backup_.string()});
    claire_.edit(diagnostic_, "structure", mark + ".\n");
    claire_.sync();
    server_survives(random_damage(random));
    EXPECT_EQ(paul_.get(diagnostic_, "structure"), mark + ".\n");
  }
}

}  // namespace
}  // namespace navette::e2e
