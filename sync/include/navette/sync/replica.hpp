// The replica: what a person sees and types on their device, and how it meets what the server says.
//
// A working copy: every field holds its working value and, only while it differs, a draft with its base. The engine
// decides, the store keeps. Each public member that changes something is one transaction. One thread per object.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navette/sync/replica_store.hpp"
#include "navette/sync/tuning.hpp"

namespace navette::sync {

// A value as shown, with a token that names it: an editor gives the token back with what was typed over it.
struct Shown {
  Value value;
  std::string token;
};

// A conflict as people look at it: the whole paragraph around the contested text.
struct ConflictView {
  Conflict conflict;
  DossierId dossier;
  std::string base;
  std::string committed;  // as it stands now
  std::string incoming;
  std::string suggestion;  // both changes put together; empty when there is none to make
  bool resolution_waits = false;
};

// A stream whose digest is not the server's.
struct DigestMismatch {
  DossierId dossier;
  Audience audience = Audience::kShared;
  friend bool operator==(const DigestMismatch&, const DigestMismatch&) = default;
};

struct WorkCounts {
  std::size_t drafts = 0;     // fields, creations, removals, improvements and resolutions not yet answered
  std::size_t outbox = 0;     // frozen pushes without an answer
  std::size_t conflicts = 0;  // open and not decided here
  std::size_t refusals = 0;
};

class Replica {
 public:
  Replica(const schema::Schema& schema, ReplicaStore& store, Random& random);

  // ---- who uses this replica (meta of the store)
  void become(std::string_view account, std::string_view role);  // REQUIRES: inside a transaction
  [[nodiscard]] std::optional<schema::RoleNumber> role() const;
  [[nodiscard]] Party party() const;
  [[nodiscard]] ReplicaId replica_id();  // made on first use

  // ---- what the user sees. Call inside store.read() or store.transact().
  [[nodiscard]] unsigned phase(const DossierId& dossier) const;
  // Without what is being removed, and without kinds of a newer schema, which this program has no words for.
  [[nodiscard]] std::vector<RecordRow> records(const DossierId& dossier) const;
  [[nodiscard]] Result<FieldRef> locate(const RecordId& record, std::string_view field) const;
  [[nodiscard]] Result<Shown> get(const FieldRef& at) const;
  [[nodiscard]] Result<ConflictView> view(const Conflict& conflict) const;
  [[nodiscard]] WorkCounts counts(const DossierId& dossier) const;
  [[nodiscard]] std::size_t undecided(const DossierId& dossier) const;  // open conflicts that nobody here has decided

  // ---- what the user does. Errors tell what to do; nothing is half done.
  // A live session sends what is written as soon as it is: then set and edit freeze it in their own transaction, and
  // the way to the other devices has one durable commit less. Offline a draft stays free until it can leave.
  void freeze_at_once(bool live) { freeze_at_once_ = live; }
  Result<void> set(const FieldRef& at, std::string_view typed, Timestamp now);
  // The whole new text. `token`: what it started from; without it, the present value. News that came in between merge;
  // where they cannot, the server makes a conflict of both, or (over an unsent draft) the text is kept as a refusal:
  // kStale.
  Result<void> edit(const FieldRef& at, std::string_view text, const std::optional<std::string>& token, Timestamp now,
                    const std::string& room = {});
  Result<RecordId> add(const DossierId& dossier, std::string_view kind,
                       const std::vector<std::pair<std::string, std::string>>& fields, Timestamp now);
  Result<void> remove(const RecordId& record);
  // Back to the server's value; a field whose push is on its way goes back to what that push carries.
  Result<void> discard(const RecordId& record, std::optional<FieldNumber> field);
  Result<void> publish(const FieldRef& draft, Timestamp now);
  Result<void> resolve(const ConflictId& conflict, Choice choice, const std::string& text);
  Result<void> improve(const ConflictId& conflict, std::string_view text);
  Result<void> retry(const RefusalId& refusal, Timestamp now);
  Result<void> drop(const RefusalId& refusal);

  // ---- what goes to the server
  // The outstanding push of a dossier, frozen now if there is none and something to say.
  Result<std::optional<OutboxRow>> freeze(const DossierId& dossier, Timestamp now);
  [[nodiscard]] std::vector<FollowOne> standing() const;  // of the followed dossiers; inside a transaction
  // Of all of them; zero while one has not caught up, since a restore too.
  [[nodiscard]] ShortHash standing_hash() const;
  [[nodiscard]] Result<std::vector<SuppliedBase>> bases(const NeedBases& need) const;

  // ---- what the server says. Call inside store.transact(), a batch of messages per transaction.
  // True: another history (a restore) than the one this replica knew.
  bool welcome(const EpochId& epoch);
  // The account's role is of the other party now: what was private to the former one leaves, unsent work as refusals.
  void change_sides(Audience left, Timestamp now);
  // The server holds less than it once said, under the epoch that we know: it lost the end of its file.
  void history_went_back();
  // Dossiers gained and lost. What leaves hands its drafts to the refusals first. After a restore nothing leaves.
  void scope(const std::vector<DossierId>& dossiers, bool restored, Timestamp now);
  void save_work(const DossierId& dossier, Timestamp now);  // every unsent act becomes a refusal
  Result<void> apply(const Revisions& revisions);
  Result<void> apply(const Snapshot& snapshot);
  Result<void> apply(const Receipt& receipt, Timestamp now);
  Result<void> apply(const Repair& repair);
  void apply(const Covered& covered);
  void apply(const RefusalNotice& notice);
  void apply(const RefusalsSettled& settled);
  void caught_up(const DossierId& dossier);
  [[nodiscard]] bool comparing() const;  // since a meeting with a restored server, not every dossier has caught up
  void compared();  // every dossier has caught up: what a restored server lacked is on its way to it
  // Streams whose digest does not match the last one received; call when all streams of a commit have been applied.
  [[nodiscard]] std::vector<DigestMismatch> mismatches();
  [[nodiscard]] RepairRequest repair_request(const DigestMismatch& mismatch) const;
  // This numbering of pushes is taken: new identity, the outstanding pushes become drafts again.
  void renew_identity();
  // The digest recomputed from all records must equal the running one. Names what differs.
  [[nodiscard]] std::vector<DigestMismatch> verify() const;
  // What verify() named: the running digest does not show it, so the next session asks for a repair by itself.
  // REQUIRES: inside a transaction.
  void doubt(const std::vector<DigestMismatch>& wrong);
  [[nodiscard]] std::vector<DigestMismatch> doubts() const;  // of followed dossiers

 private:
  friend class Settler;
  friend class Incoming;

  [[nodiscard]] const schema::Field* field(const FieldRef& at) const;
  // Of a field of a newer schema: that of the stream in which it came; nothing if none ever did.
  [[nodiscard]] std::optional<Audience> audience_of(const FieldRef& at) const;
  void learn(const FieldRef& at, Audience audience);  // in which stream a field of a newer schema comes
  // Nobody removes or signs what their program cannot show them.
  [[nodiscard]] Result<void> shows_all_of(const RecordRow& row) const;
  [[nodiscard]] bool hidden(const DossierId& dossier, const RecordId& record) const;
  [[nodiscard]] Result<RecordRow> visible(const RecordId& record) const;
  [[nodiscard]] Result<void> may_write(const DossierId& dossier, const FieldRef& at) const;
  [[nodiscard]] Result<void> may_shape(const DossierId& dossier, KindNumber kind) const;
  [[nodiscard]] Value working(const FieldRef& at) const;
  [[nodiscard]] Value server_value(const FieldRef& at) const;
  [[nodiscard]] AtRevision here(const DossierId& dossier, Audience audience) const;
  Result<void> write(const DossierId& dossier, const FieldRef& at, const Value& value, const std::string& room = {});
  Result<void> write_in_transaction(const std::function<Result<void>()>& work, Timestamp now);
  Result<void> set_phase(const RecordRow& root, const FieldRef& at, const Value& to, Timestamp now);
  void erase_local(const RecordRow& record);
  [[nodiscard]] SetDigest displayed_digest(const DossierId& dossier) const;
  // What the server holds of a record, as far as received; nothing for a record it does not know.
  [[nodiscard]] std::optional<RecordContent> server_content(const RecordId& record, Audience audience) const;
  [[nodiscard]] SetDigest recomputed(const DossierId& dossier, Audience audience) const;
  // Dropped or taken up again by its person: gone here, and to be told to their other devices.
  void settle_refusal(const RefusalRow& row);
  // What was refused with its record needs the record first, and that one its owner.
  Result<void> retry_creation(const RecordId& record, Timestamp now);
  void write_doubts(const std::vector<DigestMismatch>& doubts);
  RefusalRow new_refusal(const DossierId& dossier, const FieldRef& at, RefusedAct act, RefusalReason reason,
                         Timestamp now);

  const schema::Schema& schema_;
  ReplicaStore& store_;
  Random& random_;
  bool freeze_at_once_ = false;
  mutable std::map<DossierId, RecordId> roots_;                   // the record that holds a dossier's phase
  std::map<std::pair<DossierId, Audience>, ShortHash> expected_;  // digests received and not yet compared
};

}  // namespace navette::sync
