// What a replica asks for: a push, the net change of a dossier's drafts, frozen before its first byte leaves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "navette/base/hash.hpp"
#include "navette/base/id.hpp"
#include "navette/schema/schema.hpp"
#include "navette/sync/delta.hpp"

namespace navette::sync {

using schema::Audience;
using schema::FieldNumber;
using schema::KindNumber;
using schema::Party;
using schema::Value;

// Base: the field's value at a revision of its stream, named with the chain hash so that a revision of another
// history is recognised.
struct AtRevision {
  Revision revision;
  ShortHash chain;
  friend bool operator==(const AtRevision&, const AtRevision&) = default;
};
// Base: the value itself. `after` names the push of this replica that carried it (0: none did).
struct Carried {
  Value value;
  PushNumber after;
  friend bool operator==(const Carried&, const Carried&) = default;
};
using Base = std::variant<AtRevision, Carried>;

// One field of one record. The kind travels along: the record may be gone on the other side.
struct FieldRef {
  RecordId record;
  KindNumber kind = 0;
  FieldNumber field = 0;
  friend auto operator<=>(const FieldRef&, const FieldRef&) = default;
};

struct CreateRecord {
  RecordId record;
  KindNumber kind = 0;
  RecordId owner;  // empty: hangs at the dossier
  friend bool operator==(const CreateRecord&, const CreateRecord&) = default;
};
struct SetValue {
  FieldRef at;
  Base base;
  Value value;
  friend bool operator==(const SetValue&, const SetValue&) = default;
};
// `check`: the first 8 bytes of the new text's hash; a base that was rebuilt wrongly does not go unnoticed.
// `room`: the live session in which the editor saw the others (empty: apart). Only the server's presence records count.
struct EditText {
  FieldRef at;
  Base base;
  Delta delta;
  std::uint64_t check = 0;
  std::string room;
  friend bool operator==(const EditText&, const EditText&) = default;
};
// A private draft text becomes the published one; the draft is cleared if it still is that text.
struct PublishText {
  FieldRef to;
  FieldNumber from = 0;
  Base base;  // of `to`
  Delta delta;
  std::uint64_t check = 0;
  friend bool operator==(const PublishText&, const PublishText&) = default;
};
// What the remover saw: per record of the subtree the digest of what they may read of it.
struct SeenRecord {
  RecordId record;
  ShortHash digest;
  friend bool operator==(const SeenRecord&, const SeenRecord&) = default;
};
struct RemoveRecord {
  RecordId record;
  KindNumber kind = 0;
  std::vector<SeenRecord> seen;
  friend bool operator==(const RemoveRecord&, const RemoveRecord&) = default;
};
// The author of an incoming text goes on writing it, inside its conflict.
struct ImproveConflict {
  ConflictId conflict;
  FieldRef at;
  Value seen;  // the incoming text that the improvement started from
  Value improved;
  friend bool operator==(const ImproveConflict&, const ImproveConflict&) = default;
};
enum class Choice : std::uint8_t { kCommitted, kIncoming, kWritten };
// Carries exactly what it writes and what its author saw; refused when either side moved since.
struct ResolveConflict {
  ConflictId conflict;
  std::uint32_t version = 0;
  ShortHash seen_live;  // hash of the live text of the range, or live value, and of the incoming one; of a removal: of
                        // the records
  Choice choice = Choice::kCommitted;
  Value value;  // what the range or the field becomes
  FieldRef at;
  friend bool operator==(const ResolveConflict&, const ResolveConflict&) = default;
};
// A transition. `covered`: digest of the shared stream as its author saw it, with the push's own edits.
struct ChangePhase {
  FieldRef at;
  Value from;
  Value to;
  ShortHash covered;
  friend bool operator==(const ChangePhase&, const ChangePhase&) = default;
};
// After a restore: a value that this replica holds and the restored server may lack.
struct SalvageValue {
  FieldRef at;
  RecordId owner;
  Value value;
  friend bool operator==(const SalvageValue&, const SalvageValue&) = default;
};

using Change = std::variant<CreateRecord, SetValue, EditText, PublishText, RemoveRecord, ImproveConflict,
                            ResolveConflict, ChangePhase, SalvageValue>;
inline constexpr std::size_t kChangeKinds = std::variant_size_v<Change>;

struct Push {
  DossierId dossier;
  ReplicaId replica;
  PushNumber number;
  std::uint32_t schema_version = 0;
  Timestamp client_time;  // shown, never decides
  std::vector<Change> changes;
  friend bool operator==(const Push&, const Push&) = default;
};

// What became of one change.
enum class Outcome : std::uint8_t { kAccepted, kMerged, kContested, kRefused };
enum class RefusalReason : std::uint8_t {
  kNone,
  kRight,             // role, phase or audience does not allow it
  kPhase,             // no such transition from here
  kCovered,           // changed since you read it
  kOpenConflicts,     // an open conflict blocks the transition
  kInvalid,           // type or format
  kTooLong,           // text over its limit
  kUnknownRecord,     // record, field or kind that does not exist
  kDependsOnRefused,  // the creation that it needs was refused
  kConflictClosed,    // settled already
  kConflictMoved,     // either side changed since you saw it
  kLimit,             // too many records or open conflicts
  kBase,              // the base named does not exist
  kScope,             // the dossier left the account's scope
};
inline constexpr int kRefusalReasons = 14;
[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] std::string_view name_of(RefusalReason reason);
[[nodiscard]] std::string_view text_of(RefusalReason reason);  // French, says what to do

struct ChangeResult {
  Outcome outcome = Outcome::kAccepted;
  RefusalReason reason = RefusalReason::kNone;
  bool together = false;
  std::vector<ConflictId> conflicts;
  friend bool operator==(const ChangeResult&, const ChangeResult&) = default;
};

// Where a stream stands.
struct StreamHead {
  Audience audience = Audience::kShared;
  Revision revision;
  ShortHash chain;
  friend bool operator==(const StreamHead&, const StreamHead&) = default;
};

// The server's final answer to a push: sent after the commit is durable, repeated unchanged when asked again.
struct Receipt {
  DossierId dossier;
  ReplicaId replica;
  PushNumber number;
  Hash push_hash;
  Timestamp server_time;
  std::vector<ChangeResult> results;  // one per change; a push that cannot be read has none and `unreadable`
  bool unreadable = false;
  std::vector<StreamHead> heads;  // of the streams that the author reads, after the push
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

}  // namespace navette::sync
