#include "memory_dossier.hpp"

#include <algorithm>

#include "navette/base/utf8.hpp"
#include "navette/sync/codec.hpp"

namespace navette::test {

using sync::Audience;
using sync::Value;

namespace {
std::size_t index_of(Audience audience) { return static_cast<std::size_t>(audience); }
}  // namespace

void MemoryDossier::append(const sync::NewRevision& revision,
                           const std::map<sync::FieldRef, std::set<std::string>>& rooms, const std::string& room) {
  Log& log = logs_[index_of(revision.audience)];
  const sync::RevisionBody body = sync::decode<sync::RevisionBody>(revision.envelope.body).value();
  log.revisions.push_back(revision);
  log.authors.push_back(body.author);
  const auto note = [&](const sync::FieldRef& at, Value value) {
    std::vector<Change>& changes = log.values[at];
    if (changes.empty() || changes.back().revision != revision.envelope.number) {
      changes.push_back({revision.envelope.number, {}, {}, room});
    }
    changes.back().value = std::move(value);
    if (const auto open = rooms.find(at); open != rooms.end()) changes.back().rooms = open->second;
  };
  for (const sync::Operation& operation : body.operations) {
    if (const auto* set = std::get_if<sync::ValueSet>(&operation)) note(set->at, set->value);
    if (const auto* text = std::get_if<sync::TextChanged>(&operation)) {
      const std::vector<Change>& changes = log.values[text->at];
      const Value before = changes.empty() ? Value{} : changes.back().value;
      std::string after = sync::apply(text->delta, schema::text_of(before)).value();
      note(text->at, after.empty() ? Value{} : Value(std::move(after)));
    }
  }
}

void MemoryDossier::commit(const sync::Authority& authority, const sync::Applied& applied,
                           const std::map<sync::FieldRef, std::set<std::string>>& rooms, const std::string& room) {
  for (const sync::NewRevision& revision : applied.revisions) {
    append(revision, rooms, room);
    sync::Applied touched;
    if (const auto done = authority.replay(replayed, revision.audience, revision.envelope, touched); !done) {
      replay_failures_.push_back("replay: " + done.error().message);
    }
    for (const sync::Conflict& conflict : touched.conflicts) {
      if (conflict.state != sync::ConflictState::kOpen) closed_[conflict.id] = conflict;
    }
  }
  for (const sync::Conflict& conflict : applied.conflicts) {
    if (conflict.state != sync::ConflictState::kOpen) closed_[conflict.id] = conflict;
  }
}

bool MemoryDossier::together(const std::string& room, const sync::FieldRef& at, Audience audience,
                             Revision since) const {
  const Log& log = logs_[index_of(audience)];
  const auto changes = log.values.find(at);
  if (changes == log.values.end()) return true;
  return std::ranges::all_of(changes->second, [&](const Change& change) {
    return change.revision <= since || (change.rooms.contains(room) && change.rooms.contains(change.room));
  });
}

std::vector<sync::RevisionEnvelope> MemoryDossier::after(Audience audience, Revision revision) const {
  std::vector<sync::RevisionEnvelope> envelopes;
  const Log& log = logs_[index_of(audience)];
  for (std::size_t i = revision.value; i < log.revisions.size(); ++i) envelopes.push_back(log.revisions[i].envelope);
  return envelopes;
}

std::size_t MemoryDossier::revisions() const {
  std::size_t count = 0;
  for (const Log& log : logs_) count += log.revisions.size();
  return count;
}

Value MemoryDossier::value_at(const sync::FieldRef& at, Audience audience, Revision revision) const {
  const Log& log = logs_[index_of(audience)];
  const auto changes = log.values.find(at);
  Value value;
  if (changes == log.values.end()) return value;
  for (const Change& change : changes->second) {
    if (change.revision > revision) break;
    value = change.value;
  }
  return value;
}

std::optional<Hash> MemoryDossier::chain_at(Audience audience, Revision revision) const {
  const Log& log = logs_[index_of(audience)];
  if (revision.value == 0) return sync::first_chain(state.dossier, audience);
  if (revision.value > log.revisions.size()) return std::nullopt;
  return log.revisions[revision.value - 1].chain;
}

std::optional<sync::Author> MemoryDossier::author_at(Audience audience, Revision revision) const {
  const Log& log = logs_[index_of(audience)];
  if (revision.value == 0 || revision.value > log.authors.size()) return std::nullopt;
  return log.authors[revision.value - 1];
}

std::optional<sync::Author> MemoryDossier::remover_of(const RecordId& record) const {
  for (const auto& revision : logs_[index_of(Audience::kShared)].revisions) {
    const auto body = sync::decode<sync::RevisionBody>(revision.envelope.body);
    if (body && sync::removes(*body, record)) return body->author;
  }
  return std::nullopt;
}

std::optional<sync::Conflict> MemoryDossier::closed_conflict(const ConflictId& id) const {
  const auto found = closed_.find(id);
  if (found == closed_.end()) return std::nullopt;
  return found->second;
}

bool MemoryDossier::ever_held(const sync::FieldRef& at, Audience audience, const Value& value) const {
  const Log& log = logs_[index_of(audience)];
  const auto changes = log.values.find(at);
  return changes != log.values.end() &&
         std::ranges::find(changes->second, value, &Change::value) != changes->second.end();
}

std::vector<std::string> MemoryDossier::defects(const sync::Authority& authority) const {
  std::vector<std::string> found = replay_failures_;
  for (const Audience audience : schema::kAudiences) {
    const sync::StreamState& stream = state.streams[index_of(audience)];
    const std::string name(schema::name_of(audience));
    if (authority.digest(state, audience) != stream.digest) found.push_back("running digest of " + name);
    if (chain_at(audience, stream.head) != stream.chain) found.push_back("chain of " + name);
    if (stream.head.value != logs_[index_of(audience)].revisions.size()) found.push_back("head of " + name);
  }
  if (replayed.records != state.records) found.emplace_back("records differ from their replay");
  if (replayed.open != state.open) found.emplace_back("open conflicts differ from their replay");
  if (replayed.streams != state.streams) found.emplace_back("streams differ from their replay");
  for (const auto& [id, conflict] : state.open) {
    const bool placed = conflict.kind == sync::ConflictKind::kText || conflict.kind == sync::ConflictKind::kSalvaged;
    if (conflict.state != sync::ConflictState::kOpen) found.emplace_back("a closed conflict among the open ones");
    if (!placed) continue;
    const sync::RecordState* record = state.alive(conflict.at.record);
    const sync::FieldState* field = record == nullptr ? nullptr : record->field(conflict.at.field);
    const std::size_t length = field == nullptr ? 0 : code_point_count(schema::text_of(field->value));
    // Private ones may wait for their own party after a restore.
    if (record == nullptr && conflict.audience == Audience::kShared) {
      found.emplace_back("a placed conflict of a removed record");
    }
    const bool inside = conflict.range.begin <= conflict.range.end && conflict.range.end <= length;
    if (record != nullptr && !inside) {
      found.emplace_back("range of a conflict outside its text");
    }
  }
  for (const auto& [id, record] : state.records) {
    for (const sync::FieldState& field : record.fields) {
      const schema::Field* described = authority.schema().kind(record.kind)->field(field.field);
      const sync::FieldRef at{id, record.kind, field.field};
      const Revision head = state.streams[index_of(described->audience)].head;
      if (value_at(at, described->audience, head) != field.value) found.emplace_back("history differs from the head");
    }
  }
  return found;
}

}  // namespace navette::test
