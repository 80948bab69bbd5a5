// What the replica engine needs of its store. The client implements it over SQLite, the tests in memory.
//
// Every call runs inside transact(); a store that fails throws StoreFailure, which transact() catches: the transaction
// is rolled back whole and the error returned. Nothing else throws, and no caller catches.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "navette/sync/message.hpp"
#include "navette/sync/revision.hpp"

namespace navette::sync {

struct StoreFailure {
  Error error;
};

// A dossier on this device.
struct DossierRow {
  DossierId id;
  PushNumber last_push;    // the highest number given out for it
  bool followed = true;    // false: left the scope, kept until its drafts are saved
  bool caught_up = false;  // complete at least once
};

// Where this replica stands in a stream, and the digest of the server's values it holds.
struct StreamRow {
  Revision head;
  Hash chain;
  SetDigest digest;
};

// A record as the user sees it: working values, empty ones left out.
struct RecordRow {
  RecordId id;
  DossierId dossier;
  KindNumber kind = 0;
  RecordId owner;
  std::map<FieldNumber, Value> values;
};

// A field whose working value differs from its base, or whose push is not answered yet.
struct DraftRow {
  DossierId dossier;
  FieldRef at;
  Value working;
  Value base_value;
  Base base;                         // how the base is named to the server (Carried repeats base_value)
  Value head;                        // the server's latest value, as far as received
  std::optional<Value> pushed;       // what the outstanding push carries
  PushNumber push;                   // that push; 0: none
  FieldNumber publishes_from = 0;    // the private draft text that this publishes
  std::string room;                  // live session of the edit; empty: apart
  std::optional<ShortHash> covered;  // of a phase: the digest of what its author saw
};

// A record made here. `known`: its revision came back; the row stays until the receipt.
struct CreationRow {
  DossierId dossier;
  RecordId record;
  KindNumber kind = 0;
  RecordId owner;
  PushNumber push;
  bool known = false;
};

// A removal on its way: the records of `seen` are hidden from lists until the answer.
struct RemovalRow {
  DossierId dossier;
  RecordId record;
  KindNumber kind = 0;
  std::vector<SeenRecord> seen;
  PushNumber push;
};

struct ImprovementRow {
  DossierId dossier;
  ConflictId conflict;
  FieldRef at;
  Value seen;
  Value text;
  std::optional<Value> pushed;
  PushNumber push;
};

struct ResolutionRow {
  DossierId dossier;
  ResolveConflict change;
  PushNumber push;
};

// After a restore: a value held here that the restored server may lack. kind and owner recreate its record.
struct SalvageRow {
  DossierId dossier;
  SalvageValue change;
  PushNumber push;
};

// What the server would not take (or what an editor could not merge here): the whole value, kept with its reason.
struct RefusalRow {
  RefusalId id;
  DossierId dossier;
  FieldRef at;
  RecordId owner;
  RefusedAct act = RefusedAct::kWrite;
  Value value;
  Value base;
  RefusalReason reason = RefusalReason::kNone;
  Timestamp when;
};

// A frozen push. Resent unchanged until it is answered; then forgotten: its effect is in the revisions kept.
struct OutboxRow {
  DossierId dossier;
  PushNumber number;
  Bytes push;                       // encoded Push
  std::vector<SuppliedBase> bases;  // of the changes whose base is named by revision
  Timestamp frozen_at;
};

class ReplicaStore {
 public:
  virtual ~ReplicaStore() = default;

  // Runs `work` in one transaction (a write transaction: other writers wait their turn). An error from `work` rolls
  // back. Nested calls join the outer transaction.
  [[nodiscard]] virtual Result<void> transact(const std::function<Result<void>()>& work) = 0;
  // The same for reads: one consistent view, never waits for a writer.
  [[nodiscard]] virtual Result<void> read(const std::function<Result<void>()>& work) = 0;

  // Small named values: "replica_id", "epoch", "account", "role", … Absent: nothing.
  virtual std::optional<Bytes> meta(std::string_view name) = 0;
  virtual void set_meta(std::string_view name, BytesView value) = 0;

  virtual std::optional<DossierRow> dossier(const DossierId& id) = 0;
  virtual std::vector<DossierRow> dossiers() = 0;  // by id
  virtual void put_dossier(const DossierRow& row) = 0;
  virtual void erase_dossier(const DossierId& id) = 0;  // with everything of it except its refusals

  virtual std::optional<StreamRow> stream(const DossierId& dossier, Audience audience) = 0;
  virtual void put_stream(const DossierId& dossier, Audience audience, const StreamRow& row) = 0;

  // Records: typed tables, working values. set_value of an absent record does nothing.
  virtual std::optional<RecordRow> record(const RecordId& id) = 0;
  virtual std::vector<RecordRow> records(const DossierId& dossier) = 0;  // by kind number, then id
  virtual std::vector<RecordId> owned(const RecordId& owner) = 0;        // direct children, by id
  virtual void put_record(const RecordRow& row) = 0;                     // inserts or replaces whole
  virtual void set_value(const RecordId& id, KindNumber kind, FieldNumber field, const Value& value) = 0;
  virtual void erase_record(const RecordId& id, KindNumber kind) = 0;

  virtual std::optional<DraftRow> draft(const RecordId& record, FieldNumber field) = 0;
  virtual std::vector<DraftRow> drafts(const DossierId& dossier) = 0;  // by record, field
  virtual std::vector<DraftRow> drafts_of(const RecordId& record) = 0;
  virtual void put_draft(const DraftRow& row) = 0;
  virtual void erase_draft(const RecordId& record, FieldNumber field) = 0;

  virtual std::optional<CreationRow> creation(const RecordId& record) = 0;
  virtual std::vector<CreationRow> creations(const DossierId& dossier) = 0;  // in the order they were made
  virtual void put_creation(const CreationRow& row) = 0;
  virtual void erase_creation(const RecordId& record) = 0;

  virtual std::vector<RemovalRow> removals(const DossierId& dossier) = 0;
  virtual void put_removal(const RemovalRow& row) = 0;
  virtual void erase_removal(const RecordId& record) = 0;

  virtual std::optional<ImprovementRow> improvement(const ConflictId& conflict) = 0;
  virtual std::vector<ImprovementRow> improvements(const DossierId& dossier) = 0;
  virtual void put_improvement(const ImprovementRow& row) = 0;
  virtual void erase_improvement(const ConflictId& conflict) = 0;

  virtual std::optional<ResolutionRow> resolution(const ConflictId& conflict) = 0;
  virtual std::vector<ResolutionRow> resolutions(const DossierId& dossier) = 0;
  virtual void put_resolution(const ResolutionRow& row) = 0;
  virtual void erase_resolution(const ConflictId& conflict) = 0;

  virtual std::vector<SalvageRow> salvages(const DossierId& dossier) = 0;
  virtual void put_salvage(const SalvageRow& row) = 0;  // one per field and value
  virtual void erase_salvages(const DossierId& dossier, PushNumber push) = 0;

  virtual std::optional<Conflict> conflict(const ConflictId& id) = 0;
  virtual std::optional<DossierId> conflict_dossier(const ConflictId& id) = 0;
  virtual std::vector<Conflict> conflicts(const DossierId& dossier, bool open_only) = 0;  // by id
  virtual std::vector<Conflict> open_conflicts_at(const FieldRef& at) = 0;
  virtual void put_conflict(const DossierId& dossier, const Conflict& conflict) = 0;
  virtual void erase_open_conflicts(const DossierId& dossier, Audience audience) = 0;

  virtual std::optional<RefusalRow> refusal(const RefusalId& id) = 0;
  virtual std::vector<RefusalRow> refusals() = 0;  // oldest first
  virtual void put_refusal(const RefusalRow& row) = 0;
  virtual void erase_refusal(const RefusalId& id) = 0;
  // Refusals settled here of which the server has not been told yet.
  virtual std::vector<SettledRefusal> settled_refusals() = 0;  // by id
  virtual void put_settled_refusal(const SettledRefusal& row) = 0;
  virtual void erase_settled_refusal(const RefusalId& id) = 0;

  virtual std::optional<OutboxRow> outbox(const DossierId& dossier) = 0;  // at most one per dossier
  virtual void put_outbox(const OutboxRow& row) = 0;
  virtual void erase_outbox(const DossierId& dossier) = 0;

  // Revisions received since the last backup of the server.
  virtual void keep(const DossierId& dossier, Audience audience, const RevisionEnvelope& envelope) = 0;
  virtual std::vector<RevisionEnvelope> kept(const DossierId& dossier, Audience audience, Revision after,
                                             std::size_t most) = 0;
  virtual void forget_kept(const DossierId& dossier, Audience audience, Revision up_to) = 0;

  // Dossiers with something to push: a draft, creation, removal, improvement, resolution, salvage or outbox.
  virtual std::vector<DossierId> dossiers_with_work() = 0;
};

}  // namespace navette::sync
