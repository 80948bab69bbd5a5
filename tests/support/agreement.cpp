#include "agreement.hpp"

#include <algorithm>

namespace navette::test {
namespace {

using sync::Audience;

std::string place(const RecordId& record, sync::FieldNumber field) {
  return record.text() + "." + std::to_string(field);
}

void compare_records(sync::ReplicaStore& store, const DossierId& dossier, schema::Party party,
                     const sync::DossierState& state, const schema::Schema& schema, std::vector<std::string>& found) {
  std::map<RecordId, sync::RecordRow> held;
  for (const sync::RecordRow& row : store.records(dossier)) held[row.id] = row;
  for (const auto& [id, record] : state.records) {
    const auto row = held.find(id);
    if (record.removed != (row == held.end())) {
      found.push_back("record " + id.text() + (record.removed ? " is removed" : " is missing"));
      continue;
    }
    if (record.removed) continue;
    if (row->second.owner != record.owner || row->second.kind != record.kind)
      found.push_back("shape of " + id.text() + ": server " + std::to_string(record.kind) + " in « " +
                      record.owner.text() + " », device " + std::to_string(row->second.kind) + " in « " +
                      row->second.owner.text() + " »");
    std::map<sync::FieldNumber, sync::Value> values;
    for (const sync::FieldState& field : record.fields) {
      const bool theirs = schema::readable(schema.kind(record.kind)->field(field.field)->audience, party);
      if (theirs && !schema::is_empty(field.value)) values[field.field] = field.value;
    }
    for (const auto& [number, value] : values) {
      const auto mine = row->second.values.find(number);
      if (mine == row->second.values.end() || mine->second != value) {
        found.push_back("value " + place(id, number) + ": server « " + schema::display(value) + " », device « " +
                        (mine == row->second.values.end() ? "" : schema::display(mine->second)) + " »");
      }
    }
    for (const auto& [number, value] : row->second.values) {
      if (!values.contains(number))
        found.push_back("value " + place(id, number) + " only here: " + schema::display(value));
    }
    held.erase(row);
  }
  for (const auto& [id, row] : held) {
    const auto there = state.records.find(id);
    if (there == state.records.end()) found.push_back("record " + id.text() + " only here");
  }
}

}  // namespace

std::vector<std::string> differences(sync::Replica& replica, sync::ReplicaStore& store, const DossierId& dossier,
                                     const MemoryDossier& server, const sync::Authority& authority) {
  std::vector<std::string> found;
  const sync::DossierState& state = server.state;
  const auto read = store.read([&]() -> Result<void> {
    const schema::Party party = replica.party();
    compare_records(store, dossier, party, state, authority.schema(), found);
    std::map<ConflictId, sync::Conflict> open;
    for (const sync::Conflict& conflict : store.conflicts(dossier, true)) open[conflict.id] = conflict;
    for (const auto& [id, conflict] : state.open) {
      if (!schema::readable(conflict.audience, party)) continue;
      const auto mine = open.find(id);
      if (mine == open.end()) {
        found.push_back("conflict " + id.text() + " is missing");
      } else if (mine->second != conflict) {
        found.push_back("conflict " + id.text() + " differs");
      }
      open.erase(id);
    }
    for (const auto& [id, conflict] : open) found.push_back("conflict " + id.text() + " only here");
    for (Audience audience : {Audience::kShared, schema::own_audience(party)}) {
      const sync::StreamState& theirs = state.streams[static_cast<std::size_t>(audience)];
      const auto stream = store.stream(dossier, audience);
      const std::string name(schema::name_of(audience));
      // A stream in which nothing was ever written need not be told of.
      if ((stream ? stream->head : Revision{}) != theirs.head) found.push_back("head of " + name);
      if (stream && stream->chain != theirs.chain) found.push_back("chain of " + name);
      if (stream && stream->digest != theirs.digest) found.push_back("digest of " + name);
    }
    for (const sync::DigestMismatch& wrong : replica.verify()) {
      if (wrong.dossier == dossier) found.push_back("recomputed digest of " + std::string(name_of(wrong.audience)));
    }
    const sync::WorkCounts counts = replica.counts(dossier);
    if (counts.drafts + counts.outbox != 0 || !store.salvages(dossier).empty()) {
      found.emplace_back("work is left");
    }
    return {};
  });
  if (!read) found.push_back(read.error().message);
  return found;
}

}  // namespace navette::test
