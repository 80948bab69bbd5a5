// Lines as bad as they get: 1, 5 and 20 % loss at 300 ms, 64 kbit/s, silence in the middle of a push.
#include <csignal>

#include "e2e/bad_line_fixture.hpp"

namespace navette::e2e {
namespace {

using Clock = std::chrono::steady_clock;

constexpr milliseconds kHalfTrip = 150ms;  // 300 ms there and back
constexpr int kRounds = 6;
constexpr milliseconds kOneShot = 20s + 60s;     // kOneShotLimit to be welcomed, then kStallLimit without a word
constexpr milliseconds kNoticed = 60s + 5s;      // kStallLimit, kStallCheck
constexpr milliseconds kBack = 60s + 15s + 15s;  // kBackoffMost, connecting, shaking hands
constexpr milliseconds kMargin = 15s;

class BadLineSlow : public BadLineTest {
 protected:
  // What is written at one end of the line arrives at the other, both connected all the time.
  void live(const LineState& state, int changes) {
    line_->become(state);
    const auto of_claire = claire_.watch();
    const auto of_nadia = nadia_.watch();
    milliseconds longest{};
    for (int i = 0; i < changes && !HasFailure(); ++i) {
      const Replica& writer = i % 2 == 0 ? claire_ : nadia_;
      const Replica& reader = i % 2 == 0 ? nadia_ : claire_;
      const std::string field = i % 2 == 0 ? "realise_n1" : "cible_n1";
      const auto start = Clock::now();
      writer.set(indicateur_, field, std::to_string(100 + i));
      EXPECT_TRUE(eventually([&] { return reader.get(indicateur_, field) == std::to_string(100 + i); },
                             kNoticed + kBack + kMargin))
          << "change " << i << " is stuck";
      longest = std::max(longest, std::chrono::duration_cast<milliseconds>(Clock::now() - start));
    }
    std::cout << state.loss * 100 << " % lost: the slowest of " << changes << " live changes took " << longest.count()
              << " ms\n";
    for (Process* one : {of_claire.get(), of_nadia.get()}) {
      one->signal(SIGTERM);
      EXPECT_EQ(one->wait(15s), 0) << one->errors();
    }
  }
};

TEST_F(BadLineSlow, LossAt300Milliseconds) {
  int round = 0;
  for (const double loss : {0.01, 0.05, 0.2}) {
    exchange({.loss = loss, .delay = kHalfTrip}, round, kRounds);
    live({.loss = loss, .delay = kHalfTrip}, 10);
    round += kRounds;
  }
  heal_and_compare();
}

TEST_F(BadLineSlow, AThrottledLineThatLosesToo) {
  exchange({.loss = 0.01, .delay = kHalfTrip, .bytes_per_second = 8'000}, 0, kRounds);
  heal_and_compare();
}

TEST_F(BadLineSlow, ALineThatFallsSilentDuringAPush) {
  const auto watcher = claire_.watch();
  while (const auto line = watcher->read_line()) {
    if (line->contains("caught_up")) break;
  }
  line_->become({.delay = kHalfTrip, .bytes_per_second = 8'000});
  write(claire_, 0, 20);
  ASSERT_TRUE(eventually([&] { return claire_.json({"status"}).at("outbox") != 0; }));
  line_->become({.silent = true});
  const auto start = Clock::now();
  bool noticed = false;
  while (!noticed && Clock::now() - start < kNoticed + kMargin) {
    const auto line = watcher->read_line(5s);
    noticed = line && line->contains("disconnected");
  }
  EXPECT_TRUE(noticed);
  std::cout << "the silence was noticed after "
            << std::chrono::duration_cast<milliseconds>(Clock::now() - start).count() << " ms\n";
  line_->become({.delay = kHalfTrip});
  const auto again = Clock::now();
  EXPECT_TRUE(eventually([&] { return claire_.json({"status"}).at("drafts") == 0; }, kBack + kMargin)) << "stuck";
  std::cout << "all was sent " << std::chrono::duration_cast<milliseconds>(Clock::now() - again).count()
            << " ms after the line was back\n";
  watcher->signal(SIGTERM);
  EXPECT_EQ(watcher->wait(15s), 0);
  heal_and_compare();
}

TEST_F(BadLineSlow, ALineThatComesAndGoes) {
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    write(claire_, round, 5);
    line_->become({.loss = 0.02, .delay = 40ms});
    Process syncing(claire_.launch({"sync"}));
    for (int gap = 0; gap < 4; ++gap) {
      std::this_thread::sleep_for(100ms + moment(400ms));
      line_->become({.silent = true});
      std::this_thread::sleep_for(moment(3s));
      line_->become({.loss = 0.02, .delay = 40ms});
    }
    const auto code = syncing.wait(kOneShot + kMargin);
    ASSERT_TRUE(code.has_value()) << "still running";
    EXPECT_THAT(*code, testing::AnyOf(0, 2, 3)) << syncing.errors();
  }
  heal_and_compare();
}

}  // namespace
}  // namespace navette::e2e
