#include "connection.hpp"

namespace navette::sql {
namespace {

// Distinct queries kept compiled: several times what one store uses; a bound against generated ones.
constexpr std::size_t kCachedStatements = 512;

}  // namespace

Statement Database::prepare(std::string_view query) {
  auto& cache = state_->statements;
  std::unique_ptr<Statement::State>* slot = nullptr;
  if (const auto found = cache.find(query); found != cache.end()) {
    slot = &found->second;
    if (*slot) return Statement(std::move(*slot));
  }
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(state_->connection.get(), query.data(), static_cast<int>(query.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  require(state_->connection.get(), code, state_->path);
  if (slot == nullptr && cache.size() < kCachedStatements) slot = &cache.try_emplace(std::string(query)).first->second;
  return Statement(std::make_unique<Statement::State>(handle, slot, state_->path));
}

Statement::Statement(std::unique_ptr<State> state) : state_(std::move(state)) {}
Statement::Statement(Statement&&) noexcept = default;

Statement::~Statement() {
  if (!state_) return;
  sqlite3_reset(state_->handle);
  sqlite3_clear_bindings(state_->handle);
  if (std::unique_ptr<State>* slot = state_->slot; slot != nullptr && !*slot) *slot = std::move(state_);
}

Statement& Statement::bind(int index, std::int64_t value) {
  state_->require(sqlite3_bind_int64(state_->handle, index, value));
  return *this;
}

Statement& Statement::bind_text(int index, std::string_view text) {
  // A null pointer would bind NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  state_->require(sqlite3_bind_text64(state_->handle, index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int index, BytesView bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  state_->require(sqlite3_bind_blob64(state_->handle, index, data, bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null(int index) {
  state_->require(sqlite3_bind_null(state_->handle, index));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(state_->handle);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) state_->require(code);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

bool Statement::is_null(int column) const { return column_type(column) == SQLITE_NULL; }
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(state_->handle, column); }
int Statement::column_type(int column) const { return sqlite3_column_type(state_->handle, column); }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(state_->handle, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(state_->handle, column))};
}

BytesView Statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(state_->handle, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(state_->handle, column))};
}

}  // namespace navette::sql
