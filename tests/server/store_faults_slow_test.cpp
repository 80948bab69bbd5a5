// Every failure of the disk during a long day, in which SQLite also empties its journal by itself.
#include "store_faults.hpp"

namespace navette::test {
namespace {

constexpr std::size_t kBulk = 500'000;   // bytes written: with their pages, several journals of 4 MB
constexpr std::size_t kBulkStride = 37;  // prime to what repeats
constexpr std::size_t kFlushStride = 7;
constexpr unsigned kTornSeeds = 8;

class AuthorityStoreFaults : public testing::Test {
 protected:
  static void walk(Script& script, std::size_t stride) {
    FaultWalk walk(script, stride);
    walk.every_call_fails(false, false);
    walk.every_call_fails(true, false);
    walk.every_call_fails(false, true);
    walk.every_call_fails(true, true);
    walk.every_call_fails_and_is_tried_again();
  }
};

TEST_F(AuthorityStoreFaults, EveryCallOfAShortDay) {
  DayOfTheStore script;
  walk(script, 1);
}

TEST_F(AuthorityStoreFaults, ManyCallsOfALongDay) {
  DayOfTheStore script(kBulk);
  walk(script, kBulkStride);
}

TEST_F(AuthorityStoreFaults, EveryFlushOfAShortDayWithManyTornSectors) {
  DayOfTheStore script(0, false);
  FaultWalk walk(script);
  walk.power_is_cut_at_every_flush(Unflushed::kLost, 0);
  walk.power_is_cut_at_every_flush(Unflushed::kWritten, 0);
  for (unsigned seed = 1; seed <= 10 * kTornSeeds; ++seed) {
    walk.power_is_cut_at_every_flush(Unflushed::kTorn, 1'000 * seed);
  }
}

TEST_F(AuthorityStoreFaults, ManyFlushesOfALongDay) {
  DayOfTheStore script(kBulk, false);
  FaultWalk walk(script, kFlushStride);
  walk.power_is_cut_at_every_flush(Unflushed::kLost, 0);
  for (unsigned seed = 1; seed <= kTornSeeds; ++seed) {
    walk.power_is_cut_at_every_flush(Unflushed::kTorn, 1'000 * seed);
  }
}

}  // namespace
}  // namespace navette::test
