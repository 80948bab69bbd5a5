// One push against one state: one function per kind of change.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "editor.hpp"

namespace navette::sync {

// Per audience the positions of refused changes among the changes of that audience.
using Refused = std::array<std::vector<std::uint32_t>, schema::kAudienceCount>;

class Processor {
 public:
  Processor(const schema::Schema& schema, Random& random, BytesView key, DossierState& state, const History& history,
            const PushSource& source, const Push& push, const Hash& push_hash);

  // Finds the base of every change. The changes whose base is missing; empty: all known. `supplied` is the second
  // try: what is still missing is refused then.
  [[nodiscard]] std::vector<std::uint32_t> find_bases(const std::vector<SuppliedBase>& supplied);
  // REQUIRES: find_bases returned nothing.
  void run();

  [[nodiscard]] Editor& editor() { return editor_; }
  [[nodiscard]] std::vector<ChangeResult>& results() { return results_; }
  [[nodiscard]] std::vector<RefusedChange>& refusals() { return refusals_; }
  [[nodiscard]] const Refused& refused_positions() const { return refused_; }

 private:
  // The text edit of an EditText or PublishText.
  struct TextEdit {
    const FieldRef& at;
    const Base& base;
    const std::string& room;
    FieldNumber published_from = 0;
  };
  // What the author started from and ended with.
  struct Prepared {
    std::optional<Value> base;
    bool found = false;               // the base is what this server has there, and not what the push claims
    std::optional<std::string> text;  // of a text change: the new text
  };

  // bases.cpp
  [[nodiscard]] std::optional<Value> value_at(const FieldRef& at, const AtRevision& base) const;
  [[nodiscard]] bool names_revision(const Change& change) const;
  // The field, if there is one that this author reads: what they may not read is to them what does not exist.
  [[nodiscard]] const schema::Field* readable_field(const FieldRef& at) const;
  bool prepare(Prepared& prepared, const FieldRef& at, const Base& base, const Delta* delta, std::uint64_t check,
               const Value* supplied) const;

  // edits.cpp
  ChangeResult apply(const CreateRecord& change, const Prepared& prepared);
  ChangeResult apply(const SetValue& change, const Prepared& prepared);
  ChangeResult apply(const EditText& change, const Prepared& prepared);
  ChangeResult apply(const PublishText& change, const Prepared& prepared);
  ChangeResult apply(const RemoveRecord& change, const Prepared& prepared);
  ChangeResult apply(const ImproveConflict& change, const Prepared& prepared);
  ChangeResult apply(const ResolveConflict& change, const Prepared& prepared);
  ChangeResult apply(const ChangePhase& change, const Prepared& prepared);
  ChangeResult apply(const SalvageValue& change, const Prepared& prepared);

  [[nodiscard]] std::optional<RefusalReason> barred(const FieldRef& at) const;
  // A text over its limit may only shrink: `previous` is never what the push claims to be there.
  [[nodiscard]] std::optional<RefusalReason> unfit(const FieldRef& at, const Value& value, const Value& previous) const;
  // The longest text that stands at that place on this server: the live one, the base if it was found here, and those
  // of open conflicts.
  [[nodiscard]] Value longest_known(const FieldRef& at, const Prepared* prepared) const;
  ChangeResult edit_text(const TextEdit& edit, const Prepared& prepared);
  ChangeResult contest(const FieldRef& at, const Base& base, const Value& base_value, const Value& incoming,
                       ConflictKind kind, const RecordId& owner = {});

  // conflicts.cpp
  [[nodiscard]] Conflict new_conflict(const FieldRef& at, ConflictKind kind) const;
  [[nodiscard]] std::vector<TextRange> pins(const FieldRef& at, PushNumber after) const;
  // The open conflicts of push `after` of this replica, at that place.
  [[nodiscard]] std::vector<Conflict> answered(const FieldRef& at, PushNumber after) const;
  // Conflict `fresh` of this push replaces those of push `after` that it covers. False: its author went back to the
  // base, nothing new is to be kept.
  bool supersede(Conflict& fresh, PushNumber after);
  void withdraw_all(const FieldRef& at, PushNumber after);
  [[nodiscard]] bool room_for_conflicts(Audience audience, std::size_t more) const;
  ChangeResult open(Conflict conflict);
  ChangeResult resolve_text(Conflict conflict, const ResolveConflict& change);
  ChangeResult resolve_value(Conflict conflict, const ResolveConflict& change);
  ChangeResult resolve_record(Conflict conflict, const ResolveConflict& change);
  void close(Conflict conflict, ConflictState state);
  // The field's whole value, whatever its type.
  void replace(const FieldRef& at, const Value& live, const Value& value);

  // records.cpp
  // Why that record may not be made as one of that kind under that owner (empty: none).
  [[nodiscard]] std::optional<RefusalReason> uncreatable(const RecordId& record, KindNumber number,
                                                         const RecordId& owner) const;
  void keep_private(const FieldRef& at, const RecordId& owner, const Value& value);
  // After a restore the shared stream may know of a removal of which this party's own stream knows nothing yet.
  void keep_leftovers();
  void remove_tree(const std::vector<RecordId>& tree);
  // Copies the removed record, with its removed owners and all they owned, under new ids; conflicts that point at it
  // point at the copy from then on. The copy's id of `record`.
  RecordId restore(const RecordId& record);
  // What restore() makes anew, owners first: the record, its removed owners and all they owned.
  [[nodiscard]] std::vector<RecordId> restored_with(const RecordId& record) const;
  [[nodiscard]] bool may_restore(const RecordId& record) const;
  void retarget(const std::map<RecordId, RecordId>& copies);

  [[nodiscard]] Party party() const { return source_.author.party; }
  [[nodiscard]] Author last_author(const FieldRef& at) const;
  // Of what everybody reads of a record and of all it owns.
  [[nodiscard]] Author last_author_of_tree(const RecordId& record) const;
  [[nodiscard]] Author remover_of(const RecordId& record) const;
  [[nodiscard]] Audience audience_of(const FieldRef& at) const;
  // Whether an adopted revision did the change at that position of its audience.
  [[nodiscard]] bool done_before(Audience audience, std::uint32_t position) const;
  [[nodiscard]] const FieldRef* place_of(const Change& change, FieldRef& scratch) const;

  // A push of this replica, as conflicts name it.
  [[nodiscard]] PushNumber sealed_number(PushNumber number) const;

  const schema::Schema& schema_;
  Random& random_;
  const BytesView key_;
  const History& history_;
  const PushSource& source_;
  const Push& push_;
  const Hash& push_hash_;
  const PushNumber sealed_push_;
  Editor editor_;
  unsigned phase_ = 0;
  std::vector<Prepared> prepared_;
  std::vector<ChangeResult> results_;
  std::vector<RefusedChange> refusals_;
  Refused refused_;
  std::set<RecordId> refused_creations_;
};

[[nodiscard]] ChangeResult refused(RefusalReason reason);
// What a party reads of a record, as a remover must have seen it.
[[nodiscard]] ShortHash readable_digest(const schema::Schema& schema, const RecordState& record, Party party);
// Of a conflict about a removed record: whether it was about a part of a text, which came back with its record.
[[nodiscard]] bool has_place(const Conflict& conflict);
[[nodiscard]] std::uint64_t text_check(std::string_view text);

}  // namespace navette::sync
