#include "navette/cli/usage.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

namespace navette::cli {
namespace {

// The library tells what is wrong in English text alone; these are its words. A test makes it say each of them.
constexpr std::string_view kRequired = " is required";
constexpr std::string_view kMissingCommand = "A subcommand is required";
constexpr std::string_view kNotConverted = "Could not convert: ";
constexpr std::string_view kNotInSet = " not in {";
constexpr std::string_view kMissingValue = " missing";
constexpr std::string_view kGivenTwice = ": At Most 1 required";
constexpr std::string_view kFlagWithValue = " was given a disallowed flag override";
constexpr std::string_view kRequires = " requires ";
constexpr std::string_view kExcludes = " excludes ";

std::string quoted(std::string_view word) { return "« " + std::string(word) + " »"; }

// « --name » of « --name: what is wrong with it ».
std::string_view subject(std::string_view told) { return told.substr(0, told.find(": ")); }

// The first word that no command or option took.
std::string unknown(const std::vector<std::string>& words) {
  const auto option = std::ranges::find_if(words, [](const std::string& word) { return word.starts_with("-"); });
  if (option != words.end()) return "option inconnue : " + *option;
  return "argument en trop : " + words.front();
}

std::string missing(const CLI::App& app, std::string_view told) {
  const std::vector<std::string> left = app.remaining(true);
  if (told == kMissingCommand) {
    if (left.empty()) return "il manque la commande";
    return left.front().starts_with("-") ? unknown(left) : "commande inconnue : " + left.front();
  }
  // A misspelt option leaves the right one missing.
  return "il manque " + std::string(told.substr(0, told.rfind(kRequired))) +
         (left.empty() ? "" : " ; " + unknown(left));
}

std::string not_converted(std::string_view told) {
  told.remove_prefix(std::min(told.size(), kNotConverted.size()));
  const auto equals = told.find(" = ");
  if (equals == std::string_view::npos) return "une valeur n'est pas du type attendu";
  const std::string option(told.substr(0, equals));
  return quoted(told.substr(equals + 3)) + " ne convient pas pour " + option;
}

std::string not_valid(std::string_view told) {
  const std::string option(subject(told));
  const auto set = told.rfind(kNotInSet);
  if (set == std::string_view::npos || !told.ends_with('}')) return "la valeur de " + option + " ne convient pas";
  const std::string_view value = told.substr(option.size() + 2, set - option.size() - 2);
  std::string choices;
  for (const char letter : told.substr(set + kNotInSet.size(), told.size() - set - kNotInSet.size() - 1)) {
    choices += letter == ',' ? std::string(", ") : std::string(1, letter);
  }
  return quoted(value) + " ne convient pas pour " + option + " ; choix : " + choices;
}

std::string mismatch(std::string_view told) {
  if (told.ends_with(kMissingValue)) return "il manque la valeur de " + std::string(subject(told));
  if (told.ends_with(kFlagWithValue)) {
    return std::string(told.substr(0, told.size() - kFlagWithValue.size())) + " ne prend pas de valeur";
  }
  if (told.contains(kGivenTwice)) return std::string(subject(told)) + " est donné plusieurs fois";
  return "le nombre de valeurs de " + std::string(subject(told)) + " ne convient pas";
}

std::string between(std::string_view told, std::string_view verb, std::string_view french) {
  const auto at = told.find(verb);
  if (at == std::string_view::npos) return "ces options ne vont pas ensemble";
  return std::string(told.substr(0, at)) + std::string(french) + std::string(told.substr(at + verb.size()));
}

// « Options : », with the blank that French wants.
class FrenchFormatter : public CLI::Formatter {
 public:
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return CLI::Formatter::make_group(group + " ", is_positional, options);
  }
};

template <class Kind>
bool is(const CLI::ParseError& error) {
  return dynamic_cast<const Kind*>(&error) != nullptr;
}

}  // namespace

void speak_french(CLI::App& app) {
  const auto formatter = std::make_shared<FrenchFormatter>();
  formatter->label("Usage", "Usage ");
  formatter->label("Positionals", "Arguments");
  formatter->label("SUBCOMMAND", "COMMANDE");
  formatter->label("SUBCOMMANDS", "COMMANDES");
  formatter->label("REQUIRED", "(obligatoire)");
  formatter->label("Env", "variable ");
  formatter->label("TEXT", "TEXTE");
  for (const char* number : {"INT", "UINT"}) formatter->label(number, "NOMBRE");
  app.formatter(formatter);
  app.group("Commandes ");
  app.set_help_flag("-h,--help", "affiche cette aide");
}

std::string usage_failure(const CLI::App& app, const CLI::ParseError& error) {
  const std::string_view told = error.what();
  if (is<CLI::RequiredError>(error)) return missing(app, told);
  if (is<CLI::ExtrasError>(error)) {
    const std::vector<std::string> left = app.remaining(true);
    return left.empty() ? "il y a des arguments en trop" : unknown(left);
  }
  if (is<CLI::ConversionError>(error)) return not_converted(told);
  if (is<CLI::ValidationError>(error)) return not_valid(told);
  if (is<CLI::ArgumentMismatch>(error)) return mismatch(told);
  if (is<CLI::RequiresError>(error)) return between(told, kRequires, " demande aussi ");
  if (is<CLI::ExcludesError>(error)) return between(told, kExcludes, " exclut ");
  return "ces arguments ne conviennent pas";
}

int tell(const CLI::App& app, const CLI::ParseError& error, std::string_view program, std::ostream& out,
         std::ostream& err) {
  if (error.get_exit_code() == 0) return app.exit(error, out, err);
  err << program << " : " << usage_failure(app, error) << " (« " << program << " --help » ou « " << program
      << " COMMANDE --help » donne l'usage)\n";
  return 1;
}

}  // namespace navette::cli
