// What verification asks of the rows that serve old values and repeated pushes: `field_history` and `push_mark`.
#pragma once

#include <string>
#include <vector>

#include "navette/sql/database.hpp"
#include "navette/sync/authority.hpp"

namespace navette::server {

// The index of one dossier's history, held against its revisions in their order. `cost` is not judged: it decides how
// often a value is kept, never what is answered.
class HistoryCheck {
 public:
  HistoryCheck(sql::Database& database, const DossierId& dossier) : database_(database), dossier_(dossier) {}

  // Whether the rows of that revision are there and say what it did. `after`: the state with it.
  [[nodiscard]] bool tells(schema::Audience audience, Revision number, const sync::RevisionBody& body,
                           const sync::DossierState& after);
  // Whether there are rows that no revision accounts for. REQUIRES: all revisions were given to tells().
  [[nodiscard]] bool tells_more();

 private:
  sql::Database& database_;
  DossierId dossier_;
  std::int64_t rows_ = 0;  // accounted for
};

// What is wrong with the marks of pushes, in French: a push that is taken for new again would be done twice.
[[nodiscard]] std::vector<std::string> wrong_marks(BytesView key, const sync::DossierState& stored,
                                                   const sync::DossierState& replayed);
// Rows of either table that belong to no dossier.
[[nodiscard]] bool has_strays(sql::Database& database);

}  // namespace navette::server
