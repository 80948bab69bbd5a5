// One typed table per kind, generated from the schema: any SQLite tool can read them. Both stores use it.
//
//   CREATE TABLE <kind> (id BLOB PRIMARY KEY, dossier BLOB, owner BLOB, <one column per field>, extra BLOB, state BLOB)
//
// Integers and booleans are INTEGER columns, everything else TEXT; NULL is "no value". `extra` is for fields of a newer
// schema, `state` for the store that owns the table. A kOwner field has no column of its own: it is `owner`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "navette/base/id.hpp"
#include "navette/schema/schema.hpp"
#include "navette/sql/database.hpp"

namespace navette::sql {

struct TypedRow {
  RecordId id;
  DossierId dossier;
  RecordId owner = {};  // empty: NULL
  std::map<schema::FieldNumber, schema::Value> values = {};
  Bytes state = {};  // empty: NULL
};

class TypedTables {
 public:
  explicit TypedTables(const schema::Schema& schema);

  void create(Database& database) const;  // tables and indexes, if missing; columns of new fields are added
  void put(Database& database, const schema::Kind& kind, const TypedRow& row) const;  // inserts or replaces
  void set_value(Database& database, const schema::Kind& kind, const RecordId& id, schema::FieldNumber field,
                 const schema::Value& value) const;
  void erase(Database& database, const schema::Kind& kind, const RecordId& id) const;
  void erase_dossier(Database& database, const schema::Kind& kind, const DossierId& dossier) const;
  [[nodiscard]] std::optional<TypedRow> get(Database& database, const schema::Kind& kind, const RecordId& id) const;
  [[nodiscard]] std::vector<TypedRow> of_dossier(Database& database, const schema::Kind& kind,
                                                 const DossierId& dossier) const;  // by id
  [[nodiscard]] std::vector<RecordId> owned_by(Database& database, const schema::Kind& kind,
                                               const RecordId& owner) const;
  [[nodiscard]] const schema::Schema& schema() const { return schema_; }

 private:
  struct Queries;  // the SQL text of one kind
  const schema::Schema& schema_;
  std::map<schema::KindNumber, std::shared_ptr<const Queries>> queries_;
};

}  // namespace navette::sql
