#include "verify_history.hpp"

#include <algorithm>

#include "history_rows.hpp"
#include "navette/sync/codec.hpp"
#include "rows.hpp"

namespace navette::server {
namespace {

bool receipt_fits(const sync::DossierState& stored, const ReplicaId& replica, const sync::PushMark& mark) {
  if (mark.number.value == 0) return mark.receipt.empty();  // known from adopted revisions alone
  const auto receipt = sync::decode<sync::Receipt>(mark.receipt);
  return receipt && receipt->dossier == stored.dossier && receipt->replica == replica &&
         receipt->number == mark.number && receipt->push_hash == mark.hash;
}

// Whether a mark knows a push that left a revision in that stream: its own last one, an earlier one, or an adopted one.
bool knows(BytesView key, const sync::PushMark& mark, const sync::AdoptedPush& push, std::size_t audience) {
  if (mark.number > push.number) return true;
  // Revisions of the first programs carry the hash unsealed.
  const bool same = sync::sealed(key, mark.hash) == push.hash || mark.hash == push.hash;
  if (mark.number == push.number && same) return true;
  return mark.adopted.at(audience) == push;
}

}  // namespace

bool HistoryCheck::tells(schema::Audience audience, Revision number, const sync::RevisionBody& body,
                         const sync::DossierState& after) {
  bool right = true;
  for (const auto& [key, step] : steps_of(body)) {
    const auto& [record_id, field_number] = key;
    ++rows_;
    auto statement = database_.prepare(
        "SELECT whole, checkpoint FROM field_history WHERE dossier = ? AND record = ? AND field = ? AND audience = ? "
        "AND number = ?");
    statement.bind_blob(1, dossier_.bytes()).bind_blob(2, record_id.bytes()).bind(3, field_number);
    statement.bind(4, as_row(audience)).bind(5, as_row(number));
    if (!statement.step() || statement.integer(0) != (step.whole ? 1 : 0)) {
      right = false;
    } else if (!statement.is_null(1)) {
      const sync::RecordState* record = after.record(record_id);
      const sync::FieldState* field = record != nullptr ? record->field(field_number) : nullptr;
      right = right && field != nullptr && value_of_checkpoint(statement.blob(1)) == field->value;
    }
  }
  return right;
}

bool HistoryCheck::tells_more() {
  auto statement = database_.prepare("SELECT count(*) FROM field_history WHERE dossier = ?");
  statement.bind_blob(1, dossier_.bytes());
  return statement.step() && statement.integer(0) > rows_;
}

std::vector<std::string> wrong_marks(BytesView key, const sync::DossierState& stored,
                                     const sync::DossierState& replayed) {
  std::vector<std::string> wrong;
  for (const auto& [replica, mark] : stored.marks) {
    if (!receipt_fits(stored, replica, mark)) {
      wrong.push_back("le repère du dernier envoi de la copie de travail " + replica.text() +
                      " et son reçu se contredisent");
    }
  }
  for (const auto& [replica, seen] : replayed.marks) {
    const auto mark = stored.marks.find(replica);
    for (std::size_t audience = 0; audience < seen.adopted.size(); ++audience) {
      const sync::AdoptedPush& push = seen.adopted.at(audience);
      if (push.number.value == 0) continue;
      if (mark != stored.marks.end() && knows(key, mark->second, push, audience)) continue;
      wrong.push_back("le repère du dernier envoi de la copie de travail " + replica.text() +
                      " manque ou contredit les révisions");
      break;
    }
  }
  return wrong;
}

bool has_strays(sql::Database& database) {
  return std::ranges::any_of(std::initializer_list<const char*>{"field_history", "push_mark"}, [&](const char* table) {
    return database
        .prepare(std::string("SELECT 1 FROM ") + table + " WHERE dossier NOT IN (SELECT id FROM dossier) LIMIT 1")
        .step();
  });
}

}  // namespace navette::server
