// What the server refused, kept for its author's other devices.
#include "core.hpp"
#include "navette/server/tuning.hpp"
#include "navette/sync/codec.hpp"

namespace navette::server {

Result<std::vector<Refusal>> AuthorityStore::refusals(const AccountId& account) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare(
        "SELECT id, dossier, record, kind, field, value, reason, refused, act, owner, base FROM refusal "
        "WHERE account = ? AND settled IS NULL ORDER BY refused, id");
    statement.bind_blob(1, account.bytes());
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
      notice.act = static_cast<sync::RefusedAct>(statement.integer(8));
      notice.owner = id_at<RecordId>(statement, 9);
      notice.base = or_throw(sync::decode<schema::Value>(statement.blob(10)));
      refusals.push_back({account, std::move(notice)});
    }
    return refusals;
  });
}

Result<std::vector<sync::SettledRefusal>> AuthorityStore::settled_refusals(const AccountId& account) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare(
        "SELECT id, value FROM refusal WHERE account = ? AND settled IS NOT NULL ORDER BY settled DESC LIMIT ?");
    statement.bind_blob(1, account.bytes()).bind(2, static_cast<std::int64_t>(tuning::kSettledRefusalsTold));
    std::vector<sync::SettledRefusal> settled;
    while (statement.step()) {
      const auto value = or_throw(sync::decode<schema::Value>(statement.blob(1)));
      settled.push_back({id_at<RefusalId>(statement, 0), sync::value_hash(value)});
    }
    return settled;
  });
}

Result<std::vector<sync::SettledRefusal>> AuthorityStore::settle_refusals(
    const AccountId& account, const std::vector<sync::SettledRefusal>& refusals, Timestamp now) {
  std::vector<sync::SettledRefusal> settled;
  NAVETTE_TRY(core_->write([&](WriteContext& context) {
    settled.clear();
    for (const sync::SettledRefusal& refusal : refusals) {
      auto statement = context.database.prepare(
          "UPDATE refusal SET settled = ? WHERE id = ? AND account = ? AND settled IS NULL RETURNING value");
      statement.bind(1, now.milliseconds).bind_blob(2, refusal.id.bytes()).bind_blob(3, account.bytes());
      while (statement.step()) {
        const auto value = or_throw(sync::decode<schema::Value>(statement.blob(0)));
        settled.push_back({refusal.id, sync::value_hash(value)});
      }
    }
  }));
  return settled;
}

}  // namespace navette::server
