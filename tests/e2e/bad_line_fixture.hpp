// Claire far away on a bad line, everybody else beside the server.
#pragma once

#include "e2e/bad_line.hpp"
#include "e2e/crash.hpp"

namespace navette::e2e {

class BadLineTest : public CrashTest {
 protected:
  static constexpr unsigned kSeed = 20'263;

  void SetUp() override {
    line_ = BadLine::make(announced_seed(kSeed));
    if (!line_) GTEST_SKIP() << "no network namespaces here";
    server_.move_to(BadLine::kNearAddress, line_->near());
    network_ = line_->near();
    CrashTest::SetUp();
    claire_.move_to(line_->far());
  }
  // Claire and Nadia write and synchronise by commands; a code 2 is followed by another try, as the person would.
  void exchange(const LineState& state, int first_round, int rounds) {
    line_->become(state);
    milliseconds longest{};
    int unreachable = 0;
    for (int round = first_round; round < first_round + rounds && !HasFailure(); ++round) {
      write(claire_, round, 3);
      write(nadia_, round, 3);
      nadia_.sync();
      const Ran ran = claire_.run({"sync"});
      EXPECT_THAT(ran.code, testing::AnyOf(0, 2, 3)) << "round " << round << ": " << ran.told();
      unreachable += ran.code == 2 ? 1 : 0;
      longest = std::max(longest, ran.took);
    }
    std::cout << state.loss * 100 << " % lost, " << state.delay.count() << " ms each way, " << state.bytes_per_second
              << " bytes/s: longest sync " << longest.count() << " ms, " << unreachable << " of " << rounds
              << " without an answer, " << line_->lost() << " packets lost so far\n";
  }
  void heal_and_compare() {
    line_->become({});
    converge({claire_, nadia_, paul_});
    everything_is_there_once();
  }
  void TearDown() override {
    if (!line_) return;
    server_.stop();
    line_.reset();
  }

  std::unique_ptr<BadLine> line_;
};

}  // namespace navette::e2e
