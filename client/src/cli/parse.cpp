// The words of the command line. The only place of the client that knows the parsing library.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/request.hpp"
#include "navette/cli/usage.hpp"
#include "navette/client/program.hpp"

namespace navette::client {
namespace {

// A value may begin with a dash (« -5 », « - premier point »): what stands in its place is never an option.
void protect_value(std::vector<std::string>& arguments) {
  const auto command = std::ranges::find(arguments, "set");
  if (command == arguments.end() || std::ranges::find(arguments, "--") != arguments.end()) return;
  int positionals = 0;
  for (auto at = command + 1; at != arguments.end(); ++at) {
    if (positionals == 2 && *at != "--replica" && *at != "--json" && !at->starts_with("--replica=") &&
        *at != "--help") {
      const std::string value = *at;
      arguments.erase(at);
      arguments.insert(arguments.end(), {"--", value});
      return;
    }
    if (*at == "--replica") {
      if (++at == arguments.end()) return;
    } else if (!at->starts_with('-')) {
      ++positionals;
    }
  }
}

class Grammar {
 public:
  Grammar() {
    cli::speak_french(app_);
    app_.require_subcommand(1);
    app_.add_option("--replica", request_.replica, "répertoire de la réplique")->envname("NAVETTE_REPLICA");
    app_.add_flag("--json", request_.json, "réponse en JSON, pour un programme");
    server_commands();
    reading_commands();
    writing_commands();
    deciding_commands();
  }

  std::variant<Request, int> parse(std::vector<std::string> arguments, std::ostream& out, std::ostream& err) {
    protect_value(arguments);
    std::ranges::reverse(arguments);
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      return cli::tell(app_, error, "navette", out, err);
    }
    if (request_.replica.empty()) {
      err << "navette : indiquez la réplique avec --replica RÉPERTOIRE (ou la variable NAVETTE_REPLICA)\n";
      return kRefused;
    }
    return request_;
  }

 private:
  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& help) {
    CLI::App* made = parent.add_subcommand(name, help);
    made->fallthrough();
    made->callback([this, made, &parent] {
      if (request_.command.empty())
        request_.command = (&parent == &app_ ? "" : parent.get_name() + " ") + made->get_name();
    });
    return made;
  }
  CLI::App* command(const std::string& name, const std::string& help) { return command(app_, name, help); }

  void id(CLI::App* made, const std::string& name) {
    made->add_option(name, request_.id, "identifiant, son début (8 caractères au moins) ou sa fin (6 au moins)")
        ->required();
  }
  void record_and_field(CLI::App* made) {
    id(made, "RECORD");
    made->add_option("FIELD", request_.field, "nom du champ")->required();
  }

  void server_commands() {
    CLI::App* enrol = command("enrol", "inscrit ce poste auprès du serveur de l'agence");
    enrol->add_option("--server", request_.server, "adresse du serveur : wss://NOM:PORT")->required();
    enrol->add_option("--code", request_.code, "code d'inscription remis par l'agence")->required();
    enrol->add_option("--device-name", request_.device_name, "nom de ce poste");
    enrol->add_flag("--renew", request_.renew, "remplace le certificat d'un poste déjà inscrit, garde sa réplique");
    command("sync", "échange avec le serveur")
        ->add_flag("--watch", request_.watch, "reste connecté et échange au fil de l'eau");
    CLI::App* history = command("history", "l'historique d'un dossier, demandé au serveur");
    id(history, "DOSSIER");
    history->add_option("--record", request_.record, "une seule fiche");
    history->add_option("--field", request_.field, "un seul champ de cette fiche");
    history->add_option("--limit", request_.limit, "nombre d'entrées, les plus récentes d'abord")->default_val(200);
  }

  void reading_commands() {
    command("list", "les dossiers de ce poste");
    command("status", "où en est ce poste");
    command("verify", "contrôle l'intégrité de la réplique");
    id(command("show", "un dossier"), "DOSSIER");
    id(command("check", "les anomalies d'un dossier"), "DOSSIER");
    record_and_field(command("get", "la valeur d'un champ, exactement"));
    command("conflicts", "les conflits à régler")->add_flag("--all", request_.all, "aussi ceux qui sont réglés");
    command("refusals", "ce que le serveur n'a pas accepté, gardé ici");
  }

  void writing_commands() {
    CLI::App* set = command("set", "donne une valeur à un champ");
    record_and_field(set);
    set->add_option("VALUE", request_.value, "la valeur ; vide : efface")->required();
    CLI::App* edit = command("edit", "remplace le texte d'un champ (fichier, entrée standard ou $EDITOR)");
    record_and_field(edit);
    edit->add_option("--base", request_.base, "repère donné par « get --json »");
    edit->add_option("--file", request_.file, "fichier du texte entier ; - : entrée standard");
    edit->add_option("DASH", request_.dash, "- : entrée standard")->check(CLI::IsMember({"-"}));
    CLI::App* add = command("add", "ajoute une fiche");
    id(add, "DOSSIER");
    add->add_option("KIND", request_.kind, "type de la fiche")->required();
    add->add_option("ASSIGNMENTS", request_.assignments, "CHAMP=VALEUR …");
    id(command("remove", "retire une fiche"), "RECORD");
    CLI::App* discard = command("discard", "abandonne ce qui n'est pas envoyé");
    id(discard, "RECORD");
    discard->add_option("FIELD", request_.field, "un seul champ");
    record_and_field(command("publish", "publie un brouillon privé"));
    command("batch", "une commande JSON par ligne sur l'entrée standard");
  }

  void deciding_commands() {
    CLI::App* resolve = command("resolve", "règle un conflit");
    id(resolve, "CONFLICT");
    resolve->add_option("--take", request_.take, "la version à garder")
        ->check(CLI::IsMember({"committed", "incoming", "suggestion"}));
    resolve->add_option("--file", request_.file,
                        "fichier de ce qui remplace le paragraphe montré ; - : entrée standard");
    CLI::App* improve = command("improve", "reprend son propre texte dans un conflit ouvert");
    id(improve, "CONFLICT");
    improve->add_option("--file", request_.file, "fichier du paragraphe ; - : entrée standard")->required();
    CLI::App* refusal = app_.add_subcommand("refusal", "reprend ou abandonne un refus");
    refusal->fallthrough();
    refusal->require_subcommand(1);
    id(command(*refusal, "retry", "en refait une modification à envoyer"), "ID");
    id(command(*refusal, "drop", "l'abandonne"), "ID");
  }

  Request request_;
  CLI::App app_{"Navette : contrats de santé partagés entre l'établissement et l'agence, en ligne ou hors ligne",
                "navette"};
};

}  // namespace

std::variant<Request, int> parse_command_line(std::vector<std::string> arguments, std::ostream& out,
                                              std::ostream& err) {
  return Grammar().parse(std::move(arguments), out, err);
}

}  // namespace navette::client
