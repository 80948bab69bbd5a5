#include "navette/client/sqlite_replica_store.hpp"

#include "state.hpp"

namespace navette::client {
namespace {

// Health data of one account: tens of megabytes; the pages in use fit.
constexpr std::int64_t kCacheKib = 32 * 1024;
// How long another process's write may last (a dossier of the first synchronisation) before a person is told.
constexpr std::uint32_t kBusyTimeoutMs = 10'000;

}  // namespace

Result<std::unique_ptr<SqliteReplicaStore>> SqliteReplicaStore::open(const std::filesystem::path& directory,
                                                                     const schema::Schema& schema, OpenMode mode) {
  const sql::OpenOptions options{.create = mode == OpenMode::kReadWrite,
                                 .read_only = mode == OpenMode::kReadOnly,
                                 .durability = sql::Durability::kFull,
                                 .busy_timeout_ms = kBusyTimeoutMs,
                                 .cache_kib = kCacheKib};
  const std::string path = (directory / kFileName).string();
  NAVETTE_ASSIGN(sql::Database database, sql::Database::open(path, options));
  sql::TypedTables tables(schema);
  NAVETTE_TRY(prepare_file(database, tables, mode));
  auto state = std::make_unique<State>(path, std::move(database), std::move(tables));
  return std::unique_ptr<SqliteReplicaStore>(new SqliteReplicaStore(std::move(state)));
}

SqliteReplicaStore::SqliteReplicaStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqliteReplicaStore::~SqliteReplicaStore() = default;

Result<void> SqliteReplicaStore::set_durable(bool durable) {
  if (state_->running != State::Running::kNothing) {
    return fail(ErrorCode::kInternal, "changement de durabilité pendant une transaction");
  }
  if (durable == state_->durable) return {};
  try {
    state_->database.set_durability(durable ? sql::Durability::kFull : sql::Durability::kNormal);
  } catch (sql::Failure& failure) {
    return std::unexpected(std::move(failure.error));
  }
  state_->durable = durable;
  return {};
}

void SqliteReplicaStore::checkpoint_aside() {
  state_->checkpointer = std::make_unique<sql::Checkpointer>(state_->path);
  state_->checkpointer->watch(state_->database);
}

Result<void> SqliteReplicaStore::transact(const std::function<Result<void>()>& work) {
  switch (state_->running) {
    case State::Running::kNothing:
      return state_->outermost(sql::Transaction::Kind::kWrite, work);
    case State::Running::kWrite:
      return state_->nested(work);
    case State::Running::kRead:
      break;
  }
  return fail(ErrorCode::kInternal, "écriture demandée pendant une lecture");
}

Result<void> SqliteReplicaStore::read(const std::function<Result<void>()>& work) {
  switch (state_->running) {
    case State::Running::kNothing:
      return state_->outermost(sql::Transaction::Kind::kRead, work);
    case State::Running::kWrite:
    case State::Running::kRead:
      break;
  }
  return state_->nested(work);
}

Result<void> SqliteReplicaStore::State::outermost(sql::Transaction::Kind kind,
                                                  const std::function<Result<void>()>& work) {
  struct Mark {  // back to nothing, however the work ends
    State& state;
    ~Mark() {
      state.running = Running::kNothing;
      state.nested_failure.reset();
    }
  };
  try {
    sql::Transaction transaction(database, kind);
    const Mark mark{*this};
    running = kind == sql::Transaction::Kind::kWrite ? Running::kWrite : Running::kRead;
    NAVETTE_TRY(work());
    if (nested_failure) return std::unexpected(*nested_failure);
    if (running == Running::kWrite) transaction.commit();
    return {};
  } catch (sync::StoreFailure& failure) {
    return std::unexpected(std::move(failure.error));
  } catch (sql::Failure& failure) {
    return std::unexpected(std::move(failure.error));
  }
}

Result<void> SqliteReplicaStore::State::nested(const std::function<Result<void>()>& work) {
  Result<void> result;
  try {
    result = work();
  } catch (sync::StoreFailure& failure) {
    result = std::unexpected(std::move(failure.error));
  } catch (sql::Failure& failure) {
    result = std::unexpected(std::move(failure.error));
  }
  if (!result && !nested_failure) nested_failure = result.error();
  return result;
}

void SqliteReplicaStore::State::require_write() const {
  if (running == Running::kWrite) return;
  throw sync::StoreFailure{{ErrorCode::kInternal, "écriture dans la réplique hors d'une transaction"}};
}

sql::Statement SqliteReplicaStore::State::change(std::string_view text) {
  require_write();
  return database.prepare(text);
}

}  // namespace navette::client
