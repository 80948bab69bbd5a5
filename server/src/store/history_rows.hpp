// The index of history: which revision changed which field, with values kept often enough that an old one is found
// without reading everything.
#pragma once

#include <map>
#include <utility>

#include "navette/sql/database.hpp"
#include "navette/sync/authority.hpp"

namespace navette::server {

// What the authority asks about the past of one dossier; throws sync::StoreFailure. The caller holds the transaction,
// and one thread uses it. The changes of a push name few bases: what was read last is kept.
class StoredHistory final : public sync::History {
 public:
  StoredHistory(sql::Database& database, const schema::Schema& schema, const DossierId& dossier)
      : database_(database), schema_(schema), dossier_(dossier) {}

  schema::Value value_at(const sync::FieldRef& at, schema::Audience audience, Revision revision) const override;
  std::optional<Hash> chain_at(schema::Audience audience, Revision revision) const override;
  std::optional<sync::Author> author_at(schema::Audience audience, Revision revision) const override;
  std::optional<sync::Author> remover_of(const RecordId& record) const override;
  std::optional<sync::Conflict> closed_conflict(const ConflictId& id) const override;
  bool ever_held(const sync::FieldRef& at, schema::Audience audience, const schema::Value& value) const override;
  bool taken_elsewhere(const RecordId& record) const override;

 private:
  using Place = std::pair<schema::Audience, std::uint64_t>;

  [[nodiscard]] const sync::RevisionBody& body(schema::Audience audience, std::uint64_t number) const;

  sql::Database& database_;
  const schema::Schema& schema_;
  DossierId dossier_;
  mutable std::map<Place, std::optional<Hash>> chains_;
  mutable std::optional<std::pair<Place, sync::RevisionBody>> last_body_;
};

// What one revision does to one field.
struct FieldStep {
  std::int64_t cost = 0;  // bytes to read and apply on top of what was before
  bool whole = false;     // the body itself holds the value
};
// By (record, field); field 0: the record as a whole. One row of the index each.
using FieldSteps = std::map<std::pair<RecordId, schema::FieldNumber>, FieldStep>;
[[nodiscard]] FieldSteps steps_of(const sync::RevisionBody& body);

// Stores a revision and indexes it. `state`: after everything of the push; `last_of`: whether this is the last revision
// of its stream in it, so that the state's values are those after it.
void insert_revision(sql::Database& database, const sync::DossierState& state, const sync::NewRevision& revision,
                     bool last_of_stream);

// A value kept in the history, as it is stored: encoded, or compressed if that is smaller. Nothing: it cannot be read.
[[nodiscard]] Bytes checkpoint_of(const schema::Value& value);
[[nodiscard]] std::optional<schema::Value> value_of_checkpoint(BytesView stored);

// The value of a field after a body's operations. Errors: kCorrupt.
[[nodiscard]] Result<schema::Value> advanced(schema::Value value, const sync::FieldRef& at,
                                             const sync::RevisionBody& body);

}  // namespace navette::server
