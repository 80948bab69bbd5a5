// What the simulation found in the server's sessions, each as small as it could be told.
#include "support/production_server.hpp"

#include <gtest/gtest.h>

#include "navette/sync/codec.hpp"
#include "support/sqlite_disk.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_schema.hpp"

namespace navette::test {
namespace {

constexpr Timestamp kNow{1'700'000'000'000};

class ProductionServerTest : public ::testing::Test {
 protected:
  ProductionServerTest() {
    vfs.count();
    server = std::make_unique<ProductionServer>(test_schema(), 1, vfs, directory.path() / "server");
    server->create_dossier(dossier,
                           {{contrat_record, contrat::kKind, {}, {{contrat::kPhase, sync::Value("negociation")}}},
                            {engagement_record, engagement::kKind, {}, {}}},
                           kNow);
    for (const char* name : {"Anne", "Bruno"}) {
      server->put_account(name, "correspondant");
      server->set_scope(name, {dossier});
    }
  }
  ~ProductionServerTest() override { server.reset(); }

  std::unique_ptr<Device> device(const std::string& account) {
    return std::make_unique<Device>(
        test_schema(), *server, account, random,
        std::make_unique<SqliteDisk>(test_schema(), vfs, directory.path() / std::to_string(++devices_)));
  }
  void edits(Device& who, const std::string& text) {
    const auto done = who.replica->set({engagement_record, engagement::kKind, engagement::kTexte}, text, kNow);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
  }
  std::string reads(Device& who) {
    std::string text;
    (void)who.store.read([&]() -> Result<void> {
      const auto shown = who.replica->get({engagement_record, engagement::kKind, engagement::kTexte});
      text = shown ? schema::display(shown->value) : "";
      return {};
    });
    return text;
  }

  TemporaryDirectory directory{"navette-server"};
  FaultyVfs vfs;
  SeededRandom random{2};
  DossierId dossier = DossierId::make_v4(random);
  RecordId contrat_record = RecordId::make_v4(random);
  RecordId engagement_record = RecordId::make_v4(random);
  std::unique_ptr<ProductionServer> server;

 private:
  unsigned devices_ = 0;
};

// Seed 1036 with --sqlite: the news came before the welcome, and the device took it for no server of ours.
TEST_F(ProductionServerTest, ADeviceThatHasNotSaidHelloHearsNothingOfItsAccountsOthers) {
  const auto laptop = device("Anne");
  const auto desk = device("Anne");
  ASSERT_TRUE(laptop->settle(kNow));
  desk->connect(kNow);
  laptop->announce(sync::RefusalsSettled{});
  sync::Push push{
      dossier, {},   PushNumber{1},
      1,       kNow, {sync::SetValue{{engagement_record, engagement::kKind, 99}, sync::Carried{}, sync::Value("1")}}};
  (void)laptop->store.transact([&]() -> Result<void> {
    push.replica = laptop->replica->replica_id();
    return {};
  });
  laptop->announce(sync::PushMessage{sync::encode(push)});
  while (laptop->deliver_up(kNow)) continue;
  EXPECT_TRUE(desk->settle(kNow));
  EXPECT_EQ(desk->last_error, "");
  std::size_t refusals = 0;
  (void)desk->store.read([&]() -> Result<void> {
    refusals = desk->store.refusals().size();
    return {};
  });
  EXPECT_EQ(refusals, 1u);
}

// The file lost its journal: what a device holds beyond it is adopted as it was, and nothing is answered or done twice.
TEST_F(ProductionServerTest, AServerThatLostItsJournalTakesBackWhatDevicesHold) {
  const auto anne = device("Anne");
  const auto bruno = device("Bruno");
  ASSERT_TRUE(anne->settle(kNow));
  edits(*anne, "Un.");
  ASSERT_TRUE(anne->settle(kNow));
  ASSERT_TRUE(bruno->settle(kNow));  // keeps what comes from here on
  server->back_up(kNow);             // which leaves the file with all that it covers
  edits(*anne, "Un. Deux.");
  ASSERT_TRUE(anne->settle(kNow));
  ASSERT_TRUE(bruno->settle(kNow));
  const EpochId epoch = server->epoch();
  const Revision head = server->dossier(dossier).state.streams[0].head;
  edits(*anne, "Un. Deux. Trois.");
  anne->offer(kNow);
  while (anne->deliver_up(kNow)) continue;  // taken, and the answer is lost
  anne->cut();
  bruno->cut();
  server->lose_journal(1, kNow);
  EXPECT_EQ(server->epoch(), epoch);
  EXPECT_LT(server->dossier(dossier).state.streams[0].head, head);
  ASSERT_TRUE(bruno->settle(kNow));
  EXPECT_EQ(server->dossier(dossier).state.streams[0].head, head);
  ASSERT_TRUE(anne->settle(kNow));
  ASSERT_TRUE(bruno->settle(kNow));
  for (Device* each : {anne.get(), bruno.get()}) EXPECT_EQ(reads(*each), "Un. Deux. Trois.");
  EXPECT_TRUE(server->dossier(dossier).state.open.empty());
  EXPECT_EQ(server->defects(), std::vector<std::string>{});
}

// Devices forget what a backup covers: the file itself must hold as much.
TEST_F(ProductionServerTest, WhatABackupCoversIsNotLostWithTheJournal) {
  const auto anne = device("Anne");
  ASSERT_TRUE(anne->settle(kNow));
  edits(*anne, "Un.");
  ASSERT_TRUE(anne->settle(kNow));
  server->back_up(kNow);
  const Revision head = server->dossier(dossier).state.streams[0].head;
  anne->cut();
  server->lose_journal(1, kNow);
  EXPECT_EQ(server->dossier(dossier).state.streams[0].head, head);
}

}  // namespace
}  // namespace navette::test
