// Accounts: a person, a role, a scope.
#include "core.hpp"

namespace navette::server {
namespace {

constexpr std::string_view kColumns = "SELECT id, name, role, scope, created, suspended FROM account ";

Account account_at(const sql::Statement& statement) {
  return {id_at<AccountId>(statement, 0), std::string(statement.text(1)),  std::string(statement.text(2)),
          std::string(statement.text(3)), Timestamp{statement.integer(4)}, statement.integer(5) != 0};
}

void check(const Account& account, const schema::Schema& schema) {
  if (account.name.empty()) refuse(ErrorCode::kInvalidArgument, "donnez un nom au compte");
  if (!schema.role(account.role)) {
    refuse(ErrorCode::kInvalidArgument, "le rôle « " + account.role + " » n'existe pas");
  }
  (void)or_throw(parse_scope(account.scope));
}

}  // namespace

Result<> AuthorityStore::add_account(const Account& account) {
  return core_->write([&](WriteContext& context) {
    check(account, core_->schema);
    {
      auto statement = context.database.prepare("SELECT 1 FROM account WHERE name = ? OR id = ?");
      if (statement.bind_text(1, account.name).bind_blob(2, account.id.bytes()).step()) {
        refuse(ErrorCode::kConflict, "un compte porte déjà ce nom ; choisissez-en un autre");
      }
    }
    auto statement = context.database.prepare(
        "INSERT INTO account(id, name, role, scope, created, suspended) VALUES(?, ?, ?, ?, ?, ?)");
    statement.bind_blob(1, account.id.bytes()).bind_text(2, account.name).bind_text(3, account.role);
    statement.bind_text(4, account.scope).bind(5, account.created.milliseconds).bind(6, account.suspended ? 1 : 0);
    statement.run();
  });
}

Result<> AuthorityStore::change_account(const Account& account) {
  return core_->write([&](WriteContext& context) {
    check(account, core_->schema);
    auto statement = context.database.prepare("UPDATE account SET role = ?, scope = ?, suspended = ? WHERE id = ?");
    statement.bind_text(1, account.role).bind_text(2, account.scope).bind(3, account.suspended ? 1 : 0);
    statement.bind_blob(4, account.id.bytes()).run();
    if (context.database.changes() == 0) refuse(ErrorCode::kNotFound, "ce compte n'existe pas");
  });
}

Result<Account> AuthorityStore::account(const AccountId& id) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare(std::string(kColumns) + "WHERE id = ?");
    if (!statement.bind_blob(1, id.bytes()).step()) refuse(ErrorCode::kNotFound, "ce compte n'existe pas");
    return account_at(statement);
  });
}

Result<Account> AuthorityStore::account_named(std::string_view name) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare(std::string(kColumns) + "WHERE name = ?");
    if (!statement.bind_text(1, name).step()) refuse(ErrorCode::kNotFound, "ce compte n'existe pas");
    return account_at(statement);
  });
}

Result<std::vector<Account>> AuthorityStore::accounts() const {
  return core_->read([](sql::Database& database) {
    auto statement = database.prepare(std::string(kColumns) + "ORDER BY name");
    std::vector<Account> accounts;
    while (statement.step()) accounts.push_back(account_at(statement));
    return accounts;
  });
}

}  // namespace navette::server
