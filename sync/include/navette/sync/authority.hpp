// The authority: (state of a dossier, push) → (revisions, receipt, new state). Pure; the caller owns the state and
// makes everything that Applied names durable in one transaction before anybody hears of it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "navette/schema/schema.hpp"
#include "navette/sync/message.hpp"
#include "navette/sync/revision.hpp"
#include "navette/sync/tuning.hpp"

namespace navette::sync {

struct FieldState {
  FieldNumber field = 0;
  Value value;
  Revision changed;  // of the stream of its audience
  friend bool operator==(const FieldState&, const FieldState&) = default;
};

struct RecordState {
  RecordId record;
  KindNumber kind = 0;
  RecordId owner;
  bool removed = false;            // a state, never an erasure: its values stay
  std::vector<FieldState> fields;  // by number; a field never set is absent
  [[nodiscard]] const FieldState* field(FieldNumber number) const;
  friend bool operator==(const RecordState&, const RecordState&) = default;
};

struct StreamState {
  Revision head;
  Hash chain;
  SetDigest digest;
  friend bool operator==(const StreamState&, const StreamState&) = default;
};

// The last push of a replica. `adopted`: per stream the last one known from an adopted continuation.
struct PushMark {
  PushNumber number;
  Hash hash;
  Bytes receipt;  // encoded
  std::array<AdoptedPush, schema::kAudienceCount> adopted{};
  friend bool operator==(const PushMark&, const PushMark&) = default;
};

struct DossierState {
  DossierId dossier;
  std::map<RecordId, RecordState> records;  // removed ones too
  std::map<ConflictId, Conflict> open;      // open conflicts
  std::array<StreamState, schema::kAudienceCount> streams;
  std::map<ReplicaId, PushMark> marks;
  [[nodiscard]] const RecordState* record(const RecordId& id) const;  // removed ones too
  [[nodiscard]] const RecordState* alive(const RecordId& id) const;
  [[nodiscard]] std::vector<RecordId> subtree(const RecordId& id) const;  // itself and what it owns, alive
  friend bool operator==(const DossierState&, const DossierState&) = default;
};
[[nodiscard]] DossierState empty_dossier(const DossierId& dossier);

[[nodiscard]] bool removes(const RevisionBody& revision, const RecordId& record);

// What the authority looks up beyond the state. The server implements it over its store; throws StoreFailure.
class History {
 public:
  virtual ~History() = default;
  // The value of a field at a revision of its stream. REQUIRES: revision ≤ head.
  virtual Value value_at(const FieldRef& at, Audience audience, Revision revision) const = 0;
  virtual std::optional<Hash> chain_at(Audience audience, Revision revision) const = 0;  // revision 0 too
  virtual std::optional<Author> author_at(Audience audience, Revision revision) const = 0;
  // Who removed a record that is removed; nothing if no revision did so yet.
  virtual std::optional<Author> remover_of(const RecordId& record) const = 0;
  virtual std::optional<Conflict> closed_conflict(const ConflictId& id) const = 0;
  // Whether the field ever held that value (salvage after a restore).
  virtual bool ever_held(const FieldRef& at, Audience audience, const Value& value) const = 0;
  // Whether another dossier has a record of that id: whoever knows one could otherwise take it away from there.
  virtual bool taken_elsewhere(const RecordId& record) const = 0;
};

// Who pushes, as the server knows it; nothing of this is taken from the push.
struct PushSource {
  Author author;
  schema::RoleNumber role = 0;
  ReplicaId replica;
  // Whether the session of that room and every editor who changed the field since saw each other. Empty: never.
  std::function<bool(const std::string& room, const FieldRef& at, Revision since)> together = {};
};

struct NewRevision {
  Audience audience = Audience::kShared;
  RevisionEnvelope envelope;
  Hash chain;
  std::vector<FieldRef> fields;  // that it changed: the index of history
};

struct RefusedChange {
  RefusalId id;
  FieldRef at;
  RefusedAct act = RefusedAct::kWrite;
  RecordId owner;  // of a creation
  Value value;
  Value base;
  RefusalReason reason = RefusalReason::kNone;
};

// Everything that must become durable together.
struct Applied {
  Receipt receipt;
  bool repeated = false;  // answered before: nothing new but the receipt
  std::vector<NewRevision> revisions;
  std::set<RecordId> records;       // whose state changed
  std::vector<Conflict> conflicts;  // in their new state, closed ones too
  std::vector<RefusedChange> refusals;
};

// A push whose number was used by another push: the sender's disk image was copied or restored.
struct ReplicaReused {};

using PushAnswer = std::variant<Applied, NeedBases, ReplicaReused>;

// A record as the server itself makes it: imports and new dossiers.
struct SeedRecord {
  RecordId record;
  KindNumber kind = 0;
  RecordId owner;
  std::map<FieldNumber, Value> values;
};

class Authority {
 public:
  // `key` authenticates revisions and seals push numbers; whoever has it can invent history.
  Authority(const schema::Schema& schema, Bytes key, Random& random);

  // REQUIRES: push decoded from `encoded`; source.replica == push.replica checked by the caller's session.
  // On NeedBases and ReplicaReused the state is untouched.
  [[nodiscard]] PushAnswer process(DossierState& state, const History& history, const PushSource& source,
                                   const Push& push, BytesView encoded, const std::vector<SuppliedBase>& bases,
                                   Timestamp now) const;
  // A push that does not decode: a receipt that ends it, so that it does not block its dossier for ever.
  [[nodiscard]] Applied unreadable(DossierState& state, const ReplicaId& replica, PushNumber number, const Hash& hash,
                                   Timestamp now) const;
  // Adds or updates records on behalf of the agency. Values already equal change nothing; no revision if nothing
  // changes.
  [[nodiscard]] Applied seed(DossierState& state, const std::vector<SeedRecord>& records, const Author& author,
                             Timestamp now) const;
  // Revisions that a replica kept beyond our head: adopted as far as they continue our chain authentically.
  [[nodiscard]] Applied adopt(DossierState& state, Audience audience,
                              const std::vector<RevisionEnvelope>& envelopes) const;

  [[nodiscard]] StreamSnapshot snapshot(const DossierState& state, Audience audience) const;
  // Only what differs from what the replica says it holds.
  [[nodiscard]] Repair repair(const DossierState& state, const RepairRequest& request) const;
  // Recomputed from the records: must equal the running digest.
  [[nodiscard]] SetDigest digest(const DossierState& state, Audience audience) const;
  [[nodiscard]] RecordContent content(const RecordState& record, Audience audience) const;
  // Replays one authentic revision body into a state: adoption, verification and rebuilding use the same code.
  // `touched` gathers the records and conflicts that changed.
  [[nodiscard]] Result<void> replay(DossierState& state, Audience audience, const RevisionEnvelope& envelope,
                                    Applied& touched) const;

  [[nodiscard]] const schema::Schema& schema() const { return schema_; }
  [[nodiscard]] BytesView key() const { return key_; }

 private:
  const schema::Schema& schema_;
  Bytes key_;
  Random& random_;
};

}  // namespace navette::sync
