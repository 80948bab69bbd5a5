#include "navette/sql/database.hpp"

namespace navette::sql {
namespace {

// For destructors. What cannot be undone was undone by SQLite already (disk full), or the connection's end does it.
void run_quietly(Database& database, std::string_view query) noexcept {
  try {
    if (database.in_transaction()) database.prepare(query).run();
  } catch (const Failure&) {  // NOLINT(bugprone-empty-catch): see above
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  database_.prepare(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

Transaction::~Transaction() {
  if (!done_) run_quietly(database_, "ROLLBACK");
}

void Transaction::commit() {
  database_.prepare("COMMIT").run();
  done_ = true;
}

// One name for all: SQLite finds the innermost savepoint of a name first.
Savepoint::Savepoint(Database& database) : database_(database) { database_.prepare("SAVEPOINT part").run(); }

Savepoint::~Savepoint() {
  if (done_) return;
  run_quietly(database_, "ROLLBACK TO part");
  run_quietly(database_, "RELEASE part");
}

void Savepoint::release() {
  database_.prepare("RELEASE part").run();
  done_ = true;
}

}  // namespace navette::sql
