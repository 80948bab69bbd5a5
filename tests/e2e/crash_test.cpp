// Killed at any moment, copied, cut off from its answer: nothing is lost, nothing is doubled.
#include <thread>

#include "e2e/crash.hpp"
#include "e2e/proxy.hpp"

namespace navette::e2e {
namespace {

constexpr int kRounds = 15;
constexpr unsigned kSeed = 1;

TEST_F(CrashTest, TheServerIsKilledDuringPushes) { kill_server_during_pushes(kRounds, kSeed); }
TEST_F(CrashTest, TheClientIsKilledDuringSync) { kill_client_during_sync(kRounds, kSeed); }
TEST_F(CrashTest, TheClientIsKilledDuringBatches) { kill_client_during_batches(kRounds, kSeed); }

TEST_F(CrashTest, ACopiedDiskImageGetsANewIdentityAndLosesNothing) {
  claire_.add(dossier_, "engagement", {"objectif=Avant la copie"});
  claire_.sync();
  const Replica copy = copied(claire_);
  claire_.add(dossier_, "engagement", {"objectif=Sur l'original"});
  copy.add(dossier_, "engagement", {"objectif=Sur la copie"});
  written_ = {"Avant la copie", "Sur l'original", "Sur la copie"};
  claire_.sync();
  copy.sync();
  converge({claire_, copy, nadia_});
  everything_is_there_once();
  copy.add(dossier_, "engagement", {"objectif=Encore sur la copie"});
  claire_.add(dossier_, "engagement", {"objectif=Encore sur l'original"});
  written_.insert(written_.end(), {"Encore sur la copie", "Encore sur l'original"});
  converge({copy, claire_, nadia_});
  everything_is_there_once();
}

TEST_F(CrashTest, ACopyThatHoldsAnUnansweredPushPushesItOnce) {
  Proxy proxy(server_.port());
  const Replica remote = enrol("remote", "Rémi Loin", "correspondant", "ej:990001000", proxy.url());
  remote.sync();
  remote.add(dossier_, "engagement", {"objectif=Envoyé avant la copie"});
  remote.sync();
  written_ = {"Envoyé avant la copie"};
  const int before = server_.status().at("revisions");
  {
    const auto watcher = remote.watch();
    while (const auto line = watcher->read_line()) {
      if (line->contains("caught_up")) break;
    }
    proxy.mute_down();
    remote.add(dossier_, "engagement", {"objectif=Sans réponse"});
    written_.emplace_back("Sans réponse");
    EXPECT_TRUE(eventually([&] { return server_.status().at("revisions") > before; }));
    watcher->kill();
  }
  proxy.cut();
  proxy.pass();
  const Replica copy = copied(remote);
  copy.add(dossier_, "engagement", {"objectif=Ajouté à la copie"});
  remote.add(dossier_, "engagement", {"objectif=Ajouté à l'original"});
  written_.insert(written_.end(), {"Ajouté à la copie", "Ajouté à l'original"});
  copy.sync();
  remote.sync();
  converge({copy, remote, claire_, nadia_});
  everything_is_there_once();
}

TEST_F(CrashTest, ALostReceiptIsAskedForAgain) {
  Proxy proxy(server_.port());
  const Replica remote = enrol("remote", "Rémi Loin", "correspondant", "ej:990001000", proxy.url());
  remote.sync();
  const auto watcher = remote.watch();
  while (const auto line = watcher->read_line()) {
    if (line->contains("caught_up")) break;
  }
  const int before = server_.status().at("revisions");
  proxy.mute_down();
  remote.add(dossier_, "engagement", {"objectif=Reçu perdu"});
  written_ = {"Reçu perdu"};
  ASSERT_TRUE(eventually([&] { return server_.status().at("revisions") > before; })) << "the push did not arrive";
  proxy.cut();
  proxy.pass();
  EXPECT_TRUE(eventually(
      [&] { return remote.json({"status"}).at("outbox") == 0 && remote.json({"status"}).at("drafts") == 0; }, 30s));
  EXPECT_EQ(server_.status().at("revisions"), before + 1);
  watcher->signal(SIGTERM);
  EXPECT_EQ(watcher->wait(10s), 0);
  converge({remote, claire_, nadia_});
  everything_is_there_once();
}

}  // namespace
}  // namespace navette::e2e
