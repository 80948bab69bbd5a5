// What a person reads who mistypes a command: French, and what to change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>

#include "navette/cli/arguments.hpp"
#include "navette/cli/output.hpp"
#include "navette/cli/usage.hpp"

namespace navette::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// A program like ours, with one of each kind of word.
class Program {
 public:
  Program() {
    speak_french(app_);
    app_.require_subcommand(1);
    CLI::App* file = app_.add_subcommand("dossier", "dossiers")->require_subcommand(1);
    CLI::App* create = file->add_subcommand("create", "crée un dossier");
    create->add_option("--ej", text_, "entité juridique")->required();
    create->add_option("--limit", number_, "nombre");
    create->add_flag("--json", json_, "en JSON");
    auto* take = create->add_option("--take", taken_, "version")->check(CLI::IsMember({"committed", "incoming"}));
    create->add_option("--file", path_, "fichier")->excludes(take);
    create->add_option("--base", path_, "repère")->needs(take);
    create->add_option("CHAMP", text_, "champ");
  }
  // The exit code, then what it told on standard error.
  std::pair<int, std::string> run(std::vector<std::string> words) {
    std::ranges::reverse(words);
    std::ostringstream err;
    try {
      app_.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
      const int code = tell(app_, error, "navette", out_, err);
      return {code, err.str()};
    }
    return {0, ""};
  }
  [[nodiscard]] std::string out() const { return out_.str(); }

 private:
  CLI::App app_{"programme", "navette"};
  std::ostringstream out_;
  std::string text_, taken_, path_;
  int number_ = 0;
  bool json_ = false;
};

struct Case {
  std::vector<std::string> words;
  std::string told;
};

TEST(Usage, EveryMistakeIsToldInFrench) {
  const std::vector<Case> cases{
      {{}, "il manque la commande"},
      {{"dossier"}, "il manque la commande"},
      {{"danse"}, "commande inconnue : danse"},
      {{"dossier", "danse"}, "commande inconnue : danse"},
      {{"--verbeux"}, "option inconnue : --verbeux"},
      {{"dossier", "create"}, "il manque --ej"},
      {{"dossier", "create", "--je", "9"}, "il manque --ej ; option inconnue : --je"},
      {{"dossier", "create", "--ej", "1", "champ", "encore"}, "argument en trop : encore"},
      {{"dossier", "create", "--ej", "1", "--verbeux"}, "option inconnue : --verbeux"},
      {{"dossier", "create", "--ej"}, "il manque la valeur de --ej"},
      {{"dossier", "create", "--ej", "1", "--ej", "2"}, "--ej est donné plusieurs fois"},
      {{"dossier", "create", "--ej", "1", "--limit", "douze"}, "« douze » ne convient pas pour --limit"},
      {{"dossier", "create", "--ej", "1", "--take", "a: not in {}"},
       "« a: not in {} » ne convient pas pour --take ; choix : committed, incoming"},
      {{"dossier", "create", "--ej", "1", "--json=peut-être"}, "« peut-être » ne convient pas pour --json"},
      {{"dossier", "create", "--ej", "1", "--take", "incoming", "--file", "f"}, "--take exclut --file"},
      {{"dossier", "create", "--ej", "1", "--base", "b"}, "--base demande aussi --take"},
  };
  for (const Case& one : cases) {
    const auto [code, told] = Program().run(one.words);
    EXPECT_EQ(code, 1) << one.told;
    EXPECT_THAT(told, HasSubstr("navette : " + one.told));
    for (const char* english : {"required", "expected", "convert", "allowed", "excludes", "requires", "missing"}) {
      EXPECT_THAT(told, Not(HasSubstr(english)));
    }
  }
}

TEST(Usage, TheHelpHasAFrenchFrame) {
  Program program;
  EXPECT_EQ(program.run({"dossier", "create", "--help"}).first, 0);
  EXPECT_EQ(program.run({"--help"}).first, 0);
  for (const char* french : {"Usage :", "Arguments :", "Options :", "Commandes :", "COMMANDE", "affiche cette aide",
                             "--ej TEXTE (obligatoire)", "--limit NOMBRE"}) {
    EXPECT_THAT(program.out(), HasSubstr(french));
  }
  for (const char* english :
       {"Positionals", "Options:", "Subcommand", "SUBCOMMAND", "REQUIRED", "Print this", "TEXT ", "INT"}) {
    EXPECT_THAT(program.out(), Not(HasSubstr(english)));
  }
}

TEST(Arguments, TextThatIsNotUtf8IsNamedHarmlessly) {
  EXPECT_TRUE(check_utf8(std::vector<std::string>{"account", "--name", "René"}));
  const Result<> latin = check_utf8(std::vector<std::string>{"account", "--name", "Ren\xe9"});
  ASSERT_FALSE(latin);
  EXPECT_EQ(latin.error().code, ErrorCode::kNotUtf8);
  EXPECT_THAT(latin.error().message, HasSubstr("« Ren? » n'est pas en UTF-8"));
}

TEST(Output, AnAnswerThatDidNotArriveIsAnError) {
  std::ofstream full("/dev/full");
  full << "le seul exemplaire d'un code\n";
  const Result<> lost = written(full);
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().message, HasSubstr("n'a pas pu être écrite"));
  std::ostringstream fine;
  fine << "oui";
  EXPECT_TRUE(written(fine));
}

}  // namespace
}  // namespace navette::cli
