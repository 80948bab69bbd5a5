// What the sources of the module share: the connection with its cache of compiled statements. Internal.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "failure.hpp"
#include "navette/sql/database.hpp"

namespace navette::sql {

struct CloseConnection {
  // The v2 form waits for statements that somebody still holds.
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

// One compiled statement: in its slot of the cache, or lent to a Statement.
struct Statement::State {
  State(sqlite3_stmt* compiled, std::unique_ptr<State>* home, const std::string& file)
      : handle(compiled), slot(home), path(file) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { sqlite3_finalize(handle); }

  void require(int code) const { sql::require(sqlite3_db_handle(handle), code, path); }

  sqlite3_stmt* handle;
  std::unique_ptr<State>* slot;  // where it goes back; null: not cached
  const std::string& path;       // of the database, for messages
};

struct QueryHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

struct Database::State {
  std::string path;
  Connection connection;
  std::function<void(std::size_t)> journal_listener;  // empty: nobody
  // An empty slot: the statement is lent. Destroyed before the connection.
  std::unordered_map<std::string, std::unique_ptr<Statement::State>, QueryHash, std::equal_to<>> statements;
};

}  // namespace navette::sql
