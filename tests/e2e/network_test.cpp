// Bad lines: cut at any byte, slow, silent; a server that stands still.
#include <csignal>
#include <random>
#include <thread>

#include "e2e/crash.hpp"
#include "e2e/proxy.hpp"

namespace navette::e2e {
namespace {

class Network : public CrashTest {
 protected:
  void SetUp() override {
    CrashTest::SetUp();
    proxy_ = std::make_unique<Proxy>(server_.port());
    remote_ = enrol("remote", "Rémi Loin", "correspondant", "ej:990001000", proxy_->url());
  }
  std::unique_ptr<Proxy> proxy_;
  Replica remote_{""};
};

TEST_F(Network, ALineCutAtRandomBytesIsResumed) {
  std::mt19937 random(7);
  const std::size_t before = proxy_->up();
  remote_.sync();
  const std::size_t usual_up = proxy_->up() - before;
  for (int round = 0; round < 20 && !HasFailure(); ++round) {
    write(remote_, round, 2);
    write(claire_, round, 2);
    claire_.sync();
    // Anywhere from the first byte of the handshake to beyond the push.
    std::uniform_int_distribution<std::size_t> where(1, usual_up + 1500);
    proxy_->cut_after(round % 3 == 0 ? std::nullopt : std::optional(where(random)),
                      round % 3 == 1 ? std::nullopt : std::optional(where(random) * 2));
    EXPECT_THAT(remote_.run({"sync"}).code, testing::AnyOf(0, 2, 3)) << "round " << round;
    proxy_->pass();
  }
  converge({remote_, claire_, nadia_});
  everything_is_there_once();
}

TEST_F(Network, ASlowLineBringsEverything) {
  remote_.sync();
  proxy_->slow(64'000 / 8);
  write(remote_, 1, 20);
  write(claire_, 1, 20);
  claire_.sync();
  const Ran ran = remote_.run({"sync"});
  EXPECT_EQ(ran.code, 0) << ran.told();
  std::cout << "40 additions at 64 kbit/s: " << ran.took.count() << " ms\n";
  proxy_->pass();
  converge({remote_, claire_, nadia_});
  everything_is_there_once();
}

TEST_F(Network, ABlackHoleIsCodeTwoWithinABoundedTime) {
  remote_.sync();
  write(remote_, 1, 1);
  proxy_->mute();
  const Ran ran = remote_.run({"sync"});
  EXPECT_EQ(ran.code, 2) << ran.told();
  EXPECT_LT(ran.took, 40s);
  std::cout << "given up after " << ran.took.count() << " ms\n";
  proxy_->pass();
  converge({remote_, claire_, nadia_});
  everything_is_there_once();
}

TEST_F(Network, AServerThatStandsStillIsCodeTwoAndResumes) {
  server_.process().signal(SIGSTOP);
  write(claire_, 1, 1);
  const Ran ran = claire_.run({"sync"});
  EXPECT_EQ(ran.code, 2) << ran.told();
  EXPECT_LT(ran.took, 40s);
  server_.process().signal(SIGCONT);
  converge({claire_, nadia_, paul_});
  everything_is_there_once();
}

TEST_F(Network, AWatcherOutlivesAServerThatStandsStill) {
  const auto watcher = claire_.watch();
  while (const auto line = watcher->read_line()) {
    if (line->contains("caught_up")) break;
  }
  server_.process().signal(SIGSTOP);
  const std::string made = claire_.add(dossier_, "engagement", {"objectif=Pendant l'arrêt"});
  EXPECT_EQ(claire_.get(made, "objectif"), "Pendant l'arrêt");
  std::this_thread::sleep_for(1s);
  server_.process().signal(SIGCONT);
  EXPECT_TRUE(eventually([&] { return claire_.json({"status"}).at("outbox") == 0; }));
  nadia_.sync();
  EXPECT_EQ(nadia_.get(made, "objectif"), "Pendant l'arrêt");
  watcher->signal(SIGTERM);
  EXPECT_EQ(watcher->wait(10s), 0);
}

TEST_F(Network, AnInterruptedFirstSyncGoesOn) {
  const Replica far = enrol("far", "Délégué Loin", "negociateur", "departement:99", proxy_->url());
  std::size_t length = 8'000;
  int tries = 0;
  for (; tries < 40; ++tries) {
    proxy_->cut_after({}, length += 2'000);
    const int code = far.run({"sync"}).code;
    if (code == 0) break;
    EXPECT_EQ(code, 2);
  }
  EXPECT_LT(tries, 40);
  EXPECT_GT(tries, 0);
  proxy_->pass();
  converge({far, claire_, nadia_});
  EXPECT_EQ(far.json({"list"}).size(), 12U);
}

}  // namespace
}  // namespace navette::e2e
