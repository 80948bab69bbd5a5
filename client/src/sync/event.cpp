#include "sync/event.hpp"

#include "navette/sync/codec.hpp"

namespace navette::client {
namespace {

void add_events(const sync::Revisions& revisions, const ReplicaId& self, std::vector<SyncEvent>& events) {
  for (const sync::RevisionEnvelope& envelope : revisions.envelopes) {
    const auto body = sync::decode<sync::RevisionBody>(envelope.body);
    if (!body) continue;  // the session says what is wrong
    DossierChanged changed{revisions.dossier,    revisions.audience, envelope.number, body->author, {},
                           body->replica == self};
    std::vector<SyncEvent> conflicts;
    for (const sync::Operation& operation : body->operations) {
      if (const auto* value = std::get_if<sync::ValueSet>(&operation)) {
        changed.fields.push_back(value->at);
      } else if (const auto* text = std::get_if<sync::TextChanged>(&operation)) {
        changed.fields.push_back(text->at);
      } else if (const auto* created = std::get_if<sync::RecordCreated>(&operation)) {
        changed.fields.push_back({created->record, created->kind, 0});
      } else if (const auto* conflict = std::get_if<sync::ConflictChanged>(&operation)) {
        const sync::Conflict& of = conflict->conflict;
        conflicts.emplace_back(ConflictEvent{revisions.dossier, of.id, of.at, of.state});
      }
    }
    events.emplace_back(std::move(changed));
    for (SyncEvent& conflict : conflicts) events.push_back(std::move(conflict));
  }
}

}  // namespace

std::vector<SyncEvent> events_of(const std::vector<sync::Message>& batch, const ReplicaId& self) {
  std::vector<SyncEvent> events;
  for (const sync::Message& message : batch) {
    if (const auto* revisions = std::get_if<sync::Revisions>(&message)) add_events(*revisions, self, events);
  }
  return events;
}

}  // namespace navette::client
