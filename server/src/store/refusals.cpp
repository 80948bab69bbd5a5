// What the server refused, kept for its author's other devices.
#include "core.hpp"
#include "navette/sync/codec.hpp"

namespace navette::server {

Result<std::vector<Refusal>> AuthorityStore::refusals(const AccountId& account, Timestamp after) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare(
        "SELECT id, dossier, record, kind, field, value, reason, refused FROM refusal WHERE account = ? AND "
        "refused > ? ORDER BY refused, id");
    statement.bind_blob(1, account.bytes()).bind(2, after.milliseconds);
    std::vector<Refusal> refusals;
    while (statement.step()) {
      sync::RefusalNotice notice;
      notice.id = id_at<RefusalId>(statement, 0);
      notice.dossier = id_at<DossierId>(statement, 1);
      notice.at = {id_at<RecordId>(statement, 2), static_cast<schema::KindNumber>(statement.integer(3)),
                   static_cast<schema::FieldNumber>(statement.integer(4))};
      notice.value = or_throw(sync::decode<schema::Value>(statement.blob(5)));
      notice.reason = static_cast<sync::RefusalReason>(statement.integer(6));
      notice.when = Timestamp{statement.integer(7)};
      refusals.push_back({account, std::move(notice)});
    }
    return refusals;
  });
}

Result<> AuthorityStore::drop_refusal(const AccountId& account, const RefusalId& refusal) {
  return core_->write([&](WriteContext& context) {
    auto statement = context.database.prepare("DELETE FROM refusal WHERE id = ? AND account = ?");
    statement.bind_blob(1, refusal.bytes()).bind_blob(2, account.bytes()).run();
    if (context.database.changes() == 0) refuse(ErrorCode::kNotFound, "ce refus n'existe pas");
  });
}

}  // namespace navette::server
