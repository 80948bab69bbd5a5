#include "navette/server/relay_pace.hpp"

#include <gtest/gtest.h>

#include "navette/server/tuning.hpp"

namespace navette::server {
namespace {

using namespace std::chrono_literals;

TEST(RelayPace, NobodyWaitsUntilTheServerIsBusyThenEachWaitsItsTurn) {
  RelayPace pace;
  const RelayPace::Moment start{1h};
  constexpr auto kBurst = tuning::kRelayBurst.count() * tuning::kRelaysPerSecond / 1'000;
  for (int i = 0; i < kBurst; ++i) EXPECT_EQ(pace.take(start), 0ms) << i;
  std::chrono::milliseconds last{0};
  for (int i = 0; i < tuning::kRelaysPerSecond; ++i) {
    const auto wait = pace.take(start);
    EXPECT_GE(wait, last);
    last = wait;
  }
  EXPECT_NEAR(static_cast<double>(last.count()), 1'000, 1) << "a second's worth";
}

TEST(RelayPace, AQuietTimeLeavesABoundedStock) {
  RelayPace pace;
  const RelayPace::Moment start{1h};
  for (int i = 0; i < tuning::kRelaysPerSecond; ++i) (void)pace.take(start);
  EXPECT_GT(pace.take(start), 0ms);
  EXPECT_EQ(pace.take(start + 2s), 0ms);
  int at_once = 1;
  while (pace.take(start + 2s) == 0ms) ++at_once;
  EXPECT_LE(at_once, tuning::kRelayBurst.count() * tuning::kRelaysPerSecond / 1'000 + tuning::kRelaysPerSecond / 1'000);
}

}  // namespace
}  // namespace navette::server
