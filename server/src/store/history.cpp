// Who changed what and when, newest first. Only the audiences that the asker reads are ever looked at.
#include <algorithm>
#include <map>

#include "core.hpp"
#include "history_rows.hpp"
#include "navette/server/tuning.hpp"
#include "navette/sync/codec.hpp"

namespace navette::server {
namespace {

using schema::Value;
using sync::FieldRef;
using sync::HistoryEntry;

// A revision to look at. `step` orders the streams of a dossier among each other; it is never told.
struct Candidate {
  std::int64_t step = 0;
  Audience audience = Audience::kShared;
  Revision number;
};

// The newest revisions of one stream that the filter may concern.
void add_candidates(sql::Database& database, const HistoryFilter& filter, Audience audience,
                    std::vector<Candidate>& candidates) {
  const std::string_view query =
      filter.record.empty()
          ? "SELECT step, number FROM revision WHERE dossier = ?1 AND audience = ?2 ORDER BY number DESC LIMIT ?5"
      : filter.field == 0
          ? "SELECT r.step, r.number FROM revision r WHERE r.dossier = ?1 AND r.audience = ?2 AND r.number IN (SELECT "
            "number FROM field_history WHERE dossier = ?1 AND record = ?3 AND audience = ?2) "
            "ORDER BY r.number DESC LIMIT ?5"
          : "SELECT r.step, r.number FROM field_history h JOIN revision r ON r.dossier = ?1 AND r.audience = ?2 AND "
            "r.number = h.number WHERE h.dossier = ?1 AND h.record = ?3 AND h.field = ?4 AND h.audience = ?2 "
            "ORDER BY h.number DESC LIMIT ?5";
  auto statement = database.prepare(query);
  statement.bind_blob(1, filter.dossier.bytes()).bind(2, as_row(audience));
  if (!filter.record.empty()) statement.bind_blob(3, filter.record.bytes());
  if (!filter.record.empty() && filter.field != 0) statement.bind(4, filter.field);
  statement.bind(5, tuning::kHistoryRevisions);
  while (statement.step()) candidates.push_back({statement.integer(0), audience, Revision{count_at(statement, 1)}});
}

std::string what_of(const sync::Conflict& conflict) {
  switch (conflict.state) {
    case sync::ConflictState::kOpen:
      return conflict.version <= 1 ? "conflict opened" : "conflict changed";
    case sync::ConflictState::kResolved:
      return "conflict resolved";
    case sync::ConflictState::kSuperseded:
      return "conflict superseded";
    case sync::ConflictState::kWithdrawn:
      return "conflict withdrawn";
  }
  return {};
}

// The entries of one revision, in its order.
class RevisionEntries {
 public:
  RevisionEntries(const StoredHistory& history, const HistoryFilter& filter, const Candidate& at,
                  const sync::RevisionBody& body)
      : history_(history), filter_(filter), at_(at), body_(body) {}

  std::vector<HistoryEntry> all() {
    for (const sync::Operation& operation : body_.operations) {
      std::visit([this](const auto& one) { add(one); }, operation);
    }
    return std::move(entries_);
  }

 private:
  void add(const sync::RecordCreated& created) { entry("created", {created.record, created.kind, 0}, {}, {}); }
  void add(const sync::ValueSet& set) {
    if (!wanted(set.at)) return;
    Value& current = value_before(set.at);
    entry("set", set.at, current, set.value);
    current = set.value;
  }
  void add(const sync::TextChanged& changed) {
    if (!wanted(changed.at)) return;
    Value& current = value_before(changed.at);
    auto text = sync::apply(changed.delta, schema::text_of(current));
    if (!text) refuse(ErrorCode::kCorrupt, "une révision ne s'applique pas au texte qui la précède");
    Value after = text->empty() ? Value{} : Value{std::move(*text)};
    entry("edited", changed.at, current, after);
    current = std::move(after);
  }
  void add(const sync::RecordsRemoved& removed) {
    for (const RecordId& record : removed.records) entry("removed", {record, 0, 0}, {}, {});
  }
  void add(const sync::ConflictChanged& changed) {
    const sync::Conflict& conflict = changed.conflict;
    entry(what_of(conflict), conflict.at, conflict.committed, conflict.incoming);
  }

  [[nodiscard]] bool wanted(const FieldRef& at) const {
    return (filter_.record.empty() || at.record == filter_.record) && (filter_.field == 0 || at.field == filter_.field);
  }
  Value& value_before(const FieldRef& at) {
    const auto [place, fresh] = current_.try_emplace({at.record, at.field});
    if (fresh) place->second = history_.value_at(at, at_.audience, Revision{at_.number.value - 1});
    return place->second;
  }
  void entry(std::string what, const FieldRef& at, Value before, Value after) {
    if (!wanted(at)) return;
    entries_.push_back({at_.audience, at_.number, body_.author, body_.server_time, body_.client_time, std::move(what),
                        at, std::move(before), std::move(after)});
  }

  const StoredHistory& history_;
  const HistoryFilter& filter_;
  const Candidate& at_;
  const sync::RevisionBody& body_;
  std::map<std::pair<RecordId, schema::FieldNumber>, Value> current_;
  std::vector<HistoryEntry> entries_;
};

sync::RevisionBody body_of(sql::Database& database, const DossierId& dossier, const Candidate& at) {
  auto statement = database.prepare("SELECT body FROM revision WHERE dossier = ? AND audience = ? AND number = ?");
  statement.bind_blob(1, dossier.bytes()).bind(2, as_row(at.audience)).bind(3, as_row(at.number));
  if (!statement.step()) refuse(ErrorCode::kCorrupt, "une révision manque dans la base du serveur");
  return or_throw(sync::decode<sync::RevisionBody>(statement.blob(0)));
}

}  // namespace

Result<HistoryPage> AuthorityStore::history(const HistoryFilter& filter) const {
  return core_->read([&](sql::Database& database) {
    if (!dossier_exists(database, filter.dossier)) {
      refuse(ErrorCode::kNotFound, "ce dossier n'existe pas sur le serveur");
    }
    std::vector<Candidate> candidates;
    for (const Audience audience : filter.audiences) add_candidates(database, filter, audience, candidates);
    std::ranges::sort(candidates, std::greater{}, &Candidate::step);
    const std::size_t limit = std::min(filter.limit, tuning::kHistoryEntries);
    const StoredHistory history(database, core_->schema, filter.dossier);
    HistoryPage page;
    std::uint32_t looked_at = 0;
    for (const Candidate& at : candidates) {
      if (page.entries.size() >= limit || ++looked_at > tuning::kHistoryRevisions) {
        page.more = true;
        break;
      }
      std::vector<HistoryEntry> entries =
          RevisionEntries(history, filter, at, body_of(database, filter.dossier, at)).all();
      for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        if (page.entries.size() >= limit) {
          page.more = true;
          break;
        }
        page.entries.push_back(std::move(*entry));
      }
    }
    return page;
  });
}

Result<Value> AuthorityStore::value_at(const DossierId& dossier, const FieldRef& at, Audience audience,
                                       Revision revision) const {
  return core_->read([&](sql::Database& database) {
    if (!dossier_exists(database, dossier) ||
        stored_heads(database, dossier)[static_cast<std::size_t>(audience)].revision < revision) {
      refuse(ErrorCode::kNotFound, "cette révision n'existe pas");
    }
    return StoredHistory(database, core_->schema, dossier).value_at(at, audience, revision);
  });
}

}  // namespace navette::server
