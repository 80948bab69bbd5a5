// RAII over SQLite, one class per idea. A Database and its statements belong to one thread at a time.
// sqlite3* never leaves its source file. What fails throws sql::Failure; the store that owns the Database catches it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"

namespace navette::sql {

// The library's refusal with its meaning for people (disk full, busy, read-only, corrupt, …).
struct Failure {
  Error error;
};

enum class Durability : std::uint8_t {
  kFull,    // a commit is on the disk when it returns
  kNormal,  // a commit may be lost on power failure, never torn (WAL)
};

struct OpenOptions {
  bool create = true;
  bool read_only = false;
  Durability durability = Durability::kFull;
  std::uint32_t busy_timeout_ms = 10'000;  // how long to wait for another process's write
  std::int64_t cache_kib = 16 * 1024;
};

class Statement;

class Database {
 public:
  // Opens in WAL mode with foreign keys on, checks that it is a database. Errors by value: kBusy, kReadOnly, kDiskFull,
  // kCorrupt, kNotFound.
  [[nodiscard]] static Result<Database> open(const std::string& path, const OpenOptions& options);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // A cached, compiled statement, reset and with nothing bound. REQUIRES: not in use further up the stack.
  [[nodiscard]] Statement prepare(std::string_view query);
  void execute(std::string_view script);       // several statements, no results
  [[nodiscard]] std::int64_t changes() const;  // rows changed by the last statement
  [[nodiscard]] bool in_transaction() const;
  void set_durability(Durability durability);  // outside a transaction
  // Told after each commit of this connection how many pages the journal holds; must not use the connection.
  void on_journal(std::function<void(std::size_t pages)> listener);
  [[nodiscard]] Result<void> check_integrity();                   // PRAGMA integrity_check; names what is wrong
  [[nodiscard]] Result<void> backup_to(const std::string& path);  // consistent while others write; atomic at the end
  // PRAGMA user_version and application_id.
  [[nodiscard]] std::int64_t user_version();
  void set_user_version(std::int64_t version);

 private:
  friend class Statement;
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Runs one query. Use: statement.bind(1, x).bind(2, y); while (statement.step()) statement.integer(0) …
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();  // resets it and gives it back to the cache

  Statement& bind(int index, std::int64_t value);  // 1-based, as SQLite counts
  Statement& bind_text(int index, std::string_view text);
  Statement& bind_blob(int index, BytesView bytes);
  Statement& bind_null(int index);
  [[nodiscard]] bool step();                     // true: a row is there
  void run();                                    // steps to the end
  [[nodiscard]] bool is_null(int column) const;  // 0-based, as SQLite counts
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  // until the next step
  [[nodiscard]] BytesView blob(int column) const;         // until the next step
  [[nodiscard]] int column_type(int column) const;

 private:
  friend class Database;
  struct State;
  explicit Statement(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Begun in the constructor, rolled back in the destructor unless committed.
class Transaction {
 public:
  enum class Kind : std::uint8_t { kRead, kWrite };  // kWrite takes the write lock at once: no deadlock later
  Transaction(Database& database, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool done_ = false;
};

// A part of a transaction that can fail alone. Rolled back in the destructor unless released.
class Savepoint {
 public:
  explicit Savepoint(Database& database);
  ~Savepoint();
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  void release();

 private:
  Database& database_;
  bool done_ = false;
};

// A migration is a number, a reason and a function; all that are missing run in one transaction.
struct Migration {
  std::int64_t number;
  std::string_view reason;
  std::function<void(Database&)> run;
};
// Brings a file to the newest number. Errors: kNewerVersion for a file of a newer program; kCorrupt for a file with
// another application_id. `application` marks whose file it is.
[[nodiscard]] Result<void> migrate(Database& database, std::int32_t application, std::span<const Migration> migrations);

}  // namespace navette::sql
