// The same kills, often enough to meet rare moments.
#include "e2e/crash.hpp"

namespace navette::e2e {
namespace {

constexpr int kRounds = 300;
constexpr unsigned kSeed = 20'261;

TEST_F(CrashTest, TheServerIsKilledDuringManyPushes) { kill_server_during_pushes(kRounds, kSeed); }
TEST_F(CrashTest, TheClientIsKilledDuringManySyncs) { kill_client_during_sync(kRounds, kSeed); }
TEST_F(CrashTest, TheClientIsKilledDuringManyBatches) { kill_client_during_batches(kRounds, kSeed); }

}  // namespace
}  // namespace navette::e2e
