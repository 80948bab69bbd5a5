// Torn and truncated database files: a clear message, nothing made worse, and the way out that is told works.
#include "e2e/damaged.hpp"

namespace navette::e2e {
namespace {

TEST_F(DamagedTest, AReplicaThatIsDamagedIsToldAndRenewedFromTheServer) {
  for (const Damage& damage : usual_damages()) survive(copy_of_claire(), damage);
}

TEST_F(DamagedTest, WhatTheJournalStillHoldsIsNotLostWithItsIndex) {
  const Replica copy = copy_of_claire();
  std::filesystem::remove(copy.directory() / "replica.sqlite-shm");
  EXPECT_EQ(copy.get(indicateur_, "realise_n1"), "7");
}

TEST_F(DamagedTest, AServerThatIsDamagedIsToldAndRestored) {
  for (const Damage& damage : usual_damages()) {
    claire_.edit(diagnostic_, "structure", "Avant : " + damage.name + ".\n");
    claire_.sync();
    std::filesystem::remove(backup_);
    server_.does({"backup", "--to", backup_.string()});
    claire_.edit(diagnostic_, "structure", "Après la sauvegarde : " + damage.name + ".\n");
    claire_.sync();
    server_survives(damage);
    EXPECT_EQ(paul_.get(diagnostic_, "structure"), "Après la sauvegarde : " + damage.name + ".\n") << damage.name;
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace navette::e2e
