// Conflicts and refusals: what people see of them, and how they decide.
#include <fstream>

#include "client/client_fixture.hpp"
#include "navette/cpom/numbers.hpp"
#include "navette/cpom/schema.hpp"

namespace navette::client {
namespace {

// "Avant. Deux ici. Après." with its second sentence contested.
class DecidingTest : public ClientTest {
 protected:
  sync::ResolutionRow resolution(const std::string& conflict) {
    sync::ResolutionRow row;
    const auto opened = store();
    (void)opened->read([&]() -> Result<void> {
      row = opened->resolution(ConflictId::parse(conflict).value()).value();
      return {};
    });
    return row;
  }
  std::string file(const std::string& text) {
    const std::string path = directory() + "/paragraphe.txt";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  Json first_conflict() { return navette({"conflicts", "--json"}).json().at(0); }

  std::string diagnostic_ = record("diagnostic");
  std::string conflict_ =
      contested_text(diagnostic_, "Avant. Deux ici. Après.\nAutre paragraphe.", {7, 17}, "Deux. ", "Deux bis. ");
};

TEST_F(DecidingTest, ConflictsShowTheWholeParagraph) {
  const Json conflict = first_conflict();
  EXPECT_EQ(conflict["id"], conflict_);
  EXPECT_EQ(conflict["dossier"], dossier_.text());
  EXPECT_EQ(conflict["record"], diagnostic_);
  EXPECT_EQ(conflict["field"], "partage");
  EXPECT_EQ(conflict["base"], "Avant. Deux. Après.");
  EXPECT_EQ(conflict["committed"], "Avant. Deux ici. Après.");
  EXPECT_EQ(conflict["incoming"], "Avant. Deux bis. Après.");
  EXPECT_EQ(conflict["suggestion"], "Avant. Deux ici bis. Après.");
  EXPECT_EQ(conflict["parties"], (Json{{"committed", "agence"}, {"incoming", "structure"}}));
  EXPECT_EQ(conflict["open"], true);
  EXPECT_EQ(conflict["kind"], "text");
  EXPECT_EQ(conflict["committed_by"]["name"], "M. Négociateur");
  EXPECT_EQ(status()["conflicts"], 1);
  const std::string told = navette({"conflicts"}).out;
  EXPECT_NE(told.find("suggestion"), std::string::npos);
  const std::string name = navette({"list", "--json"}).json()[0]["name"];
  EXPECT_NE(told.find("Conflit " + conflict_ + " · " + name), std::string::npos) << told;
  EXPECT_NE(told.find("· Diagnostic partagé"), std::string::npos) << told;
}

TEST_F(DecidingTest, TakesOneOfTheVersions) {
  ASSERT_EQ(navette({"resolve", conflict_, "--take", "incoming"}).code, kDone);
  EXPECT_EQ(resolution(conflict_).change.choice, sync::Choice::kIncoming);
  ASSERT_EQ(navette({"resolve", conflict_.substr(0, 8), "--take", "committed"}).code, kDone);
  EXPECT_EQ(resolution(conflict_).change.choice, sync::Choice::kCommitted);
  EXPECT_EQ(first_conflict()["resolution_waits"], true);
}

TEST_F(DecidingTest, TheSuggestionIsWrittenIntoTheRangeAlone) {
  ASSERT_EQ(navette({"resolve", conflict_, "--take", "suggestion"}).code, kDone);
  EXPECT_EQ(resolution(conflict_).change.choice, sync::Choice::kWritten);
  EXPECT_EQ(schema::text_of(resolution(conflict_).change.value), "Deux ici bis. ");
}

TEST_F(DecidingTest, WhereBothChangedOneNumberThereIsNoSuggestion) {
  const std::string conflict =
      contested_text(record("diagnostic", 1), "Soit 0,9 jour.", {0, 14}, "Soit 0,8 jour.", "Soit 1,2 jour.");
  for (const Json& each : navette({"conflicts", "--json"}).json()) {
    if (each["id"] == conflict) EXPECT_TRUE(each["suggestion"].is_null()) << each.dump();
  }
  const Ran refused = navette({"resolve", conflict, "--take", "suggestion"});
  EXPECT_EQ(refused.code, kRefused);
  EXPECT_NE(refused.err.find("les mêmes mots"), std::string::npos) << refused.err;
}

TEST_F(DecidingTest, AFileReplacesTheParagraph) {
  ASSERT_EQ(navette({"resolve", conflict_, "--file", file("Avant. Deux et demi. Après.\n")}).code, kDone);
  EXPECT_EQ(schema::text_of(resolution(conflict_).change.value), "Deux et demi. ");
  const Ran refused = navette({"resolve", conflict_, "--file", file("Pas avant. Deux. Après.")});
  EXPECT_EQ(refused.code, kRefused);
  EXPECT_NE(refused.err.find("paragraphe.txt"), std::string::npos);
}

TEST_F(DecidingTest, ItsAuthorImprovesTheIncomingText) {
  ASSERT_EQ(navette({"improve", conflict_, "--file", file("Avant. Deux ter. Après.")}).code, kDone);
  EXPECT_EQ(first_conflict()["incoming"], "Avant. Deux ter. Après.");
}

TEST_F(DecidingTest, AValueHasNoSuggestion) {
  const std::string indicateur = record("indicateur");
  const std::string conflict = contested_value(indicateur, "realise_n1", "81");
  EXPECT_EQ(navette({"resolve", conflict, "--take", "suggestion"}).code, kRefused);
  ASSERT_EQ(navette({"resolve", conflict, "--file", file("82\n")}).code, kDone);
  EXPECT_EQ(schema::text_of(resolution(conflict).change.value), "82");
}

TEST_F(DecidingTest, ADecidedConflictWaitsForNobody) {
  EXPECT_EQ(status()["conflicts"], 1);
  ASSERT_EQ(navette({"resolve", conflict_, "--take", "committed"}).code, kDone);
  EXPECT_EQ(status()["conflicts"], 0);
  EXPECT_EQ(navette({"list", "--json"}).json().at(0)["conflicts"], 0);
}

// The field stands before its record in the list: each of them can be taken up first.
TEST_F(DecidingTest, AFieldOfARefusedCreationBringsItsRecordAndItsOwnerBack) {
  const auto refused = [&](const RecordId& record, const char* kind, const char* field, sync::RefusedAct act) {
    sync::RefusalRow row;
    row.id = RefusalId::make_v7(clock_.now(), random_);
    row.dossier = dossier_;
    const schema::Kind* described = cpom::cpom_schema().kind(kind);
    row.at = {record, described->number, field == nullptr ? sync::FieldNumber{0} : described->field(field)->number};
    row.act = act;
    row.reason = sync::RefusalReason::kLimit;
    row.when = clock_.now();
    return row;
  };
  const RecordId engagement = RecordId::make_v7(clock_.now(), random_);
  const RecordId indicateur = RecordId::make_v7(clock_.now(), random_);
  sync::RefusalRow text = refused(indicateur, "indicateur", "intitule", sync::RefusedAct::kWrite);
  text.value = std::string("Taux d'occupation");
  sync::RefusalRow made = refused(indicateur, "indicateur", nullptr, sync::RefusedAct::kCreate);
  made.owner = engagement;
  const sync::RefusalRow owner = refused(engagement, "engagement", nullptr, sync::RefusedAct::kCreate);
  {
    const auto opened = store();
    ASSERT_TRUE(opened->transact([&]() -> Result<void> {
      for (const sync::RefusalRow& row : {text, made, owner}) opened->put_refusal(row);
      return {};
    }));
  }
  EXPECT_NE(navette({"refusals"}).out.find("ajout de cette fiche"), std::string::npos);
  const Ran ran = navette({"refusal", "retry", text.id.text()});
  ASSERT_EQ(ran.code, kDone) << ran.err;
  EXPECT_EQ(value(indicateur.text(), "intitule"), "Taux d'occupation");
  EXPECT_EQ(value(indicateur.text(), "engagement"), engagement.text());
  EXPECT_TRUE(navette({"refusals", "--json"}).json().empty());
}

TEST_F(DecidingTest, SaysWhatIsWrong) {
  EXPECT_EQ(navette({"resolve", conflict_}).code, kRefused);
  EXPECT_EQ(navette({"resolve", conflict_, "--take", "autre"}).code, kRefused);
  EXPECT_EQ(navette({"resolve", conflict_, "--take", "committed", "--file", "x"}).code, kRefused);
  EXPECT_EQ(navette({"resolve", ConflictId::make_v4(random_).text(), "--take", "committed"}).code, kRefused);
}

TEST_F(DecidingTest, RefusalsAreShownTakenUpAgainOrDropped) {
  sync::RefusalRow refusal;
  refusal.id = RefusalId::make_v7(clock_.now(), random_);
  refusal.dossier = dossier_;
  refusal.at = {RecordId::parse(diagnostic_).value(), cpom::diagnostic::kKind, cpom::diagnostic::kPartage};
  refusal.value = std::string("Mon texte.");
  refusal.base = std::string("Avant. Deux ici. Après.\nAutre paragraphe.");
  refusal.reason = sync::RefusalReason::kTooLong;
  refusal.when = clock_.now();
  const auto keep = [&] {
    const auto opened = store();
    ASSERT_TRUE(opened->transact([&]() -> Result<void> {
      opened->put_refusal(refusal);
      return {};
    }));
  };
  keep();
  const Json shown = navette({"refusals", "--json"}).json().at(0);
  EXPECT_EQ(shown["id"], refusal.id.text());
  EXPECT_EQ(shown["field"], "partage");
  EXPECT_EQ(shown["value"], "Mon texte.");
  EXPECT_EQ(shown["reason"], "too_long");
  EXPECT_EQ(status()["refusals"], 1);
  ASSERT_EQ(navette({"refusal", "retry", refusal.id.text()}).code, kDone);
  EXPECT_EQ(value(diagnostic_, "partage"), "Mon texte.");
  EXPECT_EQ(status()["refusals"], 0);
  keep();
  ASSERT_EQ(navette({"refusal", "drop", refusal.id.text()}).code, kDone);
  EXPECT_EQ(status()["refusals"], 0);
  EXPECT_EQ(navette({"refusal", "drop", refusal.id.text()}).code, kRefused);
}

}  // namespace
}  // namespace navette::client
