// What the reading commands print: the keys that scripts rely on.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "client/client_fixture.hpp"
#include "navette/cpom/schema.hpp"

namespace navette::client {
namespace {

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, ignored] : object.items()) names.push_back(name);
  return names;
}

TEST_F(ClientTest, StatusHasExactlyItsKeys) {
  const Json json = status();
  EXPECT_EQ(keys(json), (std::vector<std::string>{"behind", "conflicts", "connected", "dossiers", "drafts", "epoch",
                                                  "last_sync", "outbox", "refusals"}));
  EXPECT_EQ(json["connected"], false);
  EXPECT_EQ(json["dossiers"], 1);
  EXPECT_EQ(json["behind"], 0);
  EXPECT_TRUE(json["last_sync"].is_null());
  EXPECT_TRUE(json["epoch"].is_string());
}

TEST_F(ClientTest, ListTellsTheDossier) {
  const Json all = navette({"list", "--json"}).json();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["dossier"], dossier_.text());
  EXPECT_EQ(all[0]["phase"], "negociation");
  EXPECT_EQ(all[0]["head"], 1);
  EXPECT_TRUE(all[0]["ej"].get<std::string>().starts_with("99"));
  EXPECT_FALSE(all[0]["name"].get<std::string>().empty());
  for (const char* count : {"drafts", "conflicts", "refusals"}) EXPECT_EQ(all[0][count], 0);
  EXPECT_NE(navette({"list"}).out.find("Dossier"), std::string::npos);
}

TEST_F(ClientTest, ShowGivesTypedFieldsAndOwners) {
  const Json shown = navette({"show", dossier_.text(), "--json"}).json();
  EXPECT_EQ(shown["dossier"], dossier_.text());
  EXPECT_EQ(shown["head"], 1);
  EXPECT_EQ(shown["phase"], "negociation");
  bool seen = false;
  for (const Json& row : shown["records"]) {
    EXPECT_TRUE(row["drafts"].is_array());
    if (row["kind"] != "indicateur") continue;
    seen = true;
    EXPECT_TRUE(row["fields"]["opposable"].is_boolean());
    EXPECT_TRUE(row["fields"]["intitule"].is_string());
    EXPECT_EQ(row["fields"]["engagement"].get<std::string>().size(), 36U);
    EXPECT_FALSE(row["fields"].contains("brouillon_ars"));
  }
  EXPECT_TRUE(seen);
  EXPECT_NE(navette({"show", dossier_.text()}).out.find("engagement"), std::string::npos);
}

TEST_F(ClientTest, ABeginningOfAnIdIsEnough) {
  EXPECT_EQ(navette({"show", dossier_.text().substr(0, 13)}).code, kDone);
  EXPECT_EQ(navette({"show", dossier_.text().substr(0, 7)}).code, kRefused);
  const Ran many = navette({"get", record("engagement").substr(0, 8), "objectif"});
  EXPECT_EQ(many.code, kRefused);
  EXPECT_NE(many.err.find("plusieurs"), std::string::npos);
}

TEST_F(ClientTest, TheEndOfAnIdIsEnough) {
  const std::string engagement = record("engagement");
  ASSERT_EQ(navette({"set", engagement.substr(28), "objectif", "Par sa fin."}).code, kDone);
  EXPECT_EQ(value(engagement, "objectif"), "Par sa fin.");
  EXPECT_EQ(navette({"get", engagement.substr(31), "objectif"}).code, kRefused);
}

// What hangs at an engagement follows it, by number.
TEST_F(ClientTest, ShowPutsWhatBelongsTogetherTogether) {
  const std::string last = record("engagement");
  ASSERT_EQ(navette({"set", last, "numero", "999"}).code, kDone);
  std::map<std::string, std::string> owners;
  for (const Json& row : navette({"show", dossier_.text(), "--json"}).json()["records"]) {
    if (row["fields"].contains("engagement")) owners[row["id"]] = row["fields"]["engagement"];
  }
  ASSERT_GT(owners.size(), 2U);
  std::istringstream lines(navette({"show", dossier_.text()}).out);
  std::string engagement;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find(") ");
    if (line.starts_with(' ') || at == std::string::npos) continue;
    const std::string id = line.substr(at + 2, 36);
    if (line.contains("(engagement)")) engagement = id;
    if (owners.contains(id)) EXPECT_EQ(owners[id], engagement) << line;
  }
  EXPECT_EQ(engagement, last);
}

TEST_F(ClientTest, GetPrintsTheValueExactly) {
  const std::string engagement = record("engagement");
  const std::string text = "Réduire — de 10 % —\nles délais.";
  ASSERT_EQ(navette({"set", engagement, "objectif", text}).code, kDone);
  EXPECT_EQ(value(engagement, "objectif"), text);
  const Json json = navette({"get", engagement, "objectif", "--json"}).json();
  EXPECT_EQ(json["value"], text);
  EXPECT_FALSE(json["base"].get<std::string>().empty());
}

TEST_F(ClientTest, CheckTellsAnomalies) {
  const Ran checked = navette({"check", dossier_.text(), "--json"});
  EXPECT_EQ(checked.code, kDone);
  EXPECT_TRUE(checked.json().is_array());
}

TEST_F(ClientTest, VerifyIsCleanAndNoticesWhatIsNot) {
  EXPECT_EQ(navette({"verify"}).code, kDone);
  const RecordId changed = RecordId::parse(record("engagement")).value();
  const auto opened = store();
  ASSERT_TRUE(opened->transact([&]() -> Result<void> {
    const auto row = opened->record(changed);
    opened->set_value(changed, row->kind, 4, std::string("autre chose"));
    return {};
  }));
  const Ran wrong = navette({"verify"});
  EXPECT_EQ(wrong.code, kRefused);
  EXPECT_NE(wrong.err.find(dossier_.text()), std::string::npos);
  EXPECT_NE(wrong.err.find("le serveur renverra"), std::string::npos) << wrong.err;
  ASSERT_TRUE(opened->read([&]() -> Result<void> {  // what the next session asks for
    EXPECT_FALSE(opened->meta("doubts").value_or("").empty());
    return {};
  }));
}

TEST_F(ClientTest, SaysWhatIsWrong) {
  EXPECT_EQ(navette({"get", record("engagement"), "nimporte"}).code, kRefused);
  EXPECT_EQ(navette({"get", DossierId::make_v4(random_).text(), "objectif"}).code, kRefused);
  EXPECT_EQ(navette({"show", DossierId::make_v4(random_).text()}).code, kRefused);
  EXPECT_EQ(navette({"show", "pas-un-id"}).code, kRefused);
  EXPECT_EQ(navette({"dance"}).code, kRefused);
  EXPECT_EQ(navette({"get"}).code, kRefused);
  const Ran nowhere = navette({"list", "--replica", directory() + "/rien"});
  EXPECT_EQ(nowhere.code, kRefused);
  EXPECT_FALSE(std::filesystem::exists(directory() + "/rien"));
}

// Nothing can be written there: a full disk, a pipe whose reader is gone.
struct Broken : std::streambuf {};

TEST_F(ClientTest, AnAnswerThatCannotBeWrittenIsNoSuccess) {
  const std::vector<std::vector<std::string>> commands{
      {"get", record("engagement"), "objectif"}, {"show", dossier_.text()}, {"list", "--json"}, {"status"}};
  for (std::vector<std::string> words : commands) {
    words.insert(words.begin() + 1, {"--replica", directory()});
    Broken broken;
    std::ostream out(&broken);
    std::istringstream in;
    std::ostringstream err;
    EXPECT_EQ(run(words, in, out, err), kRefused) << words.front();
    EXPECT_NE(err.str().find("n'a pas pu être écrite"), std::string::npos) << err.str();
  }
}

TEST_F(ClientTest, WhatCommandsATerminalIsShownInstead) {
  const std::string engagement = record("engagement");
  const auto opened = store();
  ASSERT_TRUE(opened->transact([&]() -> Result<void> {
    opened->set_value(RecordId::parse(engagement).value(), cpom::cpom_schema().kind("engagement")->number,
                      cpom::cpom_schema().kind("engagement")->field("objectif")->number,
                      std::string("rouge \x1b[31m, \u009b31m\tfin"));
    return {};
  }));
  const std::string shown = navette({"show", dossier_.text()}).out;
  EXPECT_NE(shown.find("rouge ␛[31m, �31m\tfin"), std::string::npos) << shown;
  EXPECT_EQ(value(engagement, "objectif"), "rouge \x1b[31m, \u009b31m\tfin");
  EXPECT_EQ(navette({"set", engagement, "objectif", "bleu \x1b[34m"}).code, kRefused);
}

TEST_F(ClientTest, PhasesAndRolesAreFrenchForPeople) {
  EXPECT_NE(navette({"list"}).out.find("négociation"), std::string::npos);
  EXPECT_EQ(navette({"list", "--json"}).json()[0]["phase"], "negociation");
}

TEST_F(ClientTest, HelpIsNoError) {
  const Ran help = navette({"set", "--help"});
  EXPECT_EQ(help.code, kDone);
  EXPECT_NE(help.out.find("FIELD"), std::string::npos);
}

TEST_F(ClientTest, ANewerReplicaIsRefused) {
  {
    std::fstream file(directory() + "/replica.sqlite", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60);  // user_version, big endian
    file.write("\x00\x00\x7f\x00", 4);
  }
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(directory() + "/replica.sqlite" + suffix);
  const Ran refused = navette({"status"});
  EXPECT_EQ(refused.code, kRefused);
  EXPECT_NE(refused.err.find("récent"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace navette::client
