// Dossiers, their sites, and who follows them.
#include <algorithm>
#include <set>

#include "core.hpp"

namespace navette::server {
namespace {

void save_sites(sql::Database& database, const DossierRow& row) {
  database.prepare("DELETE FROM dossier_site WHERE dossier = ?").bind_blob(1, row.id.bytes()).run();
  for (const DossierSite& site : row.sites) {
    auto statement = database.prepare(
        "INSERT OR REPLACE INTO dossier_site(dossier, finess, departement, region) VALUES(?, ?, ?, ?)");
    statement.bind_blob(1, row.id.bytes()).bind_text(2, site.finess).bind_text(3, site.departement);
    statement.bind_text(4, site.region).run();
  }
}

std::vector<DossierSite> load_sites(sql::Database& database, const DossierId& dossier) {
  auto statement =
      database.prepare("SELECT finess, departement, region FROM dossier_site WHERE dossier = ? ORDER BY finess");
  statement.bind_blob(1, dossier.bytes());
  std::vector<DossierSite> sites;
  while (statement.step()) {
    sites.push_back({std::string(statement.text(0)), std::string(statement.text(1)), std::string(statement.text(2))});
  }
  return sites;
}

DossierRow row_at(const sql::Statement& statement) {
  return {id_at<DossierId>(statement, 0), std::string(statement.text(1)),  std::string(statement.text(2)),
          std::string(statement.text(3)), Timestamp{statement.integer(4)}, {}};
}

std::string_view query_of(ScopeTerm::Kind kind) {
  switch (kind) {
    case ScopeTerm::Kind::kAll:
      return "SELECT id FROM dossier WHERE ?1 = ''";
    case ScopeTerm::Kind::kEj:
      return "SELECT id FROM dossier WHERE ej = ?1";
    case ScopeTerm::Kind::kDepartement:
      return "SELECT DISTINCT dossier FROM dossier_site WHERE departement = ?1";
    case ScopeTerm::Kind::kRegion:
      return "SELECT DISTINCT dossier FROM dossier_site WHERE region = ?1";
  }
  return "";
}

// What an account follows; nothing when it is suspended. Throws kNotFound.
std::vector<ScopeTerm> scope_of(sql::Database& database, const AccountId& account) {
  auto statement = database.prepare("SELECT scope, suspended FROM account WHERE id = ?");
  statement.bind_blob(1, account.bytes());
  if (!statement.step()) refuse(ErrorCode::kNotFound, "ce compte n'existe pas");
  if (statement.integer(1) != 0) return {};
  return or_throw(parse_scope(statement.text(0)));
}

bool matches(sql::Database& database, const ScopeTerm& term, const DossierId& dossier) {
  auto statement = database.prepare(
      "SELECT 1 FROM dossier WHERE id = ?1 AND (?2 = 0 OR (?2 = 1 AND ej = ?3) OR EXISTS (SELECT 1 FROM dossier_site "
      "WHERE dossier = ?1 AND ((?2 = 2 AND departement = ?3) OR (?2 = 3 AND region = ?3))))");
  statement.bind_blob(1, dossier.bytes()).bind(2, static_cast<std::int64_t>(term.kind)).bind_text(3, term.value);
  return statement.step();
}

}  // namespace

Result<std::vector<ScopeTerm>> parse_scope(std::string_view text) {
  using Kind = ScopeTerm::Kind;
  constexpr std::array<std::pair<std::string_view, Kind>, 3> kPrefixes{
      {{"ej:", Kind::kEj}, {"departement:", Kind::kDepartement}, {"region:", Kind::kRegion}}};
  std::vector<ScopeTerm> terms;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (word.empty()) continue;
    const auto prefix = std::ranges::find_if(kPrefixes, [&](const auto& known) {
      return word.starts_with(known.first) && word.size() > known.first.size();
    });
    if (word == "all") {
      terms.push_back({Kind::kAll, ""});
    } else if (prefix != kPrefixes.end()) {
      terms.push_back({prefix->second, std::string(word.substr(prefix->first.size()))});
    } else {
      return fail(ErrorCode::kInvalidArgument, "périmètre « " + std::string(word) +
                                                   " » inconnu : écrivez all, ej:FINESS, departement:DD ou region:RR");
    }
  }
  if (terms.empty()) return fail(ErrorCode::kInvalidArgument, "indiquez au moins un périmètre (par exemple ej:FINESS)");
  return terms;
}

Result<> AuthorityStore::create_dossier(const DossierRow& row, std::vector<sync::SeedRecord> records,
                                        sync::Author author) {
  return core_->write([&](WriteContext& context) {
    sql::Database& database = context.database;
    if (dossier_exists(database, row.id)) refuse(ErrorCode::kConflict, "ce dossier existe déjà");
    database.prepare("INSERT INTO dossier(id, ej, label, date_effet, created) VALUES(?, ?, ?, ?, ?)")
        .bind_blob(1, row.id.bytes())
        .bind_text(2, row.ej)
        .bind_text(3, row.label)
        .bind_text(4, row.date_effet)
        .bind(5, row.created.milliseconds)
        .run();
    save_sites(database, row);
    sync::DossierState& state = context.states.of(database, row.id);
    persist(context, state, core_->authority->seed(state, records, author, row.created), {}, {});
  });
}

Result<> AuthorityStore::update_dossier(const DossierRow& row) {
  return core_->write([&](WriteContext& context) {
    auto statement = context.database.prepare("UPDATE dossier SET label = ?, date_effet = ? WHERE id = ?");
    statement.bind_text(1, row.label).bind_text(2, row.date_effet).bind_blob(3, row.id.bytes()).run();
    if (context.database.changes() == 0) refuse(ErrorCode::kNotFound, "ce dossier n'existe pas sur le serveur");
    save_sites(context.database, row);
  });
}

Result<DossierRow> AuthorityStore::dossier(const DossierId& id) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare("SELECT id, ej, label, date_effet, created FROM dossier WHERE id = ?");
    if (!statement.bind_blob(1, id.bytes()).step()) {
      refuse(ErrorCode::kNotFound, "ce dossier n'existe pas sur le serveur");
    }
    DossierRow row = row_at(statement);
    row.sites = load_sites(database, id);
    return row;
  });
}

Result<std::vector<DossierRow>> AuthorityStore::dossiers() const {
  return core_->read([](sql::Database& database) {
    auto statement = database.prepare("SELECT id, ej, label, date_effet, created FROM dossier ORDER BY label, id");
    std::vector<DossierRow> rows;
    while (statement.step()) {
      rows.push_back(row_at(statement));
      rows.back().sites = load_sites(database, rows.back().id);
    }
    return rows;
  });
}

Result<std::vector<DossierId>> AuthorityStore::in_scope(const AccountId& account) const {
  return core_->read([&](sql::Database& database) {
    std::set<DossierId> dossiers;
    for (const ScopeTerm& term : scope_of(database, account)) {
      auto statement = database.prepare(query_of(term.kind));
      statement.bind_text(1, term.value);
      while (statement.step()) dossiers.insert(id_at<DossierId>(statement, 0));
    }
    return std::vector<DossierId>(dossiers.begin(), dossiers.end());
  });
}

Result<bool> AuthorityStore::covers(const AccountId& account, const DossierId& dossier) const {
  return core_->read([&](sql::Database& database) {
    return std::ranges::any_of(scope_of(database, account),
                               [&](const ScopeTerm& term) { return matches(database, term, dossier); });
  });
}

}  // namespace navette::server
