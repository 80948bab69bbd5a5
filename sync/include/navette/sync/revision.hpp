// What the authority answers with: revisions of streams, and the conflicts that they open and close.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "navette/sync/change.hpp"

namespace navette::sync {

// Who made a change, as the other party may read it.
struct Author {
  std::string name;
  Party party = Party::kStructure;
  friend bool operator==(const Author&, const Author&) = default;
};

enum class ConflictKind : std::uint8_t {
  kText,      // both rewrote the same units of a text; `range` is the live text of the group
  kValue,     // both set a scalar, or a text of which the whole is the unit
  kRemoval,   // one removed what the other had changed: the record stays until somebody decides
  kGone,      // a change of a record that was removed before it arrived
  kOrphan,    // a creation under a record that was removed before it arrived
  kKept,      // private text of a party in a record that the other one removed: its recycle bin
  kSalvaged,  // a value from before a restore that contradicts the head
};
enum class ConflictState : std::uint8_t { kOpen, kResolved, kSuperseded, kWithdrawn };
[[nodiscard]] std::string_view name_of(ConflictKind kind);
[[nodiscard]] std::string_view name_of(ConflictState state);

// Two people changed the same thing without having seen each other. Both versions are kept until someone decides.
struct Conflict {
  ConflictId id;
  Audience audience = Audience::kShared;
  ConflictKind kind = ConflictKind::kValue;
  ConflictState state = ConflictState::kOpen;
  std::uint32_t version = 0;  // grows with every change of this conflict; a resolution names the one it saw
  FieldRef at;                // field 0: the record as a whole
  RecordId owner;             // of a gone or orphan record
  Value base;
  Value committed;  // as committed when the conflict opened; the live one is in the head
  Value incoming;
  TextRange range;         // kText: where the live committed text stands in the head
  TextRange pushed_range;  // kText: where `incoming` stands in the text that was pushed
  TextRange base_range;    // kText: where `base` stands in the base of that push
  Author committed_by;
  Author incoming_by;
  ReplicaId replica;  // the push that brought `incoming`
  PushNumber push;    // sealed
  bool improved = false;
  bool rooted = false;  // `base` is a revision's text, not that of an earlier push
  friend bool operator==(const Conflict&, const Conflict&) = default;
};

struct RecordCreated {
  RecordId record;
  KindNumber kind = 0;
  RecordId owner;
  friend bool operator==(const RecordCreated&, const RecordCreated&) = default;
};
struct ValueSet {
  FieldRef at;
  Value value;
  friend bool operator==(const ValueSet&, const ValueSet&) = default;
};
struct TextChanged {
  FieldRef at;
  Delta delta;
  friend bool operator==(const TextChanged&, const TextChanged&) = default;
};
struct RecordsRemoved {
  std::vector<RecordId> records;
  friend bool operator==(const RecordsRemoved&, const RecordsRemoved&) = default;
};
struct ConflictChanged {
  Conflict conflict;
  friend bool operator==(const ConflictChanged&, const ConflictChanged&) = default;
};
using Operation = std::variant<RecordCreated, ValueSet, TextChanged, RecordsRemoved, ConflictChanged>;

// The content of a revision: its encoded bytes are what the chain hashes.
struct RevisionBody {
  Author author;
  Timestamp server_time;
  Timestamp client_time;
  ReplicaId replica;
  PushNumber push;  // sealed, as is the hash
  Hash push_hash;
  std::vector<Operation> operations;
  // The changes of that push that were refused, counted among those of this audience: should the push come again after
  // a restore, only the others are done already.
  std::vector<std::uint32_t> refused;
  friend bool operator==(const RevisionBody&, const RevisionBody&) = default;
};

// A push of which an adopted revision tells: what it did to that stream is done.
struct AdoptedPush {
  PushNumber number;  // 0: none
  Hash hash;
  std::vector<std::uint32_t> refused;  // as in RevisionBody
  friend bool operator==(const AdoptedPush&, const AdoptedPush&) = default;
};

// A revision on its way: chain(n) = SHA-256(chain(n-1) ‖ digest ‖ body).
struct RevisionEnvelope {
  Revision number;
  ShortHash digest;  // of the stream after it
  ShortHash code;    // the server's authentication code over dossier, audience, number and chain
  Bytes body;        // encoded RevisionBody
  friend bool operator==(const RevisionEnvelope&, const RevisionEnvelope&) = default;
};

[[nodiscard]] Hash first_chain(const DossierId& dossier, Audience audience);
[[nodiscard]] Hash next_chain(const Hash& previous, const RevisionEnvelope& envelope);
[[nodiscard]] ShortHash revision_code(BytesView key, const DossierId& dossier, Audience audience, Revision number,
                                      const Hash& chain);

// Which push a revision or a conflict came with, for the server's eyes: others who read a stream would learn from gaps
// between plain numbers how often its author writes where they may not read, and could try out what a short private
// text was on a plain hash. Sealed numbers are encoded in the same number of bytes, all of them.
[[nodiscard]] PushNumber sealed(BytesView key, const DossierId& dossier, const ReplicaId& replica, PushNumber number);
// What is not sealed (0: none) stays as it is.
[[nodiscard]] PushNumber opened(BytesView key, const DossierId& dossier, const ReplicaId& replica, PushNumber sealed);
[[nodiscard]] Hash sealed(BytesView key, const Hash& push_hash);

// The canonical hash of one record as one audience reads it: a member of the stream's digest.
// In the shared stream the record's kind and owner count too, so that an empty record is a member.
struct RecordContent {
  RecordId record;
  KindNumber kind = 0;
  RecordId owner;
  std::vector<std::pair<FieldNumber, Value>> values;  // of that audience, not empty, by field number
  friend bool operator==(const RecordContent&, const RecordContent&) = default;
};
[[nodiscard]] Hash content_hash(const RecordContent& content, Audience audience);
// Nothing to hash: a private audience without a value.
[[nodiscard]] bool is_member(const RecordContent& content, Audience audience);
[[nodiscard]] ShortHash value_hash(const Value& value);

// Carries the ranges of open text conflicts of that field through a change of it. Both ends call it, so that ranges
// need not travel.
void move_range(Conflict& conflict, const FieldRef& at, const Delta& delta);

}  // namespace navette::sync
