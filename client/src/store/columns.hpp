// Ids, counters and encoded values as columns, both ways. Internal.
#pragma once

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "navette/sql/database.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/replica_store.hpp"

namespace navette::client {

// SQLite counts what is bound from 1; a row is bound in the order of its columns.
class Binder {
 public:
  explicit Binder(sql::Statement& statement) : statement_(statement) {}

  template <class Tag>
  Binder& add(const Id<Tag>& id) {
    return blob(id.bytes());
  }
  template <class Tag>
  Binder& add(Counter<Tag> counter) {
    return add(static_cast<std::int64_t>(counter.value));
  }
  Binder& add(std::int64_t number) {
    statement_.bind(next_++, number);
    return *this;
  }
  template <class Enumeration>
    requires std::is_enum_v<Enumeration>
  Binder& add(Enumeration value) {
    return add(static_cast<std::int64_t>(value));
  }
  Binder& add(const sync::Value& value) { return blob(sync::encode(value)); }
  Binder& add(const std::optional<sync::Value>& value) { return value ? add(*value) : null(); }
  Binder& blob(BytesView bytes) {
    statement_.bind_blob(next_++, bytes);
    return *this;
  }
  Binder& text(std::string_view text) {
    statement_.bind_text(next_++, text);
    return *this;
  }
  Binder& null() {
    statement_.bind_null(next_++);
    return *this;
  }
  // An empty id is NULL.
  template <class Tag>
  Binder& id_or_null(const Id<Tag>& id) {
    return id.empty() ? null() : add(id);
  }

 private:
  sql::Statement& statement_;
  int next_ = 1;
};

// Reads the columns of the present row one after the other. What does not decode throws StoreFailure kCorrupt.
class Row {
 public:
  explicit Row(const sql::Statement& statement) : statement_(statement) {}

  template <class AnId>
  AnId id() {
    const int column = next_++;
    if (statement_.is_null(column)) return {};
    return checked(AnId::from_bytes(statement_.blob(column)));
  }
  template <class ACounter>
  ACounter counter() {
    return {static_cast<std::uint64_t>(number())};
  }
  std::int64_t number() { return statement_.integer(next_++); }
  template <class Small>
  Small small() {  // an enumeration or a number of fewer bits, written by this program
    return static_cast<Small>(number());
  }
  Bytes blob() { return Bytes(statement_.blob(next_++)); }
  std::string text() { return std::string(statement_.text(next_++)); }
  template <class T>
  T decoded() {
    return checked(sync::decode<T>(statement_.blob(next_++)));
  }
  sync::Value value() { return decoded<sync::Value>(); }
  std::optional<sync::Value> optional_value() {
    if (skips_null()) return std::nullopt;
    return value();
  }
  template <class AHash>
  AHash hash() {
    AHash hash;
    const BytesView bytes = statement_.blob(next_++);
    if (bytes.size() != hash.value.size()) corrupt("empreinte de longueur fausse");
    std::ranges::copy(bytes, hash.value.begin());
    return hash;
  }
  // True: the next column is NULL and is passed.
  bool skips_null() {
    if (!statement_.is_null(next_)) return false;
    ++next_;
    return true;
  }
  [[noreturn]] static void corrupt(const std::string& why) {
    throw sync::StoreFailure{
        {ErrorCode::kCorrupt, "la réplique locale est abîmée (" + why + ") : mettez-la de côté et resynchronisez"}};
  }

 private:
  template <class T>
  static T checked(Result<T> result) {
    if (!result) corrupt(result.error().message);
    return std::move(*result);
  }
  const sql::Statement& statement_;
  int next_ = 0;
};

template <class Read>
auto one(sql::Statement& statement, Read read) -> std::optional<decltype(read(std::declval<Row>()))> {
  if (!statement.step()) return std::nullopt;
  return read(Row(statement));
}
template <class Read>
auto all(sql::Statement& statement, Read read) {
  std::vector<decltype(read(std::declval<Row>()))> rows;
  while (statement.step()) rows.push_back(read(Row(statement)));
  return rows;
}

}  // namespace navette::client
