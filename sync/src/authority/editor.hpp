// Changes a dossier's state and gathers, per stream, the operations that say so. Used by pushes, seeds and replays.
#pragma once

#include <array>
#include <map>
#include <set>
#include <vector>

#include "navette/sync/authority.hpp"

namespace navette::sync {

[[nodiscard]] constexpr std::size_t index_of(Audience audience) { return static_cast<std::size_t>(audience); }

// What one audience reads of a record; nothing of a removed one.
[[nodiscard]] RecordContent content_of(const schema::Schema& schema, const RecordState& record, Audience audience);

class Editor {
 public:
  Editor(const schema::Schema& schema, DossierState& state) : schema_(schema), state_(state) {}

  [[nodiscard]] const DossierState& state() const { return state_; }
  [[nodiscard]] Value value(const FieldRef& at) const;  // at the head; empty when absent
  [[nodiscard]] const schema::Field* field(const FieldRef& at) const;
  [[nodiscard]] Revision next(Audience audience) const { return state_.streams[index_of(audience)].head.next(); }

  void create(const RecordId& record, KindNumber kind, const RecordId& owner);
  void set(const FieldRef& at, const Value& value);
  // REQUIRES: delta turns the head's text into `text`. Ranges of open conflicts of the field move along.
  void change_text(const FieldRef& at, const Delta& delta, std::string text);
  void remove(const std::vector<RecordId>& records);
  // Puts a conflict in its new state; its version grows. Told once, in its last state, when the revision is made.
  void put(Conflict conflict);
  // As it came from elsewhere: version untouched.
  void put_as_is(const Conflict& conflict);

  // Brings the running digests up to date with what changed so far.
  void settle_digests();

  [[nodiscard]] bool changed(Audience audience) const;
  // The operations of one stream, conflicts last. Call once, at the end.
  [[nodiscard]] std::vector<Operation> take_operations(Audience audience);
  [[nodiscard]] std::vector<FieldRef> take_fields(Audience audience) { return std::move(fields_[index_of(audience)]); }
  [[nodiscard]] const std::set<RecordId>& records() const { return touched_; }
  // The conflicts to store anew: put here, or whose range moved with the text.
  [[nodiscard]] std::vector<Conflict> changed_conflicts() const;

 private:
  void before_change(const RecordState& record, Audience audience);
  void store(RecordState& record, const schema::Field& field, const Value& value);

  const schema::Schema& schema_;
  DossierState& state_;
  std::array<std::vector<Operation>, schema::kAudienceCount> operations_;
  std::array<std::vector<FieldRef>, schema::kAudienceCount> fields_;
  std::set<RecordId> touched_;
  std::map<ConflictId, Conflict> conflicts_;
  std::set<ConflictId> moved_;
  std::set<std::pair<RecordId, Audience>> unsettled_;  // their old hash left the digest, the new one is not in it yet
};

}  // namespace navette::sync
