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
