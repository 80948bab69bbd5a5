// The messages of the protocol. PROTOCOL.md tells when each is sent and what it means.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "navette/base/error.hpp"
#include "navette/sync/revision.hpp"

namespace navette::sync {

inline constexpr std::uint32_t kProtocolVersion = 1;  // history in PROTOCOL.md

struct Hello {
  std::uint32_t oldest_version = kProtocolVersion;
  std::uint32_t newest_version = kProtocolVersion;
  std::uint32_t schema_version = 0;
  std::string software;
  ReplicaId replica;
  EpochId epoch;       // empty: none seen
  ShortHash standing;  // standing_hash of all that the replica follows; zero: not all of it has caught up
  friend bool operator==(const Hello&, const Hello&) = default;
};
struct Welcome {
  std::uint32_t version = kProtocolVersion;
  EpochId epoch;
  std::uint32_t heartbeat_ms = 0;
  std::uint32_t delay_ms = 0;  // wait that long before going on
  std::string account;
  std::string role;
  Timestamp server_time;
  std::string room;  // names this session; an edit made while it lasts says so
  friend bool operator==(const Welcome&, const Welcome&) = default;
};
// The dossiers that this account follows now: all of them (an id costs 16 bytes), so that nothing lingers.
struct Scope {
  std::vector<DossierId> dossiers;
  friend bool operator==(const Scope&, const Scope&) = default;
};
struct FollowOne {
  DossierId dossier;
  std::vector<StreamHead> heads;  // where this replica stands; no entry: has nothing of that stream
  PushNumber last_push;           // the highest number that this replica gave out for that dossier
  friend bool operator==(const FollowOne&, const FollowOne&) = default;
};
struct Follow {
  std::vector<FollowOne> dossiers;
  friend bool operator==(const Follow&, const Follow&) = default;
};
// Where somebody stands in all dossiers, in one hash. A stream without revisions does not count. REQUIRES: by id, heads
// by audience.
[[nodiscard]] ShortHash standing_hash(const std::vector<FollowOne>& dossiers);
// Instead of Scope: the account follows what the replica follows, and nothing of it has changed. All has caught up.
struct Unchanged {
  std::uint32_t dossiers = 0;
  friend bool operator==(const Unchanged&, const Unchanged&) = default;
};
// What the catch-up will bring: for a progress bar. Bytes before compression.
struct Totals {
  std::uint32_t dossiers = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const Totals&, const Totals&) = default;
};
struct StreamSnapshot {
  Audience audience = Audience::kShared;
  Revision head;
  Hash chain;
  ShortHash digest;
  ShortHash code;
  std::vector<RecordContent> records;
  std::vector<Conflict> conflicts;  // the open ones
  friend bool operator==(const StreamSnapshot&, const StreamSnapshot&) = default;
};
// One stream of a dossier as it stands. `diverged`: what the replica had is not a prefix of this history.
struct Snapshot {
  DossierId dossier;
  bool diverged = false;
  StreamSnapshot stream;
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};
struct Revisions {
  DossierId dossier;
  Audience audience = Audience::kShared;
  std::vector<RevisionEnvelope> envelopes;  // consecutive
  friend bool operator==(const Revisions&, const Revisions&) = default;
};
// The catch-up of this dossier is complete; pushes of it are welcome from here on.
struct CaughtUp {
  DossierId dossier;
  friend bool operator==(const CaughtUp&, const CaughtUp&) = default;
};
struct PushMessage {
  Bytes push;  // encoded Push, exactly as frozen
  friend bool operator==(const PushMessage&, const PushMessage&) = default;
};
// The server cannot find these bases in its history: changes by index.
struct NeedBases {
  DossierId dossier;
  PushNumber number;
  std::vector<std::uint32_t> changes;
  friend bool operator==(const NeedBases&, const NeedBases&) = default;
};
struct SuppliedBase {
  std::uint32_t change = 0;
  Value value;
  friend bool operator==(const SuppliedBase&, const SuppliedBase&) = default;
};
struct PushWithBases {
  Bytes push;
  std::vector<SuppliedBase> bases;
  friend bool operator==(const PushWithBases&, const PushWithBases&) = default;
};
struct ReceiptMessage {
  Receipt receipt;
  friend bool operator==(const ReceiptMessage&, const ReceiptMessage&) = default;
};
// After a restore: the server asks for the revisions that a replica holds beyond its own.
struct AskKept {
  DossierId dossier;
  Audience audience = Audience::kShared;
  Revision after;
  friend bool operator==(const AskKept&, const AskKept&) = default;
};
struct Kept {
  DossierId dossier;
  Audience audience = Audience::kShared;
  std::vector<RevisionEnvelope> envelopes;
  bool last = true;
  friend bool operator==(const Kept&, const Kept&) = default;
};
// A digest that does not match: per record what the replica has, so that only what differs is sent again.
struct RepairRequest {
  DossierId dossier;
  Audience audience = Audience::kShared;
  Revision head;
  std::vector<SeenRecord> records;
  friend bool operator==(const RepairRequest&, const RepairRequest&) = default;
};
struct Repair {
  DossierId dossier;
  StreamSnapshot stream;  // only the records that differ; all open conflicts
  std::vector<RecordId> superfluous;
  friend bool operator==(const Repair&, const Repair&) = default;
};
// A backup holds everything up to these heads: what was kept for a restore may go.
struct Covered {
  DossierId dossier;
  std::vector<StreamHead> heads;
  friend bool operator==(const Covered&, const Covered&) = default;
};
// An editor is open in that field (closed: open = false). The server tells the others who follow.
struct Presence {
  DossierId dossier;
  FieldRef at;
  bool open = true;
  Author who;
  friend bool operator==(const Presence&, const Presence&) = default;
};
// The replica's own state, for the administrators: counts only.
struct Report {
  std::uint32_t drafts = 0;
  std::uint32_t outbox = 0;
  std::uint32_t refusals = 0;
  std::int64_t outbox_age_ms = 0;
  std::uint32_t repairs = 0;
  std::string software;
  friend bool operator==(const Report&, const Report&) = default;
};
struct HistoryRequest {
  std::uint32_t request = 0;
  DossierId dossier;
  RecordId record;          // empty: all
  FieldNumber field = 0;    // 0: all
  std::uint32_t limit = 0;  // newest first
  friend bool operator==(const HistoryRequest&, const HistoryRequest&) = default;
};
struct HistoryEntry {
  Audience audience = Audience::kShared;
  Revision revision;
  Author author;
  Timestamp server_time;
  Timestamp client_time;
  std::string what;  // created, set, edited, removed, conflict opened, …
  FieldRef at;
  Value before;
  Value after;
  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};
struct HistoryReply {
  std::uint32_t request = 0;
  std::vector<HistoryEntry> entries;
  bool more = false;
  friend bool operator==(const HistoryReply&, const HistoryReply&) = default;
};
// What was refused. kEdit: on the device, by an editor whose text could not merge.
enum class RefusedAct : std::uint8_t { kWrite, kCreate, kRemove, kPublish, kImprove, kResolve, kPhase, kEdit };
[[nodiscard]] std::string_view name_of(RefusedAct act);
[[nodiscard]] RefusedAct act_of(const Change& change);
// Both ends give the refusal of a change the same id.
[[nodiscard]] RefusalId refusal_id(const Hash& push_hash, std::size_t change);

// A refusal that another device of the same account received.
struct RefusalNotice {
  RefusalId id;
  DossierId dossier;
  FieldRef at;
  RefusedAct act = RefusedAct::kWrite;
  RecordId owner;  // of a refused creation
  Value value;
  Value base;
  RefusalReason reason = RefusalReason::kNone;
  Timestamp when;
  friend bool operator==(const RefusalNotice&, const RefusalNotice&) = default;
};
// Refusals that somebody of the account dropped or took up again, each with the hash of the value that they saw. From a
// replica: its own; from the server: those of all devices, the asker's as an answer.
struct SettledRefusal {
  RefusalId id;
  ShortHash value;
  friend bool operator==(const SettledRefusal&, const SettledRefusal&) = default;
};
struct RefusalsSettled {
  std::vector<SettledRefusal> refusals;
  friend bool operator==(const RefusalsSettled&, const RefusalsSettled&) = default;
};
// The last message of a session, with what to do next.
struct Goodbye {
  Action action = Action::kRetry;
  std::string reason;  // French
  std::uint32_t retry_after_ms = 0;
  bool new_replica_id = false;  // this numbering of pushes is taken: a restored or copied disk image
  friend bool operator==(const Goodbye&, const Goodbye&) = default;
};

using Message =
    std::variant<Hello, Welcome, Scope, Follow, Totals, Snapshot, Revisions, CaughtUp, PushMessage, NeedBases,
                 PushWithBases, ReceiptMessage, AskKept, Kept, RepairRequest, Repair, Covered, Presence, Report,
                 HistoryRequest, HistoryReply, RefusalNotice, Goodbye, RefusalsSettled, Unchanged>;

}  // namespace navette::sync
