// Coming back when nothing has changed, and when something has.
#include "engine_fixture.hpp"

namespace navette::test {
namespace {

using ::testing::Contains;
using ::testing::Not;

class ReconnectTest : public EngineTest {
 protected:
  // The kinds of messages that the next session of a person brings, by name of the ones that matter here.
  std::vector<std::string> comes_back(Person& person) {
    std::vector<std::string> heard;
    person.device.cut();
    person.device.on_receive = [&](const sync::Message& message) {
      if (std::holds_alternative<sync::Unchanged>(message)) heard.emplace_back("unchanged");
      if (std::holds_alternative<sync::Scope>(message)) heard.emplace_back("scope");
      if (std::holds_alternative<sync::CaughtUp>(message)) heard.emplace_back("caught up");
      if (std::holds_alternative<sync::ReceiptMessage>(message)) heard.emplace_back("receipt");
    };
    one(person);
    person.device.on_receive = {};
    return heard;
  }
  const std::vector<std::string> nothing_new{"unchanged"};
};

TEST_F(ReconnectTest, WithNothingNewNoDossierIsLookedAt) {
  sync(correspondent, delegation);
  EXPECT_EQ(comes_back(correspondent), nothing_new);
  EXPECT_EQ(comes_back(delegation), nothing_new);
  EXPECT_TRUE(correspondent.device.session()->settled());
  EXPECT_EQ(correspondent.device.session()->progress().dossiers_done, 1);
}

TEST_F(ReconnectTest, WithNothingNewTheSessionIsLive) {
  sync(correspondent, delegation);
  EXPECT_EQ(comes_back(correspondent), nothing_new);
  EXPECT_EQ(comes_back(delegation), nothing_new);
  delegation.edits(indicateur_record, "cible", "81");
  correspondent.edits(engagement_record, "texte", "Écrit en ligne.");
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.reads(indicateur_record, "cible"), "81");
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Écrit en ligne.");
  expect_agreement();
}

TEST_F(ReconnectTest, WhatWasWrittenHereLeavesAtOnce) {
  sync(correspondent, delegation);
  correspondent.device.cut();
  correspondent.edits(indicateur_record, "cible", "81");
  EXPECT_EQ(comes_back(correspondent), (std::vector<std::string>{"unchanged", "receipt"}));
  sync(delegation);
  EXPECT_EQ(delegation.reads(indicateur_record, "cible"), "81");
  expect_agreement();
}

TEST_F(ReconnectTest, WhatChangedElsewhereIsCaughtUpWith) {
  sync(correspondent, delegation);
  correspondent.device.cut();
  delegation.edits(indicateur_record, "cible", "81");
  sync(delegation);
  EXPECT_EQ(comes_back(correspondent), (std::vector<std::string>{"scope", "caught up"}));
  EXPECT_EQ(correspondent.reads(indicateur_record, "cible"), "81");
  EXPECT_EQ(comes_back(correspondent), nothing_new);
  expect_agreement();
}

TEST_F(ReconnectTest, WhatIsPrivateToTheOtherPartyChangesNothing) {
  sync(correspondent, delegation);
  correspondent.device.cut();
  delegation.edits(engagement_record, "prive_a", "Entre nous.");
  sync(delegation);
  EXPECT_EQ(comes_back(correspondent), nothing_new);
}

TEST_F(ReconnectTest, ADossierThatCameOrLeftIsTold) {
  sync(correspondent);
  const DossierId second = DossierId::make_v7(clock, random);
  server.create_dossier(
      second, {{RecordId::make_v7(clock, random), contrat::kKind, {}, {{contrat::kPhase, Value("negociation")}}}},
      clock);
  correspondent.device.cut();
  server.set_scope(correspondent.device.account(), {dossier, second});
  EXPECT_THAT(comes_back(correspondent), Contains("scope"));
  EXPECT_EQ(comes_back(correspondent), nothing_new);
  correspondent.device.cut();
  server.set_scope(correspondent.device.account(), {second});
  EXPECT_THAT(comes_back(correspondent), Contains("scope"));
  EXPECT_FALSE(correspondent.sees(engagement_record));
}

TEST_F(ReconnectTest, ARestoredServerIsComparedWithEvenIfItStandsAtTheSamePlace) {
  sync(correspondent, delegation);
  server.restore(server.backup());
  EXPECT_THAT(comes_back(correspondent), Not(Contains("unchanged")));
  EXPECT_EQ(comes_back(correspondent), nothing_new);
}

TEST_F(ReconnectTest, UnchangedIsNotBelievedWithoutASaidStanding) {
  Person& fresh = newcomer(correspondent.device.account());
  fresh.device.connect();
  const auto hello = fresh.device.session()->hello();
  ASSERT_TRUE(hello);
  EXPECT_EQ(std::get<sync::Hello>(*hello).standing, ShortHash{});
  sync::Welcome welcome;
  welcome.epoch = server.epoch();
  welcome.account = fresh.device.account();
  welcome.role = "correspondant";
  ASSERT_TRUE(fresh.device.session()->receive({welcome}, clock));
  EXPECT_FALSE(fresh.device.session()->receive({sync::Unchanged{0}}, clock));
}

TEST_F(ReconnectTest, UnchangedWithAnotherNumberOfDossiersIsNotBelieved) {
  sync(correspondent);
  sync::Welcome welcome;
  welcome.epoch = server.epoch();
  welcome.account = correspondent.device.account();
  welcome.role = "correspondant";
  for (const std::uint32_t told : {0, 1, 2}) {
    correspondent.device.cut();
    correspondent.device.connect();
    const auto step = correspondent.device.session()->receive({welcome, sync::Unchanged{told}}, clock);
    EXPECT_EQ(step.has_value(), told == 1) << told;
    EXPECT_EQ(correspondent.device.session()->live(), told == 1) << told;
  }
}

TEST_F(ReconnectTest, AReplicaThatIsNotCompleteSaysNoStanding) {
  sync(correspondent);
  correspondent.device.cut();
  EXPECT_TRUE(correspondent.device.store.transact([&]() -> Result<void> {
    auto row = correspondent.device.store.dossier(dossier).value();
    row.caught_up = false;
    correspondent.device.store.put_dossier(row);
    EXPECT_EQ(correspondent.device.replica->standing_hash(), ShortHash{});
    return {};
  }));
  EXPECT_EQ(comes_back(correspondent), (std::vector<std::string>{"scope", "caught up"}));
  EXPECT_EQ(comes_back(correspondent), nothing_new);
}

}  // namespace
}  // namespace navette::test
