#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "connection.hpp"

namespace navette::sql {
namespace {

// Sixteen megabytes of journal: a commit that has to bring them into the file is late by some tens of milliseconds.
constexpr int kJournalMostPages = 4'000;
// Two programs that create one file at once: SQLite does not wait by itself for the change to WAL.
constexpr int kWalRetryMs = 10;
// Health data: for its owner alone. SQLite gives the files beside it the same mode.
constexpr mode_t kFileMode = 0600;

// Nothing: there is no such file.
std::optional<std::int64_t> size_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? std::optional<std::int64_t>(status.st_size) : std::nullopt;
}

bool is_file(const std::string& path) { return !path.empty() && path != ":memory:"; }

std::string synchronous(Durability durability) {
  return durability == Durability::kFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
}

void run(sqlite3* connection, const std::string& script, const std::string& path) {
  require(connection, sqlite3_exec(connection, script.c_str(), nullptr, nullptr, nullptr), path);
}

// After a commit. What nobody else brought into the file, this connection does: the journal stays bounded.
int after_commit(void* listener, sqlite3* connection, const char* name, int pages) {
  const auto& tell = *static_cast<const std::function<void(std::size_t)>*>(listener);
  if (tell) tell(static_cast<std::size_t>(pages));
  if (pages >= kJournalMostPages) {
    sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
  return SQLITE_OK;
}

void use_wal(sqlite3* connection, const std::string& path, std::uint32_t timeout_ms) {
  for (std::uint32_t waited_ms = 0;; waited_ms += kWalRetryMs) {
    const int code = sqlite3_exec(connection, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if ((code & 0xff) != SQLITE_BUSY || waited_ms >= timeout_ms) return require(connection, code, path);
    sqlite3_sleep(kWalRetryMs);
  }
}

// Readers share an index of the journal in a file beside it. A full disk has no room to make one: whoever reads alone
// keeps it in memory, which takes the locks of a writer and writes nothing.
enum class JournalIndex : std::uint8_t { kShared, kOwn };

int open_flags(const OpenOptions& options, JournalIndex index) {
  const int access = index == JournalIndex::kOwn ? SQLITE_OPEN_READWRITE
                     : options.read_only         ? SQLITE_OPEN_READONLY
                     : options.create            ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                 : SQLITE_OPEN_READWRITE;
  return access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
}

void configure(sqlite3* connection, const std::string& path, const OpenOptions& options, JournalIndex index) {
  // A file that proves unreadable stays as it is, and its journal beside it.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // A column that is not there is an error, not a text in double quotes.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_busy_timeout(connection, static_cast<int>(options.busy_timeout_ms));
  if (index == JournalIndex::kOwn) run(connection, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = ON", path);
  run(connection, "SELECT count(*) FROM sqlite_schema", path);  // is it a database, and whole?
  if (!options.read_only) {
    // Without write access SQLite opens for reading only and says nothing.
    if (sqlite3_db_readonly(connection, "main") != 0) throw Failure{error_of(SQLITE_READONLY, 0, path, "")};
    use_wal(connection, path, options.busy_timeout_ms);
  }
  run(connection,
      // Not mapped: each commit of another connection would undo the mapping.
      "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -" +
          std::to_string(options.cache_kib) + "; " + synchronous(options.durability),
      path);
  if (index == JournalIndex::kShared) sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

Result<Connection> connect(const std::string& path, const OpenOptions& options, JournalIndex index, bool is_new) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, open_flags(options, index), nullptr);
  Connection connection(raw);
  if (code != SQLITE_OK) return std::unexpected(error_of(raw, code, path));
  if (is_new) ::chmod(path.c_str(), kFileMode);  // the files beside it take its mode
  try {
    configure(connection.get(), path, options, index);
  } catch (Failure& failure) {
    return std::unexpected(std::move(failure.error));
  }
  return connection;
}

}  // namespace

Result<Database> Database::open(const std::string& path, const OpenOptions& options) {
  const std::optional<std::int64_t> size = is_file(path) ? size_of(path) : std::int64_t{0};
  const bool is_new = !size;
  if (is_new && errno == EACCES) {
    return fail(ErrorCode::kReadOnly,
                "« " + path + " » ne vous est pas accessible : vérifiez vos droits sur ce répertoire");
  }
  if (is_new && (options.read_only || !options.create)) {
    return fail(ErrorCode::kNotFound, "« " + path + " » n'existe pas : vérifiez le chemin");
  }
  // SQLite would throw the journal away, and with it what can still be read.
  if (is_file(path) && size.value_or(0) == 0 && size_of(path + "-wal").value_or(0) != 0) {
    return std::unexpected(error_of(SQLITE_CORRUPT, 0, path, "il a perdu son contenu, son journal est là"));
  }
  auto connection = connect(path, options, JournalIndex::kShared, is_new);
  if (!connection && options.read_only && connection.error().code == ErrorCode::kDiskFull) {
    connection = connect(path, options, JournalIndex::kOwn, false);
  }
  if (!connection) return std::unexpected(connection.error());
  auto state = std::make_unique<State>(path, std::move(*connection));
  sqlite3_wal_hook(state->connection.get(), after_commit, &state->journal_listener);
  return Database(std::move(state));
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

void Database::execute(std::string_view script) { run(state_->connection.get(), std::string(script), state_->path); }
std::int64_t Database::changes() const { return sqlite3_changes64(state_->connection.get()); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(state_->connection.get()) == 0; }
void Database::set_durability(Durability durability) { execute(synchronous(durability)); }

void Database::on_journal(std::function<void(std::size_t pages)> listener) {
  state_->journal_listener = std::move(listener);
}

std::int64_t Database::user_version() {
  Statement query = prepare("PRAGMA user_version");
  return query.step() ? query.integer(0) : 0;
}

void Database::set_user_version(std::int64_t version) { execute("PRAGMA user_version = " + std::to_string(version)); }

Result<void> Database::check_integrity() {
  try {
    std::string problems;
    Statement check = prepare("PRAGMA integrity_check(10)");
    while (check.step()) {
      if (check.text(0) != "ok") problems += (problems.empty() ? "" : " ; ") + std::string(check.text(0));
    }
    if (problems.empty()) return {};
    return std::unexpected(error_of(SQLITE_CORRUPT, 0, state_->path, problems));
  } catch (Failure& failure) {
    return std::unexpected(std::move(failure.error));
  }
}

}  // namespace navette::sql
