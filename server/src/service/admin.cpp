#include "navette/server/admin.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "../store/backup_target.hpp"
#include "navette/base/base64.hpp"
#include "navette/base/utf8.hpp"
#include "navette/cpom/demo.hpp"
#include "navette/cpom/dossier.hpp"
#include "navette/cpom/etablissements.hpp"
#include "navette/cpom/numbers.hpp"
#include "navette/net/enrolment_code.hpp"
#include "navette/net/envelope.hpp"
#include "navette/schema/finess.hpp"
#include "navette/server/tuning.hpp"
#include "scope.hpp"
#include "status_json.hpp"

namespace navette::server {
namespace {

using nlohmann::json;

constexpr std::size_t kNameLength = 120;

struct Context {
  const DataDir& data;
  AuthorityStore& store;
  Hub* hub;
  Clock& clock;
  Random& random;
};
using Command = std::function<Result<json>(const Context&, const json&)>;

// Administration of an agency writes under its name.
sync::Author agency(const Context& context) { return {context.data.name, schema::Party::kAgence}; }

Result<json> import(const Context& context, const json& request) {
  NAVETTE_ASSIGN(const Bytes content, from_base64url(request.at("content_base64").get<std::string>()));
  NAVETTE_ASSIGN(const cpom::ImportReport report, cpom::import_etablissements(content));
  NAVETTE_ASSIGN(const std::uint64_t changed, context.store.import_referential(report.entites, context.clock.now()));
  json issues = json::array();
  for (const cpom::ImportIssue& issue : report.issues) {
    issues.push_back({{"line", issue.line}, {"message", issue.message}, {"skipped", issue.skipped}});
  }
  return json{{"rows", report.counts.rows},   {"entites", report.counts.entites},
              {"sites", report.counts.sites}, {"skipped", report.counts.skipped},
              {"changed", changed},           {"issues", std::move(issues)}};
}

std::vector<sync::SeedRecord> seed_records(const std::vector<cpom::RecordSeed>& seeds) {
  std::vector<sync::SeedRecord> records;
  for (const cpom::RecordSeed& seed : seeds) {
    sync::SeedRecord record{seed.id, seed.kind, {}, {}};
    const schema::Kind* kind = cpom::cpom_schema().kind(seed.kind);
    for (const auto& [number, value] : seed.fields) {
      const schema::Field* field = kind->field(number);
      if (field->type == schema::FieldType::kOwner) {
        if (const auto owner = RecordId::parse(schema::text_of(value))) record.owner = *owner;
      } else {
        record.values[number] = value;
      }
    }
    records.push_back(std::move(record));
  }
  return records;
}

Result<json> make_dossier(const Context& context, const cpom::EntiteJuridique& entite, const std::string& date_effet,
                          const cpom::DossierContent& content) {
  NAVETTE_ASSIGN(const auto seeds, cpom::dossier_seed(entite, date_effet, content, context.clock, context.random));
  DossierRow row;
  row.id = DossierId::make_v7(context.clock.now(), context.random);
  row.ej = entite.finess;
  row.label = entite.raison_sociale;
  // Private entities have no name in the public file: their first site says what people call them.
  if (row.label.empty() && !entite.sites.empty()) row.label = entite.sites.front().nom;
  row.date_effet = date_effet;
  row.created = context.clock.now();
  for (const cpom::Site& site : entite.sites) row.sites.push_back({site.finess, site.departement, site.region_code});
  NAVETTE_TRY(context.store.create_dossier(row, seed_records(seeds), agency(context)));
  if (context.hub != nullptr) context.hub->refresh_scopes();
  return json{{"dossier", row.id.text()}};
}

Result<json> create_dossier(const Context& context, const json& request) {
  const std::string finess = schema::normalised_finess(request.at("ej").get<std::string>());
  const std::string date_effet = request.at("effet").get<std::string>();
  NAVETTE_ASSIGN(const cpom::EntiteJuridique entite, known_entite(context.store, finess));
  NAVETTE_ASSIGN(const std::vector<DossierRow> present, context.store.dossiers());
  for (const DossierRow& row : present) {
    if (row.ej == finess && row.date_effet == date_effet) {
      return fail(ErrorCode::kConflict,
                  "cette entité juridique a déjà un dossier à cette date d'effet : " + row.id.text());
    }
  }
  cpom::DossierContent content;
  if (request.contains("engagements")) {
    NAVETTE_ASSIGN(content.engagements, cpom::parse_engagements(request.at("engagements").get<std::string>()));
  }
  return make_dossier(context, entite, date_effet, content);
}

// The fictitious portfolio: establishments of the prefix 99, which no real one has.
Result<json> demo(const Context& context, const json&) {
  json made = json::array();
  for (const cpom::DemoEtablissement& one : cpom::demo_etablissements()) {
    NAVETTE_TRY(context.store.import_referential({one.entite}, context.clock.now()));
    NAVETTE_ASSIGN(json dossier, make_dossier(context, one.entite, one.date_effet, one.content));
    dossier["ej"] = one.entite.finess;
    dossier["name"] = one.entite.raison_sociale;
    made.push_back(std::move(dossier));
  }
  return json{{"dossiers", std::move(made)}};
}

Result<json> list_dossiers(const Context& context, const json& request) {
  std::string departement = request.value("departement", "");
  if (!departement.empty()) {
    NAVETTE_ASSIGN(departement, checked_departement(departement));
  }
  NAVETTE_ASSIGN(const std::vector<DossierRow> rows, context.store.dossiers());
  json dossiers = json::array();
  for (const DossierRow& row : rows) {
    std::set<std::string> departements;
    json sites = json::array();
    for (const DossierSite& site : row.sites) {
      departements.insert(site.departement);
      sites.push_back(site.finess);
    }
    if (!departement.empty() && !departements.contains(departement)) continue;
    dossiers.push_back({{"dossier", row.id.text()},
                        {"ej", row.ej},
                        {"name", row.label},
                        {"date_effet", row.date_effet},
                        {"departements", departements},
                        {"sites", std::move(sites)}});
  }
  return json{{"dossiers", std::move(dossiers)}};
}

Result<json> create_account(const Context& context, const json& request) {
  Account account;
  account.id = AccountId::make_v7(context.clock.now(), context.random);
  NAVETTE_ASSIGN(account.name, normalized(request.at("name").get<std::string>()));
  if (account.name.empty() || code_point_count(account.name) > kNameLength ||
      account.name.find('\n') != std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "un nom de compte a de 1 à 120 caractères, sur une ligne");
  }
  account.role = request.at("role").get<std::string>();
  NAVETTE_ASSIGN(account.scope, checked_scope(context.store, account.role, request.at("scope").get<std::string>()));
  account.created = context.clock.now();
  NAVETTE_TRY(context.store.add_account(account));
  NAVETTE_ASSIGN(const std::string secret,
                 context.store.new_enrolment_code(account.id, context.clock.now(), tuning::kCodeLifetimeMs));
  NAVETTE_ASSIGN(const Hash authority, net::certificate_fingerprint(context.data.authority.certificate_pem));
  return json{{"account", account.id.text()}, {"code", net::EnrolmentCode{secret, authority}.text()}};
}

Result<json> account_code(const Context& context, const json& request) {
  NAVETTE_ASSIGN(const Account account, context.store.account_named(request.at("name").get<std::string>()));
  const std::int64_t lifetime = request.value("lifetime_ms", tuning::kCodeLifetimeMs);
  NAVETTE_ASSIGN(const std::string secret, context.store.new_enrolment_code(account.id, context.clock.now(), lifetime));
  NAVETTE_ASSIGN(const Hash authority, net::certificate_fingerprint(context.data.authority.certificate_pem));
  return json{{"account", account.id.text()}, {"code", net::EnrolmentCode{secret, authority}.text()}};
}

Result<json> list_accounts(const Context& context, const json&) {
  NAVETTE_ASSIGN(const std::vector<Account> accounts, context.store.accounts());
  json all = json::array();
  for (const Account& account : accounts) {
    all.push_back({{"account", account.id.text()},
                   {"name", account.name},
                   {"role", account.role},
                   {"scope", account.scope},
                   {"suspended", account.suspended}});
  }
  return json{{"accounts", std::move(all)}};
}

Result<json> set_scope(const Context& context, const json& request) {
  NAVETTE_ASSIGN(Account account, context.store.account_named(request.at("name").get<std::string>()));
  NAVETTE_ASSIGN(account.scope, checked_scope(context.store, account.role, request.at("scope").get<std::string>()));
  NAVETTE_TRY(context.store.change_account(account));
  if (context.hub != nullptr) context.hub->refresh_scopes();
  return json::object();
}

Result<json> revoke(const Context& context, const json& request) {
  NAVETTE_ASSIGN(const DeviceId device, DeviceId::parse(request.at("device").get<std::string>()));
  NAVETTE_TRY(context.store.revoke_device(device, context.clock.now()));
  if (context.hub != nullptr) {
    context.hub->end(device, {Action::kStop, "ce poste a été révoqué par l'agence : adressez-vous à elle", 0, false});
  }
  return json::object();
}

Result<json> status(const Context& context, const json&) {
  NAVETTE_ASSIGN(const StoreStatus status, context.store.status());
  return status_json(status, context.hub == nullptr ? std::vector<LiveDevice>{} : context.hub->live(),
                     context.clock.now(), context.hub != nullptr);
}

Result<json> verify(const Context& context, const json&) {
  NAVETTE_ASSIGN(const std::vector<Problem> problems, context.store.verify());
  json all = json::array();
  for (const Problem& problem : problems) {
    all.push_back({{"kind", name_of(problem.kind)},
                   {"dossier", problem.dossier.empty() ? json() : json(problem.dossier.text())},
                   {"stream", schema::name_of(problem.audience)},
                   {"revision", problem.revision.value},
                   {"text", problem.text}});
  }
  return json{{"problems", std::move(all)}};
}

// The copy in the clear stays in the data directory, where everything is, and goes away at once.
Result<BackupReport> sealed_backup(const Context& context, const std::filesystem::path& to,
                                   const std::string& recipient) {
  // What is there may be an encrypted backup, or what a plain one may be written over.
  if (!net::is_sealed_file(to)) NAVETTE_TRY(check_backup_target(context.data.path, to));
  const std::filesystem::path plain = context.data.path / "sauvegarde-en-cours.sqlite";
  struct Removed {
    const std::filesystem::path& file;
    ~Removed() {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
    }
  } removed{plain};
  return context.store.backup_to(plain, context.clock.now(), [&](const std::filesystem::path& file) {
    return net::seal_file(file, to, recipient);
  });
}

Result<json> backup(const Context& context, const json& request) {
  const std::filesystem::path to = request.at("to").get<std::string>();
  const std::string recipient = request.value("recipient", "");
  NAVETTE_ASSIGN(const BackupReport report, recipient.empty() ? context.store.backup_to(to, context.clock.now())
                                                              : sealed_backup(context, to, recipient));
  if (context.hub != nullptr) {
    std::vector<sync::Covered> covered;
    NAVETTE_ASSIGN(const std::vector<DossierRow> rows, context.store.dossiers());
    for (const DossierRow& row : rows) {
      NAVETTE_ASSIGN(std::vector<sync::StreamHead> heads, context.store.covered(row.id));
      covered.push_back({row.id, std::move(heads)});
    }
    context.hub->covered(covered);
  }
  return json{{"dossiers", report.dossiers}, {"revisions", report.revisions}};
}

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> kCommands{{"import", import},
                                                        {"dossier create", create_dossier},
                                                        {"dossier list", list_dossiers},
                                                        {"demo", demo},
                                                        {"account create", create_account},
                                                        {"account code", account_code},
                                                        {"account list", list_accounts},
                                                        {"account scope", set_scope},
                                                        {"device revoke", revoke},
                                                        {"status", status},
                                                        {"verify", verify},
                                                        {"backup", backup}};
  return kCommands;
}

Result<json> run(const Context& context, BytesView bytes) {
  const json request = json::parse(bytes, nullptr, false);
  if (!request.is_object()) return fail(ErrorCode::kMalformed, "commande illisible");
  try {
    const auto command = commands().find(request.value("command", ""));
    if (command == commands().end()) {
      return fail(ErrorCode::kUnsupported,
                  "commande inconnue du serveur : mettez-le à la même version que cette commande");
    }
    return command->second(context, request);
  } catch (const json::exception&) {
    return fail(ErrorCode::kMalformed, "commande incomplète");
  }
}

}  // namespace

Bytes Admin::answer(BytesView request) {
  const auto result = run({data_, store_, hub_, clock_, random_}, request);
  json reply = result ? *result : json{{"error", name_of(result.error().code)}, {"message", result.error().message}};
  reply["ok"] = result.has_value();
  return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace navette::server
