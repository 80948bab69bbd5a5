// The file authority.sqlite: its tables and their migrations. STORE.md says what each column means.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "navette/base/id.hpp"
#include "navette/sql/database.hpp"
#include "navette/sql/typed_tables.hpp"

namespace navette::server {

inline constexpr std::int32_t kApplication = 0x4E564155;  // "NVAU"
inline constexpr const char* kLockFile = "authority.lock";

// What the file says about itself.
struct Meta {
  EpochId epoch;
  Bytes key;  // authenticates revisions
  std::string server_name;
};

// Brings the file to the newest version, and the typed tables to the schema.
[[nodiscard]] Result<> migrate_authority(sql::Database& database, const sql::TypedTables& tables);
[[nodiscard]] std::int64_t newest_version();

[[nodiscard]] std::optional<Bytes> read_meta(sql::Database& database, std::string_view name);
void write_meta(sql::Database& database, std::string_view name, BytesView value);
[[nodiscard]] std::optional<Timestamp> read_meta_time(sql::Database& database, std::string_view name);
void write_meta_time(sql::Database& database, std::string_view name, Timestamp time);
// Reads it; a new file gets a new epoch and key.
[[nodiscard]] Result<Meta> load_or_create_meta(sql::Database& database, const std::string& server_name, Random& random);

}  // namespace navette::server
