// What a hostile or broken other end may say: messages well formed enough to reach the rules behind the codec, built
// from what is true and from what is not.
#pragma once

#include <array>
#include <vector>

#include "navette/sync/authority.hpp"
#include "script.hpp"

namespace navette::fuzz {

class Hostile {
 public:
  Hostile(Script& script, const schema::Schema& schema) : script_(script), schema_(schema) {}

  // The truth that the lies are made of; refers to it until the next call.
  void see(const sync::DossierState& state) { state_ = &state; }
  void remember(const sync::NewRevision& revision);  // bases may name it
  void remember(const ReplicaId& replica) { replicas_.push_back(replica); }

  sync::Push push(const ReplicaId& replica, PushNumber last);
  std::vector<sync::SuppliedBase> bases();
  sync::Message to_server(const ReplicaId& replica, PushNumber last);
  sync::Message to_replica();
  // A message with some bytes changed; itself when it does not decode any more.
  sync::Message twisted(const sync::Message& message);

 private:
  struct Known {
    sync::Audience audience;
    Revision revision;
    ShortHash chain;
    sync::RevisionEnvelope envelope;
  };
  template <class AnyId>
  AnyId some_id() {
    AnyId id;
    id.value.fill(script_.byte());
    return id;
  }
  RecordId record();
  DossierId dossier();
  sync::Audience audience() { return schema::kAudiences[script_.below(schema::kAudienceCount)]; }
  sync::FieldRef at(bool text);
  sync::Value held(const sync::FieldRef& at) const;
  sync::Value value();
  sync::Value value_for(const sync::FieldRef& at);
  sync::Base base(const sync::FieldRef& at);
  sync::Delta delta(const std::string& base, std::uint64_t& check);
  ShortHash digest() { return {some_id<RecordId>().value}; }
  Hash hash();
  sync::Change change();
  sync::Conflict conflict();
  [[nodiscard]] ShortHash sides(const sync::Conflict& conflict) const;
  sync::ResolveConflict resolution();
  sync::StreamHead head();
  sync::RevisionEnvelope envelope();
  sync::StreamSnapshot snapshot();
  sync::Receipt receipt();
  template <class Make>
  auto some(std::uint32_t most, Make make) {
    std::vector<decltype(make())> items;
    for (std::uint32_t left = script_.below(most + 1); left > 0; --left) items.push_back(make());
    return items;
  }

  Script& script_;
  const schema::Schema& schema_;
  const sync::DossierState* state_ = nullptr;
  std::vector<Known> revisions_;
  std::vector<ReplicaId> replicas_;
};

}  // namespace navette::fuzz
