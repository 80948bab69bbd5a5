// Conflicts, removals, refusals and phases, decided at the prompt.
#include "e2e/agency.hpp"

namespace navette::e2e {
namespace {

using testing::HasSubstr;

class Decisions : public AgencyTest {
 protected:
  void SetUp() override {
    open_demo();
    bring_people();
    contrat_ = claire_.records(dossier_, "contrat").at(0).at("id");
  }
  void sync_all() {
    for (int pass = 0; pass < 2; ++pass) {
      for (const Replica& one : {claire_, nadia_, paul_}) one.sync();
    }
  }
  // Two write the same sentence apart; the conflict's id.
  std::string contested_sentence() {
    claire_.edit(diagnostic_, "partage", "La durée est longue. Un point est prévu.\n");
    sync_all();
    claire_.edit(diagnostic_, "partage", "La durée reste longue en médecine. Un point est prévu.\n");
    nadia_.edit(diagnostic_, "partage", "La durée est longue depuis trois ans. Un point est prévu.\n");
    claire_.sync();
    nadia_.sync();
    sync_all();
    EXPECT_EQ(claire_.conflicts().size(), 1U);
    return claire_.conflicts().at(0).at("id");
  }
  void settled() {
    sync_all();
    converge({claire_, nadia_, paul_});
    for (const Replica& one : {claire_, nadia_, paul_})
      EXPECT_TRUE(one.conflicts().empty()) << one.directory().filename();
  }
  std::string contrat_;
};

TEST_F(Decisions, TakeCommitted) {
  nadia_.does({"resolve", contested_sentence(), "--take", "committed"});
  settled();
  EXPECT_EQ(paul_.get(diagnostic_, "partage"), "La durée reste longue en médecine. Un point est prévu.\n");
}

TEST_F(Decisions, TakeIncoming) {
  paul_.does({"resolve", contested_sentence(), "--take", "incoming"});
  settled();
  EXPECT_EQ(claire_.get(diagnostic_, "partage"), "La durée est longue depuis trois ans. Un point est prévu.\n");
}

TEST_F(Decisions, TakeTheSuggestion) {
  const std::string conflict = contested_sentence();
  const std::string suggested = claire_.conflicts().at(0).at("suggestion");
  claire_.does({"resolve", conflict, "--take", "suggestion"});
  settled();
  EXPECT_THAT(nadia_.get(diagnostic_, "partage"), HasSubstr(suggested));
}

TEST_F(Decisions, WriteSomethingElse) {
  const std::string file = write_file("texte.txt", "La durée reste longue, depuis trois ans. Un point est prévu.\n");
  nadia_.does({"resolve", contested_sentence(), "--file", file});
  settled();
  EXPECT_EQ(claire_.get(diagnostic_, "partage"), "La durée reste longue, depuis trois ans. Un point est prévu.\n");
}

TEST_F(Decisions, OfTwoWhoDecideTheSecondKeepsHisChoiceAsARefusal) {
  const std::string conflict = contested_sentence();
  claire_.does({"resolve", conflict, "--take", "committed"});
  nadia_.does({"resolve", conflict, "--take", "incoming"});
  claire_.sync();
  EXPECT_EQ(nadia_.run({"sync"}).code, 3);
  const auto refusals = nadia_.refusals();
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].at("reason"), "conflict_closed");
  EXPECT_EQ(refusals[0].at("act"), "resolve");
  nadia_.does({"refusal", "drop", refusals[0].at("id")});
  settled();
  EXPECT_EQ(nadia_.get(diagnostic_, "partage"), "La durée reste longue en médecine. Un point est prévu.\n");
  EXPECT_EQ(claire_.run({"resolve", conflict, "--take", "incoming"}).code, 1);
}

TEST_F(Decisions, AResolutionOfATextThatMovedSinceIsRefused) {
  const std::string conflict = contested_sentence();
  claire_.does({"resolve", conflict, "--take", "incoming"});
  nadia_.edit(diagnostic_, "partage", "La durée reste très longue en médecine. Un point est prévu.\n");
  nadia_.sync();
  EXPECT_EQ(claire_.run({"sync"}).code, 3);
  const auto refusals = claire_.refusals();
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].at("reason"), "conflict_moved");
  EXPECT_EQ(claire_.conflicts().size(), 1U);
  claire_.does({"refusal", "drop", refusals[0].at("id")});
  claire_.does({"resolve", conflict, "--take", "committed"});
  settled();
  EXPECT_EQ(paul_.get(diagnostic_, "partage"), "La durée reste très longue en médecine. Un point est prévu.\n");
}

TEST_F(Decisions, RemovedHereEditedThere) {
  nadia_.does({"remove", engagement_});
  claire_.set(indicateur_, "cible_n3", "4242");
  nadia_.sync();
  claire_.sync();
  sync_all();
  EXPECT_THAT(claire_.does({"conflicts", "--json"}).out, HasSubstr("4242"));
  EXPECT_THAT(nadia_.does({"conflicts", "--json"}).out, HasSubstr("4242"));
  for (const Json& conflict : nadia_.conflicts()) nadia_.does({"resolve", conflict.at("id"), "--take", "committed"});
  settled();
  EXPECT_EQ(claire_.run({"get", indicateur_, "cible_n3"}).code, 1);
}

TEST_F(Decisions, EditedThereThenRemovedHereKeepsTheRecord) {
  nadia_.does({"remove", engagement_});
  claire_.set(indicateur_, "cible_n3", "4242");
  claire_.sync();
  nadia_.sync();
  sync_all();
  EXPECT_EQ(claire_.get(indicateur_, "cible_n3"), "4242");
  ASSERT_EQ(nadia_.conflicts().size(), 1U);
  EXPECT_EQ(nadia_.conflicts()[0].at("kind"), "removal");
  claire_.does({"resolve", nadia_.conflicts()[0].at("id"), "--take", "incoming"});
  settled();
  EXPECT_EQ(paul_.run({"get", engagement_, "objectif"}).code, 1) << "both agreed to remove it";
}

TEST_F(Decisions, AnAgreedRemovalTakesWhatHangsBelow) {
  nadia_.does({"remove", engagement_});
  settled();
  for (const Json& record : claire_.records(dossier_, "indicateur"))
    EXPECT_NE(record.at("fields").at("engagement"), engagement_);
  EXPECT_EQ(claire_.run({"get", diagnostic_, "partage"}).code, 1);
}

TEST_F(Decisions, AValidationFreezesAndRefusesWhatComesLater) {
  claire_.set(indicateur_, "cible_n3", "4141");
  EXPECT_EQ(claire_.run({"set", contrat_, "phase", "validation"}).code, 1) << "the agency's to do";
  nadia_.set(contrat_, "phase", "validation");
  nadia_.sync();
  EXPECT_EQ(nadia_.show(dossier_).at("phase"), "validation");
  EXPECT_EQ(claire_.run({"sync"}).code, 3);
  EXPECT_EQ(claire_.show(dossier_).at("phase"), "validation");
  const auto refusals = claire_.refusals();
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].at("value"), "4141");
  EXPECT_EQ(refusals[0].at("reason"), "right");
  EXPECT_NE(claire_.get(indicateur_, "cible_n3"), "4141");
  EXPECT_EQ(claire_.run({"set", indicateur_, "cible_n3", "1"}).code, 1);

  // Not validated: talks start again, and what was kept is taken up.
  nadia_.set(contrat_, "phase", "negociation");
  nadia_.sync();
  claire_.sync();
  claire_.does({"refusal", "retry", refusals[0].at("id")});
  settled();
  EXPECT_EQ(nadia_.get(indicateur_, "cible_n3"), "4141");
  EXPECT_TRUE(claire_.refusals().empty());
}

// A person with two posts sees on both what was refused, and settles it once.
TEST_F(Decisions, ARefusalShowsOnAllPostsOfItsAuthor) {
  const Replica home(place_ / "claire-home");
  std::string code = server_.does({"account", "code", "--name", "Claire Dubois"}).out;
  code.pop_back();
  home.does({"enrol", "--server", server_.url(), "--code", code});
  home.sync();
  const auto watcher = home.watch();
  EXPECT_TRUE(eventually([&] { return home.json({"status"}).at("connected") == true; }));
  claire_.set(indicateur_, "cible_n1", "61");
  nadia_.set(contrat_, "phase", "validation");
  nadia_.sync();
  claire_.sync();
  ASSERT_EQ(claire_.refusals().size(), 1U);
  EXPECT_TRUE(eventually([&] { return home.refusals().size() == 1; }));
  EXPECT_EQ(home.refusals().at(0), claire_.refusals().at(0));
  EXPECT_EQ(server_.status().at("refusals"), 1);
  home.does({"refusal", "drop", home.refusals().at(0).at("id").get<std::string>()});
  EXPECT_TRUE(eventually([&] { return server_.status().at("refusals") == 0; }));
  EXPECT_EQ(claire_.refusals().size(), 1U);
  claire_.sync();
  EXPECT_TRUE(claire_.refusals().empty());
}

TEST_F(Decisions, APhaseChangeNeedsToHaveSeenEverything) {
  nadia_.set(contrat_, "phase", "validation");
  claire_.set(indicateur_, "cible_n3", "4141");
  claire_.sync();
  EXPECT_EQ(nadia_.run({"sync"}).code, 3);
  const auto refusals = nadia_.refusals();
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].at("reason"), "covered");
  EXPECT_EQ(claire_.show(dossier_).at("phase"), "negociation");
}

TEST_F(Decisions, AnOpenConflictBlocksTheValidation) {
  contested_sentence();
  const Ran blocked = nadia_.run({"set", contrat_, "phase", "validation"});
  EXPECT_EQ(blocked.code, 1);
  EXPECT_THAT(blocked.err, HasSubstr("conflits restent ouverts"));
}

TEST_F(Decisions, AConflictThatOpensMeanwhileRefusesTheValidation) {
  claire_.set(indicateur_, "realise_n2", "1");
  paul_.set(indicateur_, "realise_n2", "2");
  claire_.sync();
  nadia_.sync();
  nadia_.set(contrat_, "phase", "validation");
  paul_.sync();
  EXPECT_EQ(nadia_.run({"sync"}).code, 3);
  ASSERT_EQ(nadia_.refusals().size(), 1U);
  EXPECT_THAT(nadia_.refusals()[0].at("reason"), testing::AnyOf("open_conflicts", "covered"));
  EXPECT_EQ(paul_.show(dossier_).at("phase"), "negociation");
}

TEST_F(Decisions, FromNegotiationToTheEnd) {
  for (const char* phase : {"validation", "signature", "en_vigueur"}) {
    nadia_.set(contrat_, "phase", phase);
    nadia_.sync();
  }
  claire_.sync();
  claire_.set(indicateur_, "realise_n1", "77");
  EXPECT_EQ(claire_.run({"set", indicateur_, "cible_n1", "1"}).code, 1) << "BR-65";
  EXPECT_EQ(nadia_.run({"set", contrat_, "phase", "negociation"}).code, 1);
  sync_all();
  nadia_.set(contrat_, "phase", "clos");
  settled();
  EXPECT_EQ(paul_.show(dossier_).at("phase"), "clos");
  EXPECT_EQ(paul_.get(indicateur_, "realise_n1"), "77");
}

TEST_F(Decisions, HistoryTellsWhoWroteWhat) {
  const std::string conflict = contested_sentence();
  paul_.does({"resolve", conflict, "--take", "incoming"});
  sync_all();
  const Json history = nadia_.json({"history", dossier_, "--record", diagnostic_, "--field", "partage"});
  ASSERT_GE(history.size(), 3U);
  std::set<std::string> who;
  for (const Json& entry : history) who.insert(entry.at("who").get<std::string>());
  EXPECT_THAT(who, testing::IsSupersetOf({"Claire Dubois", "Nadia Benali", "Paul Lefèvre"}));
  EXPECT_THAT(history.dump(), HasSubstr("La durée est longue. Un point est prévu."));
}

}  // namespace
}  // namespace navette::e2e
