// Connected: what one writes, the other sees. Commands work beside the watcher and never wait for it.
#include <algorithm>
#include <csignal>
#include <thread>

#include "e2e/agency.hpp"
#include "navette/sql/database.hpp"

namespace navette::e2e {
namespace {

using Clock = std::chrono::steady_clock;

class Watching : public AgencyTest {
 protected:
  void SetUp() override {
    open_demo();
    bring_people();
  }
  std::unique_ptr<Process> watching(const Replica& who) {
    auto watcher = who.watch();
    EXPECT_TRUE(hear(*watcher, "caught_up").has_value()) << watcher->errors();
    return watcher;
  }
  static std::optional<std::string> hear(Process& watcher, const std::string& word, milliseconds limit = 10s) {
    const auto end = Clock::now() + limit;
    while (Clock::now() < end) {
      auto line = watcher.read_line(std::chrono::duration_cast<milliseconds>(end - Clock::now()));
      if (!line || line->contains(word)) return line;
    }
    return std::nullopt;
  }
};

TEST_F(Watching, ASetAppearsOnTheOtherSide) {
  const auto of_claire = watching(claire_);
  const auto of_nadia = watching(nadia_);
  EXPECT_EQ(nadia_.json({"status"}).at("connected"), true);
  nadia_.set(indicateur_, "cible_n1", "61");
  ASSERT_TRUE(hear(*of_claire, "cible_n1").has_value());
  EXPECT_EQ(claire_.get(indicateur_, "cible_n1"), "61");
  claire_.edit(diagnostic_, "partage", "Écrit par Claire.\n");
  ASSERT_TRUE(hear(*of_nadia, "\"partage\"").has_value());
  EXPECT_EQ(nadia_.get(diagnostic_, "partage"), "Écrit par Claire.\n");
}

TEST_F(Watching, LatencyOfALiveChange) {
  constexpr int kChanges = 200;
  const auto of_claire = watching(claire_);
  const auto of_nadia = watching(nadia_);
  Process batch(nadia_.launch({"batch"}));
  std::vector<double> took_ms;
  for (int i = 0; i < kChanges; ++i) {
    const Json command{
        {"op", "set"}, {"record", indicateur_}, {"field", "cible_n2"}, {"value", std::to_string(1000 + i)}};
    const auto start = Clock::now();
    batch.write(command.dump() + "\n");
    ASSERT_TRUE(hear(*of_claire, "cible_n2").has_value()) << "change " << i << " did not arrive";
    took_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    ASSERT_TRUE(batch.read_line().has_value());
  }
  std::ranges::sort(took_ms);
  std::cout << "latency of " << kChanges << " live changes: median " << took_ms[kChanges / 2] << " ms, p99 "
            << took_ms[kChanges * 99 / 100] << " ms\n";
  EXPECT_LT(took_ms[kChanges / 2], 500);
  EXPECT_EQ(claire_.get(indicateur_, "cible_n2"), std::to_string(1000 + kChanges - 1));
}

TEST_F(Watching, AOneShotSyncWakesTheWatcherAndWaitsForIt) {
  const auto of_claire = watching(claire_);
  claire_.set(indicateur_, "realise_n1", "12");
  claire_.does({"sync"});
  EXPECT_EQ(claire_.json({"status"}).at("drafts"), 0);
  nadia_.set(indicateur_, "cible_n1", "77");
  nadia_.sync();
  claire_.does({"sync"});
  EXPECT_EQ(claire_.get(indicateur_, "cible_n1"), "77");
  // A second watcher of one replica would be one too many.
  const auto second = claire_.watch();
  EXPECT_EQ(second->wait(10s), 1) << second->errors();
  EXPECT_FALSE(second->errors().empty());
}

// What is frozen cannot be taken back: only a live session freezes at once.
TEST_F(Watching, WithoutAServerADraftCanBeTakenBack) {
  const auto of_nadia = watching(nadia_);
  const std::string before = nadia_.get(indicateur_, "cible_n1");
  server_.kill();
  EXPECT_TRUE(eventually([&] { return nadia_.json({"status"}).at("connected") == false; }));
  nadia_.set(indicateur_, "cible_n1", "61");
  EXPECT_EQ(nadia_.json({"status"}).at("outbox"), 0);
  nadia_.does({"discard", indicateur_, "cible_n1"});
  EXPECT_EQ(nadia_.get(indicateur_, "cible_n1"), before);
}

TEST_F(Watching, AOneShotSyncBesideAWatcherTellsThatNobodyAnswers) {
  const auto of_claire = watching(claire_);
  server_.kill();
  claire_.set(indicateur_, "realise_n1", "12");
  const Ran ran = claire_.run({"sync"});
  EXPECT_EQ(ran.code, 2) << ran.told();
  EXPECT_LT(ran.took, 30s);
  server_.serve();
  EXPECT_TRUE(eventually([&] { return claire_.run({"sync"}).code == 0; }));
  EXPECT_EQ(claire_.json({"status"}).at("drafts"), 0);
}

TEST_F(Watching, CommandsDoNotWaitForAWatcherUnderLoad) {
  const auto of_claire = watching(claire_);
  Process load(nadia_.launch({"batch"}));
  const auto of_nadia = watching(nadia_);
  for (int i = 0; i < 500; ++i) {
    load.write(
        Json{{"op", "set"}, {"record", indicateur_}, {"field", "cible_n3"}, {"value", std::to_string(i)}}.dump() +
        "\n");
  }
  milliseconds slowest{};
  for (int i = 0; i < 10; ++i) {
    const Ran wrote = claire_.does({"set", indicateur_, "realise_n4", std::to_string(i)});
    const Ran read = claire_.does({"get", indicateur_, "realise_n4"});
    EXPECT_EQ(read.out, std::to_string(i));
    slowest = std::max({slowest, wrote.took, read.took});
  }
  std::cout << "slowest command beside a busy watcher: " << slowest.count() << " ms\n";
  EXPECT_LT(slowest, 5s);
  load.close_input();
  EXPECT_EQ(load.wait(), 0);
  EXPECT_TRUE(eventually([&] { return claire_.get(indicateur_, "cible_n3") == "499"; }));
}

TEST_F(Watching, ReadsGoOnWhileAnotherProcessHoldsATransaction) {
  const auto of_claire = watching(claire_);
  sql::OpenOptions options;
  options.create = false;
  auto database = sql::Database::open((claire_.directory() / "replica.sqlite").string(), options).value();
  database.execute("BEGIN IMMEDIATE");
  const Ran read = claire_.does({"get", indicateur_, "cible_n1"});
  EXPECT_LT(read.took, 3s);
  nadia_.set(indicateur_, "cible_n1", "88");
  nadia_.sync();
  Process writing(claire_.launch({"set", indicateur_, "realise_n1", "5"}));
  std::this_thread::sleep_for(1s);
  EXPECT_LT(claire_.does({"show", dossier_}).took, 3s);
  database.execute("ROLLBACK");
  EXPECT_EQ(writing.wait(10s), 0) << writing.errors();
  EXPECT_TRUE(eventually([&] { return claire_.get(indicateur_, "cible_n1") == "88"; }));
  EXPECT_TRUE(eventually([&] { return claire_.json({"status"}).at("drafts") == 0; }));
}

TEST_F(Watching, SigtermEndsTheWatcherQuickly) {
  const auto connected = watching(claire_);
  const auto start = Clock::now();
  connected->signal(SIGTERM);
  EXPECT_EQ(connected->wait(10s), 0) << connected->errors();
  EXPECT_LT(Clock::now() - start, 3s);

  server_.stop();
  const auto alone = claire_.watch();
  ASSERT_TRUE(hear(*alone, "disconnected").has_value());
  alone->signal(SIGINT);
  EXPECT_EQ(alone->wait(5s), 0) << alone->errors();
}

TEST_F(Watching, WatchersComeBackToARestartedServer) {
  const auto of_claire = watching(claire_);
  const auto of_nadia = watching(nadia_);
  server_.kill();
  claire_.set(indicateur_, "realise_n2", "31");
  server_.serve();
  EXPECT_TRUE(eventually([&] { return nadia_.get(indicateur_, "realise_n2") == "31"; }, 30s));
  server_.stop();
  nadia_.set(indicateur_, "cible_n2", "32");
  server_.serve();
  EXPECT_TRUE(eventually([&] { return claire_.get(indicateur_, "cible_n2") == "32"; }, 30s));
}

}  // namespace
}  // namespace navette::e2e
