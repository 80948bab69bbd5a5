// A contract that holds something of everything that the table knows, in a phase, and one change at a time against it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "navette/sync/authority.hpp"
#include "support/seeded_random.hpp"

namespace navette::test {

// What became of one push.
struct Answer {
  std::vector<sync::ChangeResult> results;
  bool asks_for_bases = false;
  std::vector<sync::NewRevision> revisions;
  sync::DossierState before;
  sync::DossierState after;

  [[nodiscard]] const sync::ChangeResult& last() const { return results.back(); }
  [[nodiscard]] bool refused() const { return last().outcome == sync::Outcome::kRefused; }
  // Nothing of it is in: no revision, no value, no conflict.
  [[nodiscard]] bool left_nothing() const;
  // Fields whose value is another one now.
  [[nodiscard]] std::set<sync::FieldRef> changed_fields() const;
};

class Contract {
 public:
  Contract(const schema::Schema& schema, unsigned phase);

  // A record of that kind that is there, and one that was removed (none of what only the server makes).
  [[nodiscard]] RecordId record(schema::KindNumber kind) const;
  [[nodiscard]] RecordId removed(schema::KindNumber kind) const;
  [[nodiscard]] sync::FieldRef at(const schema::Kind& kind, const schema::Field& field) const;
  [[nodiscard]] sync::Value value(const sync::FieldRef& at) const;
  [[nodiscard]] const sync::DossierState& state() const { return state_; }
  [[nodiscard]] sync::DossierState& state() { return state_; }
  // The owner that a new record of that kind may have; empty where it hangs at the dossier.
  [[nodiscard]] RecordId owner_for(const schema::Kind& kind) const;
  // A conflict that stands open at that field, the incoming side by that party.
  ConflictId open_conflict(const sync::FieldRef& at, const schema::Field& field, const sync::Value& incoming,
                           schema::Party by, sync::ConflictKind kind);

  // One push of somebody in that role, on a copy: the contract stays as it is.
  [[nodiscard]] Answer send(schema::RoleNumber role, std::vector<sync::Change> changes,
                            const std::vector<sync::SuppliedBase>& bases = {}) const;
  [[nodiscard]] const schema::Schema& schema() const { return schema_; }

 private:
  const schema::Schema& schema_;
  mutable SeededRandom random_{11};
  sync::Authority authority_;
  sync::DossierState state_;
};

// The n-th of the values that the field takes; those of 0, 1 and 2 differ where the field has that many.
[[nodiscard]] sync::Value sample(const schema::Schema& schema, const schema::Field& field, unsigned n);
// From the value as it is (carried along) to another one.
[[nodiscard]] sync::SetValue set(const sync::FieldRef& at, const sync::Value& from, const sync::Value& to);
[[nodiscard]] sync::EditText edit(const sync::FieldRef& at, const sync::Value& from, const sync::Value& to);
[[nodiscard]] sync::PublishText publish(const sync::FieldRef& to, schema::FieldNumber from, const sync::Value& shown,
                                        const sync::Value& text);
[[nodiscard]] RecordId record_id(unsigned kind, unsigned n);
// Every role in every phase.
struct Seat {
  schema::RoleNumber role = 0;
  unsigned phase = 0;
};
[[nodiscard]] std::vector<Seat> seats(const schema::Schema& schema);
[[nodiscard]] std::string name_of(const schema::Schema& schema, const Seat& seat);

}  // namespace navette::test
