// Small helpers between rows and types. What a row cannot be is thrown as sql::Failure (kCorrupt), caught by the store.
#pragma once

#include <cstring>
#include <optional>
#include <string>

#include "navette/base/hash.hpp"
#include "navette/base/id.hpp"
#include "navette/schema/schema.hpp"
#include "navette/sql/database.hpp"

namespace navette::server {

[[noreturn]] inline void refuse(ErrorCode code, std::string message) {
  throw sql::Failure{Error{code, std::move(message)}};
}

template <class T>
[[nodiscard]] T or_throw(Result<T> result) {
  if (!result) throw sql::Failure{std::move(result).error()};
  return std::move(*result);
}

template <class T>
[[nodiscard]] T id_at(const sql::Statement& statement, int column) {
  auto id = T::from_bytes(statement.blob(column));
  if (!id) refuse(ErrorCode::kCorrupt, "un identifiant de la base du serveur est illisible");
  return *id;
}

// H: Hash or ShortHash.
template <class H>
[[nodiscard]] H hash_at(const sql::Statement& statement, int column) {
  const BytesView bytes = statement.blob(column);
  H hash;
  if (bytes.size() != hash.value.size()) refuse(ErrorCode::kCorrupt, "une empreinte de la base est illisible");
  std::memcpy(hash.value.data(), bytes.data(), bytes.size());
  return hash;
}

[[nodiscard]] inline schema::Audience audience_at(const sql::Statement& statement, int column) {
  const std::int64_t number = statement.integer(column);
  if (number < 0 || number >= static_cast<std::int64_t>(schema::kAudienceCount)) {
    refuse(ErrorCode::kCorrupt, "un public inconnu figure dans la base du serveur");
  }
  return static_cast<schema::Audience>(number);
}

[[nodiscard]] inline std::uint64_t count_at(const sql::Statement& statement, int column) {
  return static_cast<std::uint64_t>(statement.integer(column));
}

[[nodiscard]] inline std::optional<Timestamp> time_at(const sql::Statement& statement, int column) {
  if (statement.is_null(column)) return std::nullopt;
  return Timestamp{statement.integer(column)};
}

[[nodiscard]] inline std::int64_t as_row(schema::Audience audience) { return static_cast<std::int64_t>(audience); }
template <class Tag>
[[nodiscard]] std::int64_t as_row(const Counter<Tag>& counter) {
  return static_cast<std::int64_t>(counter.value);
}

}  // namespace navette::server
