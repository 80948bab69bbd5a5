// Rows of the head state ↔ sync::DossierState. The caller holds the transaction.
#pragma once

#include <optional>
#include <vector>

#include "navette/sql/typed_tables.hpp"
#include "navette/sync/authority.hpp"

namespace navette::server {

class StateRows {
 public:
  explicit StateRows(const sql::TypedTables& tables) : tables_(tables) {}

  // Nothing: there is no such dossier.
  [[nodiscard]] std::optional<sync::DossierState> load(sql::Database& database, const DossierId& dossier) const;
  void save_record(sql::Database& database, const DossierId& dossier, const sync::RecordState& record) const;
  void save_conflict(sql::Database& database, const DossierId& dossier, const sync::Conflict& conflict) const;
  void save_stream(sql::Database& database, const DossierId& dossier, schema::Audience audience,
                   const sync::StreamState& stream) const;
  void save_mark(sql::Database& database, const DossierId& dossier, const ReplicaId& replica,
                 const sync::PushMark& mark) const;

 private:
  const sql::TypedTables& tables_;
};

[[nodiscard]] bool dossier_exists(sql::Database& database, const DossierId& dossier);
// Of every stream, by audience; streams without revisions have revision 0.
[[nodiscard]] std::array<sync::StreamHead, schema::kAudienceCount> stored_heads(sql::Database& database,
                                                                                const DossierId& dossier);

// What the last backup holds of it, by audience; nothing of streams that it did not know.
[[nodiscard]] std::vector<sync::StreamHead> covered_heads(sql::Database& database, const DossierId& dossier);
// Roughly the memory that a state takes, in bytes.
[[nodiscard]] std::size_t weight_of(const sync::DossierState& state);

}  // namespace navette::server
