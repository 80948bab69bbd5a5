#include "navette/sql/typed_tables.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "extra.hpp"

namespace navette::sql {
namespace {

using schema::Field;
using schema::FieldNumber;
using schema::FieldType;
using schema::Kind;
using schema::Value;

// Columns 0 to 4 of every SELECT; the fields follow, in the order of the schema.
enum Column : int { kId, kDossier, kOwner, kExtra, kState, kFirstField };
constexpr std::array<std::string_view, 5> kOwnColumns{"id", "dossier", "owner", "extra", "state"};

std::string quoted(std::string_view identifier) {
  std::string out = "\"";
  for (const char c : identifier) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::string column_name(const Field& field) {
  return std::ranges::find(kOwnColumns, field.name) != kOwnColumns.end() ? field.name + "_" : field.name;
}

bool is_integer(const Field& field) { return field.type == FieldType::kInteger || field.type == FieldType::kBoolean; }
std::string column_definition(const Field& field) {
  return quoted(column_name(field)) + (is_integer(field) ? " INTEGER" : " TEXT");
}

void bind_value(Statement& statement, int index, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    statement.bind(index, *number);
  } else if (!schema::is_empty(value)) {
    statement.bind_text(index, schema::text_of(value));
  }
}

Value value_at(const Statement& statement, int column, const Field& field) {
  if (is_integer(field)) return statement.integer(column);
  return std::string(statement.text(column));
}

template <class AnId>
AnId id_at(const Statement& statement, int column) {
  if (statement.is_null(column)) return {};
  auto id = AnId::from_bytes(statement.blob(column));
  if (!id) throw Failure{{ErrorCode::kCorrupt, "identifiant illisible dans une table : resynchronisez ce dossier"}};
  return *id;
}

Values read_extra(const Statement& statement, int column) {
  auto extra = decode_extra(statement.blob(column));
  if (!extra) throw Failure{std::move(extra).error()};
  return std::move(*extra);
}

void bind_blob_or_null(Statement& statement, int index, BytesView bytes) {
  if (!bytes.empty()) statement.bind_blob(index, bytes);
}

}  // namespace

struct TypedTables::Queries {
  explicit Queries(const Kind& kind);

  std::string table;
  std::vector<const Field*> fields;  // those with a column
  std::string create, index_dossier, index_owner;
  std::string put, erase, erase_dossier, get, of_dossier, owned_by, get_extra, set_extra, with_extra;
  std::map<FieldNumber, std::string> set;

  [[nodiscard]] TypedRow row(const Statement& statement) const;
};

TypedTables::Queries::Queries(const Kind& kind) : table(quoted(kind.name)) {
  std::string definitions, names, places, updates;
  for (const Field& field : kind.fields) {
    if (field.type == FieldType::kOwner) continue;
    fields.push_back(&field);
    const std::string name = quoted(column_name(field));
    definitions += ", " + column_definition(field);
    names += ", " + name;
    places += ", ?";
    updates += ", " + name + " = excluded." + name;
    set[field.number] = "UPDATE " + table + " SET " + name + " = ?1 WHERE id = ?2";
  }
  const std::string select = "SELECT id, dossier, owner, extra, state" + names + " FROM " + table;
  // With row ids: the long texts stay out of the trees that are searched.
  create = "CREATE TABLE IF NOT EXISTS " + table + " (id BLOB NOT NULL PRIMARY KEY, dossier BLOB NOT NULL, owner BLOB" +
           definitions + ", extra BLOB, state BLOB)";
  index_dossier = "CREATE INDEX IF NOT EXISTS " + quoted(kind.name + "_dossier") + " ON " + table + " (dossier, id)";
  index_owner = "CREATE INDEX IF NOT EXISTS " + quoted(kind.name + "_owner") + " ON " + table +
                " (owner, id) WHERE owner IS NOT NULL";
  put = "INSERT INTO " + table + " (id, dossier, owner, extra, state" + names + ") VALUES (?, ?, ?, ?, ?" + places +
        ") ON CONFLICT (id) DO UPDATE SET dossier = excluded.dossier, owner = excluded.owner, extra = excluded.extra, "
        "state = excluded.state" +
        updates;
  erase = "DELETE FROM " + table + " WHERE id = ?1";
  erase_dossier = "DELETE FROM " + table + " WHERE dossier = ?1";
  get = select + " WHERE id = ?1";
  of_dossier = select + " WHERE dossier = ?1 ORDER BY id";
  owned_by = "SELECT id FROM " + table + " WHERE owner = ?1 ORDER BY id";
  get_extra = "SELECT extra FROM " + table + " WHERE id = ?1";
  set_extra = "UPDATE " + table + " SET extra = ?1 WHERE id = ?2";
  with_extra = select + " WHERE extra IS NOT NULL";
}

TypedRow TypedTables::Queries::row(const Statement& statement) const {
  TypedRow row{.id = id_at<RecordId>(statement, kId),
               .dossier = id_at<DossierId>(statement, kDossier),
               .owner = id_at<RecordId>(statement, kOwner),
               .values = read_extra(statement, kExtra),
               .state = Bytes(statement.blob(kState))};
  for (int column = kFirstField; const Field* field : fields) {
    if (!statement.is_null(column)) row.values.insert_or_assign(field->number, value_at(statement, column, *field));
    ++column;
  }
  return row;
}

TypedTables::TypedTables(const schema::Schema& schema) : schema_(schema) {
  for (const Kind& kind : schema.kinds) queries_[kind.number] = std::make_shared<const Queries>(kind);
}

void TypedTables::create(Database& database) const {
  for (const Kind& kind : schema_.kinds) {
    const Queries& queries = *queries_.at(kind.number);
    std::set<std::string, std::less<>> columns;
    {
      Statement existing = database.prepare("SELECT name FROM pragma_table_info(?1)");
      existing.bind_text(1, kind.name);
      while (existing.step()) columns.emplace(existing.text(0));
    }
    const bool is_new = columns.empty();
    bool grown = false;
    if (is_new) database.execute(queries.create);
    for (const Field* field : queries.fields) {
      if (is_new || columns.contains(column_name(*field))) continue;
      database.execute("ALTER TABLE " + queries.table + " ADD COLUMN " + column_definition(*field));
      grown = true;
    }
    database.execute(queries.index_dossier);
    database.execute(queries.index_owner);
    if (!grown) continue;
    // What was received before this program knew the field gets its column.
    std::vector<TypedRow> rows;
    Statement waiting = database.prepare(queries.with_extra);
    while (waiting.step()) rows.push_back(queries.row(waiting));
    for (const TypedRow& row : rows) put(database, kind, row);
  }
}

void TypedTables::put(Database& database, const Kind& kind, const TypedRow& row) const {
  const Queries& queries = *queries_.at(kind.number);
  Statement statement = database.prepare(queries.put);
  statement.bind_blob(kId + 1, row.id.bytes());
  statement.bind_blob(kDossier + 1, row.dossier.bytes());
  if (!row.owner.empty()) statement.bind_blob(kOwner + 1, row.owner.bytes());
  bind_blob_or_null(statement, kState + 1, row.state);
  std::size_t known = 0;
  for (int index = kFirstField + 1; const Field* field : queries.fields) {
    if (const auto value = row.values.find(field->number); value != row.values.end()) {
      bind_value(statement, index, value->second);
      ++known;
    }
    ++index;
  }
  if (known < row.values.size()) {
    Values extra = row.values;
    for (const Field& field : kind.fields) extra.erase(field.number);
    bind_blob_or_null(statement, kExtra + 1, encode_extra(extra));
  }
  statement.run();
}

void TypedTables::set_value(Database& database, const Kind& kind, const RecordId& id, FieldNumber field,
                            const Value& value) const {
  const Queries& queries = *queries_.at(kind.number);
  if (const auto query = queries.set.find(field); query != queries.set.end()) {
    Statement statement = database.prepare(query->second);
    bind_value(statement, 1, value);
    statement.bind_blob(2, id.bytes()).run();
    return;
  }
  if (kind.field(field) != nullptr) return;  // an owner is given at creation
  Values extra;
  {
    Statement statement = database.prepare(queries.get_extra);
    statement.bind_blob(1, id.bytes());
    if (!statement.step()) return;
    extra = read_extra(statement, 0);
  }
  extra[field] = value;
  Statement statement = database.prepare(queries.set_extra);
  bind_blob_or_null(statement, 1, encode_extra(extra));
  statement.bind_blob(2, id.bytes()).run();
}

void TypedTables::erase(Database& database, const Kind& kind, const RecordId& id) const {
  database.prepare(queries_.at(kind.number)->erase).bind_blob(1, id.bytes()).run();
}

void TypedTables::erase_dossier(Database& database, const Kind& kind, const DossierId& dossier) const {
  database.prepare(queries_.at(kind.number)->erase_dossier).bind_blob(1, dossier.bytes()).run();
}

std::optional<TypedRow> TypedTables::get(Database& database, const Kind& kind, const RecordId& id) const {
  const Queries& queries = *queries_.at(kind.number);
  Statement statement = database.prepare(queries.get);
  statement.bind_blob(1, id.bytes());
  if (!statement.step()) return std::nullopt;
  return queries.row(statement);
}

std::vector<TypedRow> TypedTables::of_dossier(Database& database, const Kind& kind, const DossierId& dossier) const {
  const Queries& queries = *queries_.at(kind.number);
  Statement statement = database.prepare(queries.of_dossier);
  statement.bind_blob(1, dossier.bytes());
  std::vector<TypedRow> rows;
  while (statement.step()) rows.push_back(queries.row(statement));
  return rows;
}

std::vector<RecordId> TypedTables::owned_by(Database& database, const Kind& kind, const RecordId& owner) const {
  Statement statement = database.prepare(queries_.at(kind.number)->owned_by);
  statement.bind_blob(1, owner.bytes());
  std::vector<RecordId> ids;
  while (statement.step()) ids.push_back(id_at<RecordId>(statement, 0));
  return ids;
}

}  // namespace navette::sql
