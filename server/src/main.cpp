// navette-server: the agency's server and its administration.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>

#include "key_commands.hpp"
#include "navette/base/base64.hpp"
#include "navette/base/utf8.hpp"
#include "navette/cli/arguments.hpp"
#include "navette/cli/output.hpp"
#include "navette/cli/usage.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/net/envelope.hpp"
#include "navette/net/tuning.hpp"
#include "navette/os/files.hpp"
#include "navette/os/local_socket.hpp"
#include "navette/os/system.hpp"
#include "navette/server/admin.hpp"
#include "navette/server/service.hpp"
#include "report.hpp"
#include "service/file_modes.hpp"
#include "service/key_admin.hpp"

namespace navette::server {
namespace {

using nlohmann::json;

constexpr std::size_t kImportBytes = 32 * 1024 * 1024;  // the national file of health establishments is under 2 MiB
constexpr const char* kJsonHelp = "réponse en JSON, pour un programme";
constexpr const char* kScopeHelp = "ej:FINESS, departement:DD, region:RR, all";
constexpr std::chrono::minutes kCommandLimit{10};  // a verification reads the whole history

// Options of every command; CLI11 fills them.
struct Options {
  std::string data, name, file, listen = "127.0.0.1:8743", ej, effet, engagements, departement, role, scope, device,
                                recipient, key;
  std::vector<std::string> hosts;
  bool as_json = false;
  std::size_t per_address = net::ServerLimits{}.connections_per_address;
};

// By the running server if there is one, otherwise here.
Result<json> call(const DataDir& data, const json& request) {
  const Bytes bytes = request.dump();
  auto reply = os::local_call(data.control_socket(), bytes, kCommandLimit);
  if (!reply && reply.error().code == ErrorCode::kUnreachable) {
    os::SystemClock clock;
    os::SystemRandom random;
    NAVETTE_ASSIGN(const auto store, open_store(data, random));
    const auto about_keys = KeyAdmin(data, clock, {}).answer(bytes);
    reply = about_keys ? *about_keys : Admin(data, *store, nullptr, clock, random).answer(bytes);
  }
  if (!reply) return std::unexpected(reply.error());
  json answer = json::parse(*reply, nullptr, false);
  if (!answer.is_object()) return fail(ErrorCode::kMalformed, "réponse illisible du serveur");
  if (!answer.value("ok", false)) return fail(ErrorCode::kInvalidArgument, answer.value("message", "refus sans motif"));
  return answer;
}

int report(const Error& error) {
  std::cerr << "navette-server : " << error.message << "\n";
  return 1;
}

int init(const Options& options) {
  os::SystemClock clock;
  std::vector<std::string> hosts = options.hosts;
  for (const char* local : {"localhost", "127.0.0.1", "::1"}) {
    if (std::ranges::find(hosts, local) == hosts.end()) hosts.push_back(local);
  }
  if (const auto made = init_data_dir(options.data, options.name, hosts, clock.now()); !made)
    return report(made.error());
  std::cout << "Serveur « " << options.name << " » créé dans " << options.data << ".\n"
            << "La clé de l'autorité (" << options.data
            << "/authority.key) fait entrer tous les postes : protégez-la.\n";
  return 0;
}

int serve(const Options& options) {
  os::use_all_descriptors();  // one a device: the usual 1,024 would be a small agency
  const auto data = open_data_dir(options.data);
  if (!data) return report(data.error());
  for (const std::string& warning : loose_files(data->path))
    std::cerr << "navette-server : attention, " << warning << "\n";
  const auto service = Service::start(*data, options.listen, options.per_address);
  if (!service) return report(service.error());
  std::cout << "listening " << (*service)->url() << std::endl;
  if (const auto told = cli::written(std::cout); !told) {
    report(told.error());
    std::cout.clear();  // whoever started the server does not read: no reason to serve nobody
  }
  (*service)->wait_for_signal();
  std::cerr << "navette-server : arrêt\n";
  return 0;
}

Result<std::string> read(const std::string& path) { return os::read_file(path, kImportBytes); }

int restore(const Options& options) {
  const auto data = open_data_dir(options.data);
  if (!data) return report(data.error());
  const auto lock = AuthorityStore::lock(data->path);
  if (!lock) return report({lock.error().code, "le serveur tourne sur ce répertoire : arrêtez-le, puis restaurez"});
  os::SystemClock clock;
  os::SystemRandom random;
  std::filesystem::path file = options.file;
  if (const bool sealed = net::is_sealed_file(file); sealed || !options.key.empty()) {
    if (options.key.empty()) {
      return report(
          {ErrorCode::kInvalidArgument, "cette sauvegarde est chiffrée : donnez sa clé avec « --key FICHIER »"});
    }
    file = data->path / "sauvegarde-dechiffree.sqlite";
    const auto key = read(options.key);
    if (!key) return report(key.error());
    if (const auto opened = net::open_sealed_file(options.file, file, *key); !opened) return report(opened.error());
  }
  const auto restored = AuthorityStore::restore(*lock, data->path, file, cpom::served_schema(), random, clock.now());
  if (file != options.file) std::filesystem::remove(file);
  if (!restored) return report(restored.error());
  std::cout << "Sauvegarde restaurée : " << restored->dossiers << " dossiers, nouvelle époque "
            << restored->epoch.text() << ".\n";
  if (!restored->kept_aside.empty()) std::cout << "L'ancienne base est gardée : " << restored->kept_aside << "\n";
  std::cout << "Les postes rendront au serveur ce qu'ils ont gardé depuis cette sauvegarde.\n";
  return 0;
}

// Runs one administration command and shows its answer.
int administer(const Options& options, const json& request, const std::function<int(const json&)>& show) {
  const auto data = open_data_dir(options.data);
  if (!data) return report(data.error());
  const auto answer = call(*data, request);
  if (!answer) return report(answer.error());
  if (options.as_json) {
    json out = *answer;
    out.erase("ok");
    const bool wrapped = out.size() == 1 && out.begin()->is_array();
    std::cout << (wrapped ? *out.begin() : out).dump(2) << "\n";
    return request["command"] == "verify" && !answer->at("problems").empty() ? 1 : 0;
  }
  return show(*answer);
}

// A code is shown once: it is stored nowhere.
int code_arrived(int code) {
  if (code != 0 || cli::written(std::cout)) return code;
  std::cerr
      << "navette-server : le code n'a pas pu être affiché et n'est gardé nulle part : le compte existe, demandez "
         "un autre code avec « navette-server account code »\n";
  return 1;
}

void add_commands(CLI::App& app, Options& options, std::function<int()>& chosen) {
  const auto command = [&](CLI::App* parent, const char* name, const char* help, std::function<int()> run) {
    CLI::App* sub = parent->add_subcommand(name, help);
    sub->add_option("--data", options.data, "répertoire du serveur")->required();
    sub->callback([&chosen, run = std::move(run)] { chosen = run; });
    return sub;
  };
  auto* made = command(&app, "init", "crée un serveur : autorité, certificats, base", [&] { return init(options); });
  made->add_option("--name", options.name, "nom de l'agence")->required();
  made->add_option("--host", options.hosts, "nom ou adresse sous lesquels les postes le joignent");

  auto* served = command(&app, "serve", "sert les postes jusqu'à SIGTERM", [&] { return serve(options); });
  served->add_option("--listen", options.listen, "ADRESSE:PORT, port 0 : au choix")->capture_default_str();
  served
      ->add_option("--per-address", options.per_address,
                   "connexions qu'une même adresse peut tenir ; 0 : sans limite, derrière un répartiteur TCP")
      ->capture_default_str();

  auto* imported = command(&app, "import", "importe ou met à jour les établissements", [&] {
    const auto content = read(options.file);
    if (!content) return report(content.error());
    // JSON carries text only, and the import is to see the bytes: it tells their encoding.
    return administer(options, {{"command", "import"}, {"content_base64", to_base64url(*content)}}, show_import);
  });
  imported->add_option("--etablissements", options.file, "fichier CSV")->required();
  imported->add_flag("--json", options.as_json, kJsonHelp);

  auto* dossier = app.add_subcommand("dossier", "dossiers (CPOM)")->require_subcommand(1);
  auto* created = command(dossier, "create", "crée le dossier d'une entité juridique importée", [&] {
    json request{{"command", "dossier create"}, {"ej", options.ej}, {"effet", options.effet}};
    if (!options.engagements.empty()) {
      const auto content = read(options.engagements);
      if (!content) return report(content.error());
      if (!is_valid_utf8(*content)) {
        return report({ErrorCode::kNotUtf8,
                       "le fichier d'engagements n'est pas en UTF-8 : enregistrez-le en UTF-8, puis recommencez"});
      }
      request["engagements"] = *content;
    }
    return administer(options, request, [](const json& answer) {
      std::cout << answer.at("dossier").get<std::string>() << "\n";
      return 0;
    });
  });
  created->add_option("--ej", options.ej, "FINESS de l'entité juridique")->required();
  created->add_option("--effet", options.effet, "date d'effet, AAAA-MM-JJ")->required();
  created->add_option("--engagements", options.engagements, "engagements à y mettre (JSON)");
  created->add_flag("--json", options.as_json, kJsonHelp);
  auto* listed = command(dossier, "list", "liste les dossiers", [&] {
    return administer(options, {{"command", "dossier list"}, {"departement", options.departement}}, show_dossiers);
  });
  listed->add_option("--departement", options.departement, "d'un département (celui des sites)");
  listed->add_flag("--json", options.as_json, kJsonHelp);

  auto* account = app.add_subcommand("account", "comptes (une personne, un compte)")->require_subcommand(1);
  auto* person = command(account, "create", "crée un compte et donne son code d'enrôlement", [&] {
    const json request{
        {"command", "account create"}, {"name", options.name}, {"role", options.role}, {"scope", options.scope}};
    return code_arrived(administer(options, request, show_code));
  });
  person->add_option("--name", options.name, "nom de la personne")->required();
  person->add_option("--role", options.role, "correspondant, negociateur")->required();
  person->add_option("--scope", options.scope, kScopeHelp)->required();
  person->add_flag("--json", options.as_json, kJsonHelp);
  auto* code = command(account, "code", "donne un nouveau code à un compte (autre poste)", [&] {
    return code_arrived(administer(options, {{"command", "account code"}, {"name", options.name}}, show_code));
  });
  code->add_option("--name", options.name, "nom de la personne")->required();
  code->add_flag("--json", options.as_json, kJsonHelp);
  auto* scoped = command(account, "scope", "change la portée d'un compte", [&] {
    return administer(options, {{"command", "account scope"}, {"name", options.name}, {"scope", options.scope}},
                      show_nothing);
  });
  scoped->add_option("--name", options.name, "nom de la personne")->required();
  scoped->add_option("--scope", options.scope, kScopeHelp)->required();
  command(account, "list", "liste les comptes", [&] {
    return administer(options, {{"command", "account list"}}, show_accounts);
  })->add_flag("--json", options.as_json, kJsonHelp);

  auto* device = app.add_subcommand("device", "postes")->require_subcommand(1);
  command(device, "revoke", "révoque un poste",
          [&] { return administer(options, {{"command", "device revoke"}, {"device", options.device}}, show_nothing); })
      ->add_option("--device", options.device, "identifiant du poste (« navette-server status » le donne)")
      ->required();

  command(&app, "status", "dit qui est à jour, en retard, en conflit", [&] {
    return administer(options, {{"command", "status"}}, show_status);
  })->add_flag("--json", options.as_json, kJsonHelp);
  command(&app, "verify", "vérifie chaînes, empreintes et base", [&] {
    return administer(options, {{"command", "verify"}}, show_problems);
  })->add_flag("--json", options.as_json, kJsonHelp);
  command(&app, "demo", "ajoute le portefeuille fictif de démonstration", [&] {
    return administer(options, {{"command", "demo"}}, show_dossiers);
  })->add_flag("--json", options.as_json, kJsonHelp);
  auto* saved = command(&app, "backup", "sauvegarde, serveur en marche ou non", [&] {
    const std::string to = std::filesystem::absolute(options.file).string();
    // The words are UTF-8; the directory that they start from need not be.
    if (!is_valid_utf8(to)) {
      return report({ErrorCode::kNotUtf8, "le répertoire courant n'est pas en UTF-8 : donnez un chemin absolu"});
    }
    json request{{"command", "backup"}, {"to", to}};
    if (!options.recipient.empty()) {
      const auto certificate = read(options.recipient);
      if (!certificate) return report(certificate.error());
      if (!is_valid_utf8(*certificate)) {
        return report({ErrorCode::kMalformed, "« " + options.recipient + " » n'est pas un certificat"});
      }
      request["recipient"] = *certificate;
    }
    return administer(options, request, show_backup);
  });
  saved->add_option("--to", options.file, "fichier à écrire")->required();
  saved->add_option("--recipient", options.recipient,
                    "certificat pour lequel la chiffrer (« keys recipient » en fait un)");
  auto* restored =
      command(&app, "restore", "remet une sauvegarde en place (serveur arrêté)", [&] { return restore(options); });
  restored->add_option("--from", options.file, "fichier de sauvegarde")->required();
  restored->add_option("--key", options.key, "clé d'une sauvegarde chiffrée");

  auto* keys = app.add_subcommand("keys", "clés et certificats")->require_subcommand(1);
  auto* recipient =
      keys->add_subcommand("recipient", "fait une clé de sauvegarde, à garder ailleurs que sur le serveur");
  recipient->add_option("--name", options.name, "à qui elle est")->required();
  recipient->add_option("--certificate", options.recipient, "certificat à écrire, pour « backup --recipient »")
      ->required();
  recipient->add_option("--key", options.key, "clé à écrire, pour « restore --key »")->required();
  recipient->callback(
      [&] { chosen = [&] { return make_recipient_files(options.name, options.recipient, options.key); }; });
  auto* rotated = keys->add_subcommand("rotate", "remplace une clé, sans arrêt")->require_subcommand(1);
  auto* renewed = command(rotated, "server", "clé et certificat du serveur", [&] {
    json request{{"command", "keys rotate server"}};
    if (!options.hosts.empty()) request["hosts"] = options.hosts;
    return administer(options, request, show_rotated);
  });
  renewed->add_option("--host", options.hosts, "noms ou adresses du nouveau certificat (sans : ceux de l'ancien)");
  renewed->add_flag("--json", options.as_json, kJsonHelp);
}

// The exit code of one command line.
int run(int argc, char** argv) {
  CLI::App app{"navette-server : le serveur de l'agence et son administration", "navette-server"};
  cli::speak_french(app);
  app.require_subcommand(1);
  Options options;
  std::function<int()> chosen;
  add_commands(app, options, chosen);
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (const auto readable = cli::check_utf8(words); !readable) return report(readable.error());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::tell(app, error, "navette-server", std::cout, std::cerr);
  }
  return chosen();
}

}  // namespace
}  // namespace navette::server

int main(int argc, char** argv) {
  ::umask(077);  // whatever is made here is nobody else's: database, journal, backups, keys
  navette::cli::hold_standard_descriptors();
  // A reader that went away is a failed write like any other, and told as one.
  std::signal(SIGPIPE, SIG_IGN);
  const int code = navette::server::run(argc, argv);
  if (const auto written = navette::cli::written(std::cout); !written) return navette::server::report(written.error());
  return code;
}
