// What the writing commands do, and what becomes of a text that is refused.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "client/client_fixture.hpp"

namespace navette::client {
namespace {

class WritingTest : public ClientTest {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const std::string path = directory() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  void use_editor(const std::string& script) {
    const std::string path = file("editeur.sh", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    ::unsetenv("VISUAL");
    ::setenv("EDITOR", path.c_str(), 1);
  }
  std::vector<std::string> kept_texts(const std::string& beginning) {
    std::vector<std::string> texts;
    for (const auto& entry : std::filesystem::directory_iterator(directory())) {
      if (!entry.path().filename().string().starts_with(beginning)) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return texts;
  }
  std::string diagnostic_ = record("diagnostic");
  std::string indicateur_ = record("indicateur");
};

TEST_F(WritingTest, SetMakesADraftAndDiscardTakesItBack) {
  const std::string before = value(indicateur_, "realise_n1");
  ASSERT_EQ(navette({"set", indicateur_, "realise_n1", "80,5"}).code, kDone);
  EXPECT_EQ(value(indicateur_, "realise_n1"), "80,5");
  EXPECT_EQ(status()["drafts"], 1);
  const Json shown = navette({"show", dossier_.text(), "--json"}).json();
  for (const Json& row : shown["records"]) {
    if (row["id"] == indicateur_) EXPECT_EQ(row["drafts"], Json::array({"realise_n1"}));
  }
  ASSERT_EQ(navette({"discard", indicateur_, "realise_n1"}).code, kDone);
  EXPECT_EQ(value(indicateur_, "realise_n1"), before);
  EXPECT_EQ(status()["drafts"], 0);
}

TEST_F(WritingTest, ValuesMayLookLikeOptionsOrCommands) {
  for (const std::string text : {"-5", "list", "set", "- premier point", "sync --watch", ""}) {
    const Ran ran = navette({"set", diagnostic_, "partage", text});
    ASSERT_EQ(ran.code, kDone) << text << ran.err;
    EXPECT_EQ(value(diagnostic_, "partage"), text);
  }
  ASSERT_EQ(navette({"set", diagnostic_, "partage", "--", "--json"}).code, kDone);
  EXPECT_EQ(value(diagnostic_, "partage"), "--json");
}

TEST_F(WritingTest, RefusesWhatTheRoleMayNotWrite) {
  EXPECT_EQ(navette({"set", diagnostic_, "ars", "texte"}).code, kRefused);
  EXPECT_EQ(navette({"set", diagnostic_, "brouillon_ars", "texte"}).code, kRefused);
  EXPECT_EQ(navette({"set", indicateur_, "reference_annee", "bientôt"}).code, kRefused);
  EXPECT_EQ(status()["drafts"], 0);
}

TEST_F(WritingTest, AddPrintsTheRecordAndRemoveHidesIt) {
  const std::string engagement = record("engagement");
  const Ran added = navette({"add", dossier_.text(), "indicateur", "engagement=" + engagement, "intitule=Taux = 3"});
  ASSERT_EQ(added.code, kDone) << added.err;
  const std::string id = added.out.substr(0, 36);
  EXPECT_EQ(value(id, "intitule"), "Taux = 3");
  EXPECT_EQ(value(id, "engagement"), engagement);
  ASSERT_EQ(navette({"remove", id}).code, kDone);
  EXPECT_EQ(status()["drafts"], 0);
  EXPECT_EQ(navette({"add", dossier_.text(), "licorne"}).code, kRefused);
  EXPECT_EQ(navette({"add", dossier_.text(), "indicateur", "intitule"}).code, kRefused);
}

TEST_F(WritingTest, AnIndicatorHangsAtAnEngagement) {
  const Ran refused = navette({"add", dossier_.text(), "indicateur", "intitule=Taux"});
  EXPECT_EQ(refused.code, kRefused);
  EXPECT_NE(refused.err.find("engagement="), std::string::npos) << refused.err;
  EXPECT_EQ(status()["drafts"], 0);
}

TEST_F(WritingTest, AFieldIsGivenOnce) {
  const Ran refused = navette({"add", dossier_.text(), "engagement", "volet=V1", "volet=V2"});
  EXPECT_EQ(refused.code, kRefused);
  EXPECT_NE(refused.err.find("« volet » est donné deux fois"), std::string::npos) << refused.err;
}

TEST_F(WritingTest, ABooleanIsReadAsItIsWritten) {
  for (const std::string word : {"non", "oui"}) {
    ASSERT_EQ(navette({"set", indicateur_, "opposable", word}).code, kDone);
    EXPECT_EQ(value(indicateur_, "opposable"), word);
  }
  use_editor("sed -i 's/oui/non/' \"$1\"");
  ASSERT_EQ(navette({"edit", indicateur_, "opposable"}).code, kDone);
  EXPECT_EQ(value(indicateur_, "opposable"), "non");
}

TEST_F(WritingTest, WhoMayNotIsToldWhyInTheirWords) {
  const Ran refused = navette({"set", diagnostic_, "ars", "texte"});
  EXPECT_NE(refused.err.find("dans la phase « négociation », un correspondant ne peut pas modifier « Diagnostic ARS »"),
            std::string::npos)
      << refused.err;
}

TEST_F(WritingTest, PublishCarriesThePrivateDraft) {
  ASSERT_EQ(navette({"set", diagnostic_, "brouillon_structure", "Notre lecture."}).code, kDone);
  ASSERT_EQ(navette({"discard", diagnostic_, "structure"}).code, kDone);
  ASSERT_EQ(navette({"publish", diagnostic_, "brouillon_structure"}).code, kDone);
  EXPECT_EQ(value(diagnostic_, "structure"), "Notre lecture.");
  EXPECT_EQ(navette({"publish", diagnostic_, "partage"}).code, kRefused);
}

TEST_F(WritingTest, EditTakesAFileOrStandardInput) {
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "--file", file("texte", "Un.\n\nDeux.\n")}).code, kDone);
  EXPECT_EQ(value(diagnostic_, "partage"), "Un.\n\nDeux.\n");
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "-"}, "Trois.").code, kDone);
  EXPECT_EQ(value(diagnostic_, "partage"), "Trois.");
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "--file", "-"}, "Quatre.").code, kDone);
  EXPECT_EQ(value(diagnostic_, "partage"), "Quatre.");
  ASSERT_EQ(navette({"edit", indicateur_, "realise_n1", "-"}, "12\n").code, kDone);
  EXPECT_EQ(value(indicateur_, "realise_n1"), "12");
}

TEST_F(WritingTest, EditMergesWithWhatCameInSinceItsBase) {
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "-"}, "Un. Deux. Trois.").code, kDone);
  const std::string base = navette({"get", diagnostic_, "partage", "--json"}).json()["base"];
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "-"}, "Un. Deux. Trois et demi.").code, kDone);
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "--base", base, "-"}, "Zéro. Deux. Trois.").code, kDone);
  EXPECT_EQ(value(diagnostic_, "partage"), "Zéro. Deux. Trois et demi.");
}

TEST_F(WritingTest, AnEditOverAnotherUnsentDraftSaysThatItIsOne) {
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "-"}, "Un.").code, kDone);
  const std::string base = navette({"get", diagnostic_, "partage", "--json"}).json()["base"];
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "-"}, "Un autre.").code, kDone);
  EXPECT_EQ(navette({"edit", diagnostic_, "partage", "--base", base, "-"}, "Un troisième.").code, kRefused);
  const std::string told = navette({"refusals"}).out;
  EXPECT_NE(told.find("pas encore envoyée"), std::string::npos) << told;
  EXPECT_EQ(told.find("conflit"), std::string::npos) << told;
}

TEST_F(WritingTest, TextThatIsNotUtf8IsRefusedAndKept) {
  const Ran refused = navette({"edit", diagnostic_, "partage", "-"}, "caf\xe9");
  EXPECT_EQ(refused.code, kRefused);
  EXPECT_EQ(kept_texts("texte-refuse"), std::vector<std::string>{"caf\xe9"});
  EXPECT_NE(refused.err.find("texte-refuse"), std::string::npos);
}

TEST_F(WritingTest, MoreThanAnyTextOnStandardInputIsRefusedAndKept) {
  const std::string text(9 * 1024 * 1024, 'x');
  const Ran refused = navette({"edit", diagnostic_, "partage", "-"}, text);
  EXPECT_EQ(refused.code, kRefused);
  EXPECT_NE(refused.err.find("texte-refuse"), std::string::npos) << refused.err;
  EXPECT_TRUE(kept_texts("texte-refuse") == std::vector<std::string>{text});
}

TEST_F(WritingTest, TextThatIsTooLongIsRefusedAndKept) {
  const std::string text(451, 'x');
  EXPECT_EQ(navette({"edit", record("engagement"), "objectif", "-"}, text).code, kRefused);
  EXPECT_EQ(kept_texts("texte-refuse"), std::vector<std::string>{text});
  const std::string path = file("long", text);
  const Ran refused = navette({"edit", record("engagement"), "objectif", "--file", path});
  EXPECT_EQ(refused.code, kRefused);
  EXPECT_NE(refused.err.find(path), std::string::npos);
}

TEST_F(WritingTest, TheEditorStartsFromTheTextAndItsResultIsTaken) {
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "-"}, "Première phrase.").code, kDone);
  use_editor("sed -i 's/Première/Deuxième/' \"$1\"");
  const Ran edited = navette({"edit", diagnostic_, "partage"});
  ASSERT_EQ(edited.code, kDone) << edited.err;
  EXPECT_EQ(value(diagnostic_, "partage"), "Deuxième phrase.");
  EXPECT_TRUE(kept_texts("partage").empty());
}

TEST_F(WritingTest, WhatAnEditorLeavesIsKeptWhenItFailsOrIsRefused) {
  const std::string before = value(diagnostic_, "partage");
  use_editor("echo 'mon travail' > \"$1\"; exit 1");
  const Ran failed = navette({"edit", diagnostic_, "partage"});
  EXPECT_EQ(failed.code, kRefused);
  EXPECT_EQ(kept_texts("partage"), std::vector<std::string>{"mon travail\n"});
  EXPECT_EQ(value(diagnostic_, "partage"), before);
  use_editor("echo 'pas le droit' > \"$1\"");
  const Ran refused = navette({"edit", diagnostic_, "ars"});
  EXPECT_EQ(refused.code, kRefused);
  EXPECT_EQ(kept_texts("ars"), std::vector<std::string>{"pas le droit\n"});
  EXPECT_NE(refused.err.find("/ars-"), std::string::npos);
}

TEST_F(WritingTest, AnEditorThatTookLongMergesWithWhatWasWrittenMeanwhile) {
  ASSERT_EQ(navette({"edit", diagnostic_, "partage", "-"}, "Un. Deux. Trois.").code, kDone);
  use_editor(std::string(NAVETTE_PROGRAM) + " set --replica '" + directory() + "' " + diagnostic_ +
             " partage 'Un. Deux. Quatre.' && sed -i 's/Un/Zéro/' \"$1\"");
  const Ran edited = navette({"edit", diagnostic_, "partage"});
  ASSERT_EQ(edited.code, kDone) << edited.err;
  EXPECT_EQ(value(diagnostic_, "partage"), "Zéro. Deux. Quatre.");
}

TEST_F(WritingTest, TwoProgramsUseOneReplicaAtOnce) {
  const std::string command = std::string("for i in $(seq 1 40); do ") + NAVETTE_PROGRAM + " set --replica '" +
                              directory() + "' " + indicateur_ + " realise_n1 $i || exit 1; done";
  int other = -1;
  std::thread process([&] { other = std::system(command.c_str()); });
  int failures = 0;
  for (int i = 1; i <= 200; ++i) {
    failures += navette({"set", indicateur_, "realise_n2", std::to_string(i)}).code == kDone ? 0 : 1;
    failures += navette({"status"}).code == kDone ? 0 : 1;
  }
  process.join();
  EXPECT_EQ(other, 0);
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(value(indicateur_, "realise_n1"), "40");
  EXPECT_EQ(value(indicateur_, "realise_n2"), "200");
  EXPECT_EQ(navette({"verify"}).code, kDone);
}

}  // namespace
}  // namespace navette::client
