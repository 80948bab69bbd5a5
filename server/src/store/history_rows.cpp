#include "history_rows.hpp"

#include <algorithm>
#include <vector>

#include "navette/server/tuning.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/replica_store.hpp"
#include "rows.hpp"
#include "snapshot_cache.hpp"

namespace navette::server {
namespace {

using schema::Audience;
using schema::Value;
using sync::FieldRef;

// An encoded value begins with the place of its alternative: 0, 1 or 2.
constexpr char kCompressed = 3;

bool same_field(const FieldRef& a, const FieldRef& b) { return a.record == b.record && a.field == b.field; }

std::int64_t cost_before(sql::Database& database, const DossierId& dossier, const RecordId& record,
                         schema::FieldNumber field, Audience audience) {
  auto statement = database.prepare(
      "SELECT cost FROM field_history WHERE dossier = ? AND record = ? AND field = ? AND audience = ? "
      "ORDER BY number DESC LIMIT 1");
  statement.bind_blob(1, dossier.bytes()).bind_blob(2, record.bytes()).bind(3, field).bind(4, as_row(audience));
  return statement.step() ? statement.integer(0) : 0;
}

void index_revision(sql::Database& database, const sync::DossierState& state, Audience audience, Revision number,
                    const sync::RevisionBody& body, bool last_of_stream) {
  for (const auto& [key, step] : steps_of(body)) {
    const auto& [record_id, field_number] = key;
    std::int64_t cost = step.cost;
    if (!step.whole) {
      cost += tuning::kHistoryStepBytes + cost_before(database, state.dossier, record_id, field_number, audience);
    }
    const sync::RecordState* record = field_number != 0 && last_of_stream ? state.record(record_id) : nullptr;
    const sync::FieldState* field = record != nullptr ? record->field(field_number) : nullptr;
    // Once what a reader would have to go through outweighs the value, the value is kept: space and time stay bounded.
    const bool keep = field != nullptr &&
                      cost > tuning::kHistoryWeight * static_cast<std::int64_t>(schema::text_of(field->value).size()) &&
                      cost > 4 * tuning::kHistoryStepBytes;
    auto statement = database.prepare(
        "INSERT OR REPLACE INTO field_history(dossier, record, field, audience, number, whole, cost, checkpoint) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    statement.bind_blob(1, state.dossier.bytes()).bind_blob(2, record_id.bytes()).bind(3, field_number);
    statement.bind(4, as_row(audience)).bind(5, as_row(number)).bind(6, step.whole ? 1 : 0).bind(7, keep ? 0 : cost);
    if (keep) {
      statement.bind_blob(8, checkpoint_of(field->value));
    } else {
      statement.bind_null(8);
    }
    statement.run();
  }
}

template <class F>
auto as_store_failure(F read) {
  try {
    return read();
  } catch (const sql::Failure& failure) {
    throw sync::StoreFailure{failure.error};
  }
}

}  // namespace

Bytes checkpoint_of(const Value& value) {
  Bytes plain = sync::encode(value);
  Bytes smaller(1, kCompressed);
  smaller += compressed(plain);
  return smaller.size() < plain.size() ? smaller : plain;
}

std::optional<Value> value_of_checkpoint(BytesView stored) {
  Bytes unpacked;
  if (!stored.empty() && stored.front() == kCompressed) {
    auto plain = decompressed(stored.substr(1), tuning::kCheckpointBytes);
    if (!plain) return std::nullopt;
    unpacked = std::move(*plain);
    stored = unpacked;
  }
  auto value = sync::decode<Value>(stored);
  if (!value) return std::nullopt;
  return std::move(*value);
}

FieldSteps steps_of(const sync::RevisionBody& body) {
  FieldSteps steps;
  for (const sync::Operation& operation : body.operations) {
    if (const auto* created = std::get_if<sync::RecordCreated>(&operation)) {
      steps[{created->record, 0}];
    } else if (const auto* set = std::get_if<sync::ValueSet>(&operation)) {
      steps[{set->at.record, set->at.field}] = {0, true};
    } else if (const auto* changed = std::get_if<sync::TextChanged>(&operation)) {
      const std::size_t runs = changed->delta.runs().size();
      steps[{changed->at.record, changed->at.field}].cost +=
          static_cast<std::int64_t>(4 * runs + changed->delta.inserted().size());
    } else if (const auto* removed = std::get_if<sync::RecordsRemoved>(&operation)) {
      for (const RecordId& record : removed->records) steps[{record, 0}];
    } else if (const auto* conflict = std::get_if<sync::ConflictChanged>(&operation)) {
      steps[{conflict->conflict.at.record, conflict->conflict.at.field}];
    }
  }
  return steps;
}

Result<Value> advanced(Value value, const FieldRef& at, const sync::RevisionBody& body) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < body.operations.size(); ++i) {
    const auto* set = std::get_if<sync::ValueSet>(&body.operations[i]);
    if (set != nullptr && same_field(set->at, at)) begin = i;
  }
  for (std::size_t i = begin; i < body.operations.size(); ++i) {
    if (const auto* set = std::get_if<sync::ValueSet>(&body.operations[i]); set != nullptr && same_field(set->at, at)) {
      value = set->value;
    }
    const auto* changed = std::get_if<sync::TextChanged>(&body.operations[i]);
    if (changed == nullptr || !same_field(changed->at, at)) continue;
    auto text = sync::apply(changed->delta, schema::text_of(value));
    if (!text) return fail(ErrorCode::kCorrupt, "une révision ne s'applique pas au texte qui la précède");
    value = text->empty() ? Value{} : Value{std::move(*text)};
  }
  return value;
}

void insert_revision(sql::Database& database, const sync::DossierState& state, const sync::NewRevision& revision,
                     bool last_of_stream) {
  const auto body = or_throw(sync::decode<sync::RevisionBody>(revision.envelope.body));
  const std::int64_t audience = as_row(revision.audience);
  const std::int64_t number = as_row(revision.envelope.number);
  std::int64_t step = 0;
  {
    auto statement = database.prepare("SELECT coalesce(max(step), 0) FROM revision WHERE dossier = ?");
    statement.bind_blob(1, state.dossier.bytes());
    if (statement.step()) step = statement.integer(0);
  }
  std::int64_t total = 0;
  {
    auto statement = database.prepare("SELECT total FROM revision WHERE dossier = ? AND audience = ? AND number = ?");
    statement.bind_blob(1, state.dossier.bytes()).bind(2, audience).bind(3, number - 1);
    if (statement.step()) total = statement.integer(0);
  }
  auto statement = database.prepare(
      "INSERT INTO revision(dossier, audience, number, step, total, server_time, chain, digest, code, body) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  statement.bind_blob(1, state.dossier.bytes()).bind(2, audience).bind(3, number).bind(4, step + 1);
  statement.bind(5, total + static_cast<std::int64_t>(revision.envelope.body.size()));
  statement.bind(6, body.server_time.milliseconds).bind_blob(7, revision.chain.bytes());
  statement.bind_blob(8, revision.envelope.digest.bytes()).bind_blob(9, revision.envelope.code.bytes());
  statement.bind_blob(10, revision.envelope.body).run();
  index_revision(database, state, revision.audience, revision.envelope.number, body, last_of_stream);
}

const sync::RevisionBody& StoredHistory::body(Audience audience, std::uint64_t number) const {
  const Place place{audience, number};
  if (last_body_ && last_body_->first == place) return last_body_->second;
  auto statement = database_.prepare("SELECT body FROM revision WHERE dossier = ? AND audience = ? AND number = ?");
  statement.bind_blob(1, dossier_.bytes()).bind(2, as_row(audience)).bind(3, static_cast<std::int64_t>(number));
  if (!statement.step()) refuse(ErrorCode::kCorrupt, "une révision manque dans la base du serveur");
  return last_body_.emplace(place, or_throw(sync::decode<sync::RevisionBody>(statement.blob(0)))).second;
}

Value StoredHistory::value_at(const FieldRef& at, Audience audience, Revision revision) const {
  return as_store_failure([&] {
    Value value;
    std::vector<std::uint64_t> later;
    {
      auto statement = database_.prepare(
          "SELECT number, whole, checkpoint FROM field_history WHERE dossier = ? AND record = ? AND field = ? AND "
          "audience = ? AND number <= ? ORDER BY number DESC");
      statement.bind_blob(1, dossier_.bytes()).bind_blob(2, at.record.bytes()).bind(3, at.field);
      statement.bind(4, as_row(audience)).bind(5, as_row(revision));
      while (statement.step()) {
        if (!statement.is_null(2)) {
          auto kept = value_of_checkpoint(statement.blob(2));
          if (!kept) refuse(ErrorCode::kCorrupt, "une valeur conservée de l'historique est illisible");
          value = std::move(*kept);
          break;
        }
        later.push_back(count_at(statement, 0));
        if (statement.integer(1) != 0) break;
      }
    }
    for (auto number = later.rbegin(); number != later.rend(); ++number) {
      value = or_throw(advanced(std::move(value), at, body(audience, *number)));
    }
    return value;
  });
}

std::optional<Hash> StoredHistory::chain_at(Audience audience, Revision revision) const {
  if (revision.value == 0) return sync::first_chain(dossier_, audience);
  const Place place{audience, revision.value};
  if (const auto known = chains_.find(place); known != chains_.end()) return known->second;
  const std::optional<Hash> chain = as_store_failure([&]() -> std::optional<Hash> {
    auto statement = database_.prepare("SELECT chain FROM revision WHERE dossier = ? AND audience = ? AND number = ?");
    statement.bind_blob(1, dossier_.bytes()).bind(2, as_row(audience)).bind(3, as_row(revision));
    if (!statement.step()) return std::nullopt;
    return hash_at<Hash>(statement, 0);
  });
  return chains_.emplace(place, chain).first->second;
}

std::optional<sync::Author> StoredHistory::author_at(Audience audience, Revision revision) const {
  // Revisions are numbered without gaps: there is none if there is no chain.
  if (revision.value == 0 || !chain_at(audience, revision)) return std::nullopt;
  return as_store_failure([&] { return body(audience, revision.value).author; });
}

std::optional<sync::Author> StoredHistory::remover_of(const RecordId& record) const {
  return as_store_failure([&]() -> std::optional<sync::Author> {
    std::vector<std::uint64_t> numbers;  // what happened to the record as a whole: it was made, contested, removed
    {
      auto statement = database_.prepare(
          "SELECT number FROM field_history WHERE dossier = ? AND record = ? AND field = 0 AND audience = ? "
          "ORDER BY number DESC");
      statement.bind_blob(1, dossier_.bytes()).bind_blob(2, record.bytes()).bind(3, as_row(Audience::kShared));
      while (statement.step()) numbers.push_back(count_at(statement, 0));
    }
    for (const std::uint64_t number : numbers) {
      const sync::RevisionBody revision = body(Audience::kShared, number);
      if (sync::removes(revision, record)) return revision.author;
    }
    return std::nullopt;
  });
}

std::optional<sync::Conflict> StoredHistory::closed_conflict(const ConflictId& id) const {
  return as_store_failure([&]() -> std::optional<sync::Conflict> {
    auto statement = database_.prepare("SELECT body FROM conflict WHERE id = ? AND dossier = ? AND state <> 0");
    statement.bind_blob(1, id.bytes()).bind_blob(2, dossier_.bytes());
    if (!statement.step()) return std::nullopt;
    return or_throw(sync::decode<sync::Conflict>(statement.blob(0)));
  });
}

bool StoredHistory::taken_elsewhere(const RecordId& record) const {
  return as_store_failure([&] {
    return std::ranges::any_of(schema_.kinds, [&](const schema::Kind& kind) {
      auto statement = database_.prepare("SELECT 1 FROM \"" + kind.name + "\" WHERE id = ?1 AND dossier <> ?2");
      return statement.bind_blob(1, record.bytes()).bind_blob(2, dossier_.bytes()).step();
    });
  });
}

bool StoredHistory::ever_held(const FieldRef& at, Audience audience, const Value& value) const {
  return as_store_failure([&] {
    const schema::Kind* kind = schema_.kind(at.kind);
    const schema::Field* field = kind != nullptr ? kind->field(at.field) : nullptr;
    if (field == nullptr) return false;
    std::vector<std::uint64_t> numbers;
    {
      auto statement = database_.prepare(
          "SELECT number FROM field_history WHERE dossier = ? AND record = ? AND field = ? AND audience = ? "
          "ORDER BY number");
      statement.bind_blob(1, dossier_.bytes()).bind_blob(2, at.record.bytes()).bind(3, at.field);
      statement.bind(4, as_row(audience));
      while (statement.step()) numbers.push_back(count_at(statement, 0));
    }
    Value current;
    for (const std::uint64_t number : numbers) {
      current = or_throw(advanced(std::move(current), at, body(audience, number)));
      if (schema::same_value(*field, current, value)) return true;
    }
    return schema::is_empty(value);
  });
}

}  // namespace navette::server
