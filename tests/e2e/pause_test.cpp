// Programs that stand still for a moment and go on: a laptop's lid, a virtual machine that is moved.
#include <csignal>
#include <thread>

#include "e2e/crash.hpp"

namespace navette::e2e {
namespace {

constexpr int kRounds = 12;
constexpr unsigned kSeed = 3;

class Pauses : public CrashTest {};

TEST_F(Pauses, ShortPausesOfBothEndsDuringExchanges) {
  random_.seed(announced_seed(kSeed));
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    write(claire_, round, 3);
    write(nadia_, round, 3);
    Process of_claire(claire_.launch({"sync"}));
    Process of_nadia(nadia_.launch({"sync"}));
    Process* const ends[] = {&of_claire, &of_nadia, &server_.process()};
    for (int pause = 0; pause < 4; ++pause) {
      Process& end = *ends[random_() % 3];
      std::this_thread::sleep_for(moment(20ms));
      end.signal(SIGSTOP);
      std::this_thread::sleep_for(moment(60ms));
      end.signal(SIGCONT);
    }
    for (Process* one : {&of_claire, &of_nadia}) {
      const auto code = one->wait(30s);
      ASSERT_TRUE(code.has_value()) << "round " << round << ": still running";
      EXPECT_THAT(*code, testing::AnyOf(0, 3)) << "round " << round << ": " << one->errors();
    }
  }
  converge({claire_, nadia_, paul_});
  everything_is_there_once();
}

}  // namespace
}  // namespace navette::e2e
