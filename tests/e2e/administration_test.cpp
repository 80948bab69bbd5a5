// What the administrator types, checked before anything is stored; what the server's program tells, where it can be
// told.
#include "e2e/agency.hpp"

namespace navette::e2e {
namespace {

using testing::HasSubstr;

class Administration : public AgencyTest {
 protected:
  void SetUp() override { open_demo(); }

  Ran create(const std::string& role, const std::string& scope) {
    return server_.run(
        {"account", "create", "--name", "Compte " + std::to_string(++accounts_), "--role", role, "--scope", scope});
  }
  void refuses(const Ran& ran, const std::string& told) {
    EXPECT_EQ(ran.code, 1) << ran.told();
    EXPECT_THAT(ran.err, HasSubstr(told));
    EXPECT_TRUE(ran.out.empty()) << ran.out;
  }
  // navette-server WORDS, its standard output elsewhere.
  Ran with_output(const std::string& words, const std::string& redirection) {
    const std::string line = std::string("exec \"$0\" ") + words + " --data \"$1\" " + redirection;
    return run({.words = {"/bin/sh", "-c", line, NAVETTE_SERVER_PROGRAM, server_.data().string()}});
  }

 private:
  int accounts_ = 0;
};

TEST_F(Administration, ScopesThatCannotBeAreRefused) {
  for (const char* scope : {"departement:99", "region:99", "all"}) {
    refuses(create("correspondant", scope), "ej:FINESS");
  }
  refuses(create("correspondant", "ej:990001000 all"), "ej:FINESS");
  refuses(create("correspondant", "ej:990001001"), "clé de contrôle");
  refuses(create("negociateur", "departement:7000"), "département « 7000 »");
  refuses(create("negociateur", "departement:20"), "2A");
  refuses(create("negociateur", "region:xx"), "région « xx »");
  EXPECT_TRUE(server_.does({"account", "list"}).out.empty()) << "nothing half made";
  EXPECT_EQ(create("correspondant", "ej:990001000").code, 0);
  EXPECT_EQ(create("correspondant", "ej:750712184").code, 0) << "its establishments may be imported later";
}

TEST_F(Administration, StoredScopesAreNormalised) {
  server_.does({"account", "create", "--name", "Corse", "--role", "negociateur", "--scope", "departement:2a region:1"});
  EXPECT_THAT(server_.does({"account", "list"}).out, HasSubstr("departement:2A region:01"));
  refuses(server_.run({"account", "scope", "--name", "Corse", "--scope", "departement:zz"}), "n'existe pas");
  server_.does({"account", "scope", "--name", "Corse", "--scope", "departement:7"});
  EXPECT_THAT(server_.does({"account", "list"}).out, HasSubstr("departement:07"));
}

TEST_F(Administration, DossiersOfADepartementThatCannotBeAreNoEmptyList) {
  refuses(server_.run({"dossier", "list", "--departement", "999"}), "n'existe pas");
  EXPECT_THAT(server_.does({"dossier", "list", "--departement", "99"}).out, HasSubstr("VALMARAIS"));
  EXPECT_TRUE(server_.does({"dossier", "list", "--departement", "2a"}).out.empty());
  refuses(server_.run({"dossier", "create", "--ej", "990001001", "--effet", "2027-01-01"}), "clé de contrôle");
}

TEST_F(Administration, WordsThatAreNotUtf8AreNamed) {
  const std::string latin = "Ren\xe9";
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"account", "create", "--name", latin, "--role", "negociateur", "--scope", "all"},
           {"account", "create", "--name", "X", "--role", latin, "--scope", "all"},
           {"account", "code", "--name", latin},
           {"dossier", "create", "--ej", latin, "--effet", "2027-01-01"},
           {"dossier", "list", "--departement", latin},
           {"device", "revoke", "--device", latin},
           {"backup", "--to", (place_ / latin).string()},
           {"init", "--name", latin}}) {
    refuses(server_.run(words), "n'est pas en UTF-8");
  }
}

TEST_F(Administration, AnAnswerThatDidNotArriveIsNoSuccess) {
  for (const char* words : {"dossier list", "dossier list --json", "status", "--help"}) {
    for (const char* redirection : {">/dev/full", ">&-"}) {
      const Ran ran = with_output(words, redirection);
      EXPECT_EQ(ran.code, 1) << words << redirection << ran.told();
      EXPECT_THAT(ran.err, HasSubstr("n'a pas pu être écrite")) << words;
    }
  }
  const Ran lost = with_output("account create --name Léa --role negociateur --scope all", ">/dev/full");
  EXPECT_EQ(lost.code, 1);
  EXPECT_THAT(lost.err, HasSubstr("navette-server account code"));
  EXPECT_FALSE(server_.does({"account", "code", "--name", "Léa"}).out.empty());
}

TEST_F(Administration, WhatTheSystemSaysIsToldInFrench) {
  server_.stop();
  refuses(server_.run({"serve", "--listen", "192.0.2.1:0"}), "cette adresse n'est pas celle de cette machine");
  refuses(server_.run({"import", "--etablissements", place_.string()}), "c'est un répertoire");
}

TEST_F(Administration, ABackupLeavesTheServersOwnFilesAlone) {
  refuses(server_.run({"backup", "--to", (server_.data() / "authority.sqlite").string()}), "répertoire du serveur");
  refuses(server_.run({"backup", "--to", (server_.data() / "authority.key").string()}), "répertoire du serveur");
  refuses(server_.run({"backup", "--to", write_file("notes.txt", "à garder")}), "n'est pas une sauvegarde");
  const std::string file = (place_ / "sauvegarde").string();
  server_.does({"backup", "--to", file});
  server_.does({"backup", "--to", file});
  server_.is_sound();
}

}  // namespace
}  // namespace navette::e2e
