// The words, options, keys and exit codes that scripts rely on, and French for people.
#include <set>

#include "e2e/agency.hpp"

namespace navette::e2e {
namespace {

using testing::HasSubstr;

std::set<std::string> keys(const Json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

void has_keys(const Json& object, std::initializer_list<const char*> wanted) {
  const std::set<std::string> present = keys(object);
  for (const char* name : wanted) EXPECT_TRUE(present.contains(name)) << name << " is not in " << object.dump();
}

class CommandLine : public AgencyTest {
 protected:
  void SetUp() override {
    open_demo();
    bring_people();
  }
  std::string conflict_on(const std::string& field) {
    claire_.set(indicateur_, field, "1");
    paul_.set(indicateur_, field, "2");
    for (const Replica& one : {claire_, paul_, claire_}) one.sync();
    return claire_.conflicts().at(0).at("id");
  }
};

TEST_F(CommandLine, ListStatusAndShowHaveTheirKeys) {
  has_keys(claire_.json({"list"}).at(0), {"dossier", "phase", "head", "drafts", "conflicts", "refusals"});
  has_keys(claire_.json({"status"}),
           {"connected", "epoch", "dossiers", "behind", "drafts", "outbox", "conflicts", "refusals", "last_sync"});
  const Json shown = claire_.show(dossier_);
  has_keys(shown, {"dossier", "head", "phase", "records"});
  has_keys(shown.at("records").at(0), {"id", "kind", "fields", "drafts"});
  EXPECT_EQ(shown.at("phase"), "negociation");
  std::set<std::string> kinds;
  for (const Json& record : shown.at("records")) kinds.insert(record.at("kind").get<std::string>());
  EXPECT_THAT(kinds,
              testing::IsSupersetOf({"contrat", "entite_juridique", "site", "engagement", "indicateur", "diagnostic"}));
  // One diagnosis per volet, one per engagement.
  std::set<std::string> volets;
  for (const Json& record : claire_.records(dossier_, "diagnostic"))
    volets.insert(record.at("fields").value("volet", ""));
  EXPECT_TRUE(volets.contains("V1") && volets.contains("V2"));
}

TEST_F(CommandLine, FieldsThatScriptsNameExist) {
  for (const char* field : {"engagement", "intitule", "mode_calcul", "unite", "source", "reference_valeur",
                            "reference_annee", "cible_n1", "cible_n5", "realise_n1", "realise_n5", "statut"}) {
    claire_.does({"get", indicateur_, field});
  }
  for (const char* field : {"numero", "finess", "volet", "objectif"}) claire_.does({"get", engagement_, field});
  for (const char* field : {"structure", "ars", "partage", "brouillon_structure"})
    claire_.does({"get", diagnostic_, field});
  for (const char* field : {"finess", "nom", "code_postal", "commune"}) {
    claire_.does({"get", claire_.records(dossier_, "site").at(0).at("id"), field});
  }
  for (const char* field : {"finess", "raison_sociale"}) {
    claire_.does({"get", claire_.records(dossier_, "entite_juridique").at(0).at("id"), field});
  }
  for (const char* field : {"phase", "date_effet"}) {
    claire_.does({"get", claire_.records(dossier_, "contrat").at(0).at("id"), field});
  }
}

TEST_F(CommandLine, ValuesAreGivenBackExactly) {
  const std::string text = "  Première ligne « accentuée » 😀\n\n\tDeuxième, sans fin de ligne  ";
  claire_.edit(diagnostic_, "structure", text);
  EXPECT_EQ(claire_.get(diagnostic_, "structure"), text);
  const Json got = claire_.json({"get", diagnostic_, "structure"});
  EXPECT_EQ(got.at("value"), text);
  EXPECT_TRUE(got.at("base").is_string());
  claire_.set(indicateur_, "cible_n1", "-5");
  EXPECT_EQ(claire_.get(indicateur_, "cible_n1"), "-5");
  claire_.set(indicateur_, "cible_n1", "");
  EXPECT_EQ(claire_.get(indicateur_, "cible_n1"), "");
}

TEST_F(CommandLine, AnEditMayStartFromAnOlderToken) {
  claire_.edit(diagnostic_, "partage", "Un.\n\nDeux.\n");
  const std::string token = claire_.json({"get", diagnostic_, "partage"}).at("base");
  claire_.does({"edit", diagnostic_, "partage", "--base", token, "-"}, "Un.\n\nDeux et demi.\n");
  EXPECT_EQ(claire_.get(diagnostic_, "partage"), "Un.\n\nDeux et demi.\n");
  Launch in_editor = claire_.launch({"edit", diagnostic_, "partage"});
  in_editor.environment = {{"EDITOR", "sed -i s/demi/quart/"}, {"VISUAL", ""}};
  EXPECT_EQ(run(in_editor).code, 0);
  EXPECT_EQ(claire_.get(diagnostic_, "partage"), "Un.\n\nDeux et quart.\n");
}

TEST_F(CommandLine, IdsMayBeShortenedAsLongAsTheyNameOne) {
  std::string prefix = conflict_on("realise_n1").substr(0, 8);
  claire_.does({"resolve", prefix, "--take", "committed"});
  EXPECT_EQ(claire_.run({"get", indicateur_.substr(0, 4), "statut"}).code, 1);
  const std::string made = claire_.add(dossier_, "engagement", {"objectif=Essai"});
  EXPECT_EQ(claire_.get(made.substr(0, 30), "objectif"), "Essai");
  EXPECT_EQ(claire_.run({"get", "ffffffff", "objectif"}).code, 1);
  // All records of the portfolio were made at the same time: their ids begin alike.
  const Ran several = claire_.run({"get", indicateur_.substr(0, 8), "statut"});
  EXPECT_EQ(several.code, 1);
  EXPECT_THAT(several.err, HasSubstr("plusieurs"));
}

TEST_F(CommandLine, ConflictsRefusalsAndHistoryHaveTheirKeys) {
  conflict_on("realise_n2");
  const Json conflict = claire_.conflicts().at(0);
  has_keys(conflict,
           {"id", "dossier", "record", "field", "base", "committed", "incoming", "suggestion", "parties", "open"});
  EXPECT_EQ(conflict.at("field"), "realise_n2");
  EXPECT_EQ(conflict.at("committed"), "1");
  EXPECT_EQ(conflict.at("incoming"), "2");
  EXPECT_EQ(conflict.at("open"), true);
  EXPECT_EQ(claire_.run({"sync"}).code, 3) << "a conflict waits";
  const Json history = claire_.json({"history", dossier_, "--record", indicateur_, "--field", "realise_n2"});
  ASSERT_FALSE(history.empty());
  has_keys(history.at(0), {"who", "party", "when", "what"});
  EXPECT_THAT(history.dump(), HasSubstr("Claire Dubois"));
  EXPECT_TRUE(claire_.refusals().empty());
}

TEST_F(CommandLine, PeopleReadFrench) {
  conflict_on("realise_n3");
  EXPECT_THAT(claire_.does({"list"}).out, HasSubstr("VALMARAIS"));
  EXPECT_THAT(claire_.does({"status"}).out, HasSubstr("Conflits à régler    1"));
  EXPECT_THAT(claire_.does({"show", dossier_}).out, HasSubstr("Engagement (engagement)"));
  EXPECT_THAT(claire_.does({"conflicts"}).out, HasSubstr("la même valeur a été changée des deux côtés"));
  EXPECT_THAT(claire_.does({"refusals"}).out, HasSubstr("Aucun refus"));
  EXPECT_THAT(claire_.does({"history", dossier_}).out, HasSubstr("Claire Dubois"));
  EXPECT_FALSE(claire_.does({"verify"}).out.empty());
  EXPECT_FALSE(claire_.does({"check", dossier_}).out.empty());
  EXPECT_THAT(claire_.does({"sync"}).out, HasSubstr("1 conflit à régler"));
  EXPECT_THAT(server_.does({"dossier", "list"}).out, HasSubstr("VALMARAIS"));
  EXPECT_THAT(server_.does({"status"}).out, HasSubstr("1 conflit ouvert"));
  EXPECT_THAT(server_.does({"verify"}).out, HasSubstr("conforme"));
}

TEST_F(CommandLine, BatchAnswersEachLineAndIsQuick) {
  std::vector<Json> commands;
  for (int i = 0; i < 1000; ++i) {
    commands.push_back({{"op", "set"}, {"record", indicateur_}, {"field", "cible_n1"}, {"value", std::to_string(i)}});
  }
  const auto start = std::chrono::steady_clock::now();
  for (const Json& answer : claire_.batch(commands)) ASSERT_EQ(answer.at("ok"), true) << answer.dump();
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
  std::cout << "1,000 sets: " << took.count() << " ms\n";
  EXPECT_LT(took, 10s);
  EXPECT_EQ(claire_.get(indicateur_, "cible_n1"), "999");

  const std::vector<Json> answers = claire_.batch(
      {{{"op", "add"}, {"dossier", dossier_}, {"kind", "engagement"}, {"fields", {{"objectif", "Par lot"}}}},
       {{"op", "edit"}, {"record", diagnostic_}, {"field", "partage"}, {"text", "Par lot."}},
       {{"op", "dance"}},
       {{"op", "set"}, {"record", indicateur_}, {"field", "inconnu"}, {"value", "1"}},
       {{"op", "discard"}, {"record", indicateur_}}});
  EXPECT_EQ(answers[0].at("ok"), true) << answers[0].dump();
  EXPECT_EQ(answers[0].at("record").get<std::string>().size(), 36U);
  EXPECT_EQ(answers[1].at("ok"), true) << answers[1].dump();
  EXPECT_EQ(answers[2].at("ok"), false);
  EXPECT_EQ(answers[3].at("ok"), false);
  EXPECT_EQ(answers[4].at("ok"), true) << answers[4].dump();
  EXPECT_NE(claire_.get(indicateur_, "cible_n1"), "999");
}

TEST_F(CommandLine, DiscardGivesTheServersValueBack) {
  const std::string before = claire_.get(indicateur_, "cible_n2");
  claire_.set(indicateur_, "cible_n2", "12345");
  claire_.set(indicateur_, "cible_n3", "12345");
  EXPECT_EQ(claire_.json({"status"}).at("drafts"), 2);
  claire_.does({"discard", indicateur_, "cible_n2"});
  EXPECT_EQ(claire_.get(indicateur_, "cible_n2"), before);
  EXPECT_EQ(claire_.get(indicateur_, "cible_n3"), "12345");
  claire_.does({"discard", indicateur_});
  EXPECT_EQ(claire_.json({"status"}).at("drafts"), 0);
}

TEST_F(CommandLine, TheServersStatusTellsWhoIsWhere) {
  has_keys(server_.status(), {"dossiers", "revisions", "devices", "conflicts", "refusals"});
  has_keys(server_.status().at("devices").at(0), {"last_seen", "head_lag", "drafts", "outbox"});
  EXPECT_EQ(server_.status().at("dossiers").size(), 12U);
  const Json listed = server_.does({"dossier", "list", "--json"}).json();
  EXPECT_EQ(listed.size(), 12U);
}

TEST_F(CommandLine, WrongUseIsCodeOneWithAReasonOnStderr) {
  const std::vector<std::vector<std::string>> wrong{
      {"dance"},
      {"get"},
      {"get", indicateur_, "couleur"},
      {"set", indicateur_, "phase", "x"},
      {"set", indicateur_, "cible_n1", "beaucoup trop\nde lignes"},
      {"add", dossier_, "licorne"},
      {"add", dossier_, "engagement", "objectif"},
      {"add", dossier_, "engagement", "couleur=rouge"},
      {"resolve", "00000000-0000-4000-8000-000000000000", "--take", "committed"},
      {"resolve", "abcdefgh", "--take", "both"},
      {"refusal", "drop", "00000000-0000-4000-8000-000000000000"},
      {"show", "00000000-0000-7000-8000-000000000000"},
      {"history", dossier_, "--field", "statut"},
      {"publish", indicateur_, "cible_n1"}};
  for (const auto& words : wrong) {
    const Ran ran = claire_.run(words);
    EXPECT_EQ(ran.code, 1) << words.front() << ": " << ran.told();
    EXPECT_FALSE(ran.err.empty()) << words.front();
    EXPECT_TRUE(ran.out.empty()) << words.front() << ": " << ran.out;
  }
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"dance"},
           {"dossier", "create", "--ej", "999999999", "--effet", "2027-01-01"},
           {"dossier", "create", "--ej", "990001000", "--effet", "demain"},
           {"account", "create", "--name", "X", "--role", "roi", "--scope", "all"},
           {"account", "create", "--name", "X", "--role", "negociateur", "--scope", "lune:1"},
           {"import", "--etablissements", "/nonexistent.csv"},
           {"device", "revoke", "--device", "x"},
           {"init", "--name", "Y"}}) {
    const Ran ran = server_.run(words);
    EXPECT_EQ(ran.code, 1) << words.front() << ": " << ran.told();
    EXPECT_FALSE(ran.err.empty()) << words.front();
  }
}

TEST_F(CommandLine, OfflineIsCodeTwoAndKeepsEverything) {
  server_.stop();
  claire_.set(indicateur_, "realise_n1", "7");
  const Ran ran = claire_.run({"sync"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("tout est gardé"));
  EXPECT_EQ(claire_.run({"history", dossier_}).code, 2);
  EXPECT_EQ(claire_.get(indicateur_, "realise_n1"), "7");
  EXPECT_EQ(claire_.json({"status"}).at("drafts"), 1);
}

}  // namespace
}  // namespace navette::e2e
