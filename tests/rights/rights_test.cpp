// A modified client sends every kind of change of every field, in every role and phase: what the table allows gets in,
// and nothing else. Generated from the table that the programs serve.
#include <gtest/gtest.h>

#include <algorithm>

#include "contract.hpp"
#include "navette/cpom/schema.hpp"
#include "seen.hpp"

namespace navette::test {
namespace {

using schema::Field;
using schema::FieldType;
using schema::Kind;
using sync::Change;
using sync::FieldRef;
using sync::Outcome;
using sync::RefusalReason;
using sync::Value;

const schema::Schema& table() { return cpom::served_schema(); }

bool readable(const Field& field, schema::RoleNumber role) {
  return schema::readable(field.audience, table().roles[role].party);
}
bool writable(const Field& field, const Seat& seat) {
  return readable(field, seat.role) && seat.role < field.write.size() &&
         (field.write[seat.role] >> seat.phase & 1) != 0;
}
bool creatable(const Kind& kind, const Seat& seat) {
  return !kind.server_only && seat.role < kind.create.size() && (kind.create[seat.role] >> seat.phase & 1) != 0;
}
bool scalar(const Field& field) {
  return field.type != FieldType::kText && field.type != FieldType::kOwner && field.type != FieldType::kPhase;
}
bool movable(const Field& field) { return sample(table(), field, 0) != sample(table(), field, 1); }

// Calls visit(seat, contract, kind, field) for all there is.
template <class Visit>
void everywhere(Visit visit) {
  for (const Seat& seat : seats(table())) {
    const Contract contract(table(), seat.phase);
    for (const Kind& kind : table().kinds) {
      for (const Field& field : kind.fields) {
        SCOPED_TRACE(kind.name + "." + field.name + ", " + name_of(table(), seat));
        visit(seat, contract, kind, field);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

void expect_in(const Answer& answer, const std::set<FieldRef>& fields) {
  EXPECT_EQ(answer.last().outcome, Outcome::kAccepted) << sync::name_of(answer.last().reason);
  EXPECT_EQ(answer.changed_fields(), fields);
}
void expect_refused(const Answer& answer) {
  EXPECT_TRUE(answer.refused());
  EXPECT_TRUE(answer.left_nothing());
}
RefusalReason why(const Field& field, const Seat& seat) {
  return readable(field, seat.role) ? RefusalReason::kRight : RefusalReason::kUnknownRecord;
}

TEST(Rights, AValueIsSetByWhomTheTableNames) {
  int allowed = 0;
  everywhere([&](const Seat& seat, const Contract& contract, const Kind& kind, const Field& field) {
    const FieldRef at = contract.at(kind, field);
    const Value to = sample(table(), field, 1);
    const Answer answer = contract.send(seat.role, {set(at, contract.value(at), to)});
    if (scalar(field) && writable(field, seat)) {
      ++allowed;
      return expect_in(answer, movable(field) ? std::set{at} : std::set<FieldRef>{});
    }
    expect_refused(answer);
    if (scalar(field)) EXPECT_EQ(answer.last().reason, why(field, seat));
  });
  EXPECT_GT(allowed, 20);
}

TEST(Rights, ATextIsEditedByWhomTheTableNames) {
  int allowed = 0;
  everywhere([&](const Seat& seat, const Contract& contract, const Kind& kind, const Field& field) {
    const FieldRef at = contract.at(kind, field);
    const Value from = field.merges() ? contract.value(at) : Value{"Rien."};
    const Answer answer = contract.send(seat.role, {edit(at, from, Value{"Tout autre chose."})});
    if (field.merges() && writable(field, seat)) {
      ++allowed;
      return expect_in(answer, {at});
    }
    expect_refused(answer);
    if (field.merges()) EXPECT_EQ(answer.last().reason, why(field, seat));
  });
  EXPECT_GT(allowed, 5);
}

TEST(Rights, ADraftIsPublishedWhereItBelongsByWhomMayWriteBoth) {
  int allowed = 0;
  everywhere([&](const Seat& seat, const Contract& contract, const Kind& kind, const Field& target) {
    for (const Field& draft : kind.fields) {
      const FieldRef to = contract.at(kind, target);
      const FieldRef from = contract.at(kind, draft);
      const Value shown = target.merges() ? contract.value(to) : Value{};
      const Value text = draft.merges() ? contract.value(from) : Value{"Un texte."};
      const Answer answer = contract.send(seat.role, {publish(to, draft.number, shown, text)});
      const bool belongs = draft.publishes_to == target.number && target.merges();
      if (belongs && writable(draft, seat) && writable(target, seat)) {
        ++allowed;
        EXPECT_EQ(answer.last().outcome, Outcome::kAccepted);
        const auto changed = answer.changed_fields();
        EXPECT_TRUE(changed.contains(from) && changed.size() <= 2);
      } else {
        expect_refused(answer);
      }
    }
  });
  EXPECT_GE(allowed, 2);
}

TEST(Rights, ARecordIsMadeAndRemovedByWhomTheTableNames) {
  int allowed = 0;
  for (const Seat& seat : seats(table())) {
    const Contract contract(table(), seat.phase);
    const schema::Party party = table().roles[seat.role].party;
    for (const Kind& kind : table().kinds) {
      SCOPED_TRACE(kind.name + ", " + name_of(table(), seat));
      const RecordId fresh = record_id(kind.number, 9);
      const Answer made = contract.send(seat.role, {sync::CreateRecord{fresh, kind.number, contract.owner_for(kind)}});
      sync::RemoveRecord removal{contract.record(kind.number), kind.number, {}};
      for (const RecordId& id : contract.state().subtree(removal.record)) {
        const auto content = [&](sync::Audience audience) {
          sync::RecordContent read{id, contract.state().record(id)->kind, contract.state().record(id)->owner, {}};
          for (const sync::FieldState& state : contract.state().record(id)->fields) {
            if (table().kind(read.kind)->field(state.field)->audience == audience)
              read.values.emplace_back(state.field, state.value);
          }
          return read;
        };
        removal.seen.push_back(
            {id, sync::readable_hash(content(sync::Audience::kShared), content(schema::own_audience(party)), party)});
      }
      const Answer gone = contract.send(seat.role, {removal});
      if (creatable(kind, seat)) {
        ++allowed;
        EXPECT_EQ(made.last().outcome, Outcome::kAccepted);
        EXPECT_NE(made.after.alive(fresh), nullptr);
        EXPECT_EQ(gone.last().outcome, Outcome::kAccepted);
        EXPECT_EQ(gone.after.alive(removal.record), nullptr);
      } else {
        expect_refused(made);
        expect_refused(gone);
      }
    }
  }
  EXPECT_GT(allowed, 3);
}

TEST(Rights, APhaseIsLeftByTheTransitionsOfTheTableOnly) {
  int allowed = 0;
  for (const Seat& seat : seats(table())) {
    const Contract contract(table(), seat.phase);
    const FieldRef at = contract.at(table().root(), *table().phase_field());
    for (unsigned from = 0; from < table().phases.size(); ++from) {
      for (unsigned to = 0; to < table().phases.size(); ++to) {
        SCOPED_TRACE(name_of(table(), seat) + ", from " + table().phases[from] + " to " + table().phases[to]);
        const auto digest = contract.state().streams[0].digest.short_hash();
        const Answer answer = contract.send(
            seat.role, {sync::ChangePhase{at, Value{table().phases[from]}, Value{table().phases[to]}, digest}});
        const bool named = std::ranges::any_of(table().transitions, [&](const schema::Transition& one) {
          return one.from == seat.phase && one.to == to && one.role == seat.role;
        });
        if (to == seat.phase) {
          EXPECT_TRUE(answer.left_nothing());
        } else if (from == seat.phase && named) {
          ++allowed;
          expect_in(answer, {at});
        } else {
          expect_refused(answer);
        }
      }
    }
  }
  EXPECT_EQ(allowed, static_cast<int>(table().transitions.size()));
}

TEST(Rights, NoOtherFieldTakesATransition) {
  everywhere([&](const Seat& seat, const Contract& contract, const Kind& kind, const Field& field) {
    if (field.type == FieldType::kPhase) return;
    const Answer answer = contract.send(
        seat.role, {sync::ChangePhase{contract.at(kind, field), Value{table().phases[seat.phase]},
                                      Value{table().phases[0]}, contract.state().streams[0].digest.short_hash()}});
    expect_refused(answer);
  });
}

TEST(Rights, AConflictIsImprovedAndResolvedByWhomMayWriteItsField) {
  int allowed = 0;
  for (const Seat& seat : seats(table())) {
    for (const Kind& kind : table().kinds) {
      for (const Field& field : kind.fields) {
        if (field.type == FieldType::kOwner || field.type == FieldType::kPhase || !movable(field)) continue;
        for (const schema::Party side : {schema::Party::kStructure, schema::Party::kAgence}) {
          SCOPED_TRACE(kind.name + "." + field.name + ", " + name_of(table(), seat));
          Contract contract(table(), seat.phase);
          const FieldRef at = contract.at(kind, field);
          const Value live = contract.value(at);
          const Value incoming = sample(table(), field, 1);
          const auto form = field.merges() ? sync::ConflictKind::kText : sync::ConflictKind::kValue;
          const ConflictId id = contract.open_conflict(at, field, incoming, side, form);
          const Answer improved =
              contract.send(seat.role, {sync::ImproveConflict{id, at, incoming, sample(table(), field, 2)}});
          const Answer resolved = contract.send(
              seat.role,
              {sync::ResolveConflict{id, 1, sync::seen_sides(live, incoming), sync::Choice::kIncoming, incoming, at}});
          if (!writable(field, seat)) {
            expect_refused(improved);
            expect_refused(resolved);
            continue;
          }
          ++allowed;
          expect_in(resolved, {at});
          EXPECT_TRUE(resolved.after.open.empty());
          if (side == table().roles[seat.role].party) {
            expect_in(improved, {});
            EXPECT_EQ(improved.after.open.at(id).incoming, sample(table(), field, 2));
          } else {
            expect_refused(improved);
          }
        }
      }
    }
  }
  EXPECT_GT(allowed, 20);
}

// Restoring a record is making one.
TEST(Rights, ARemovedRecordComesBackThroughAConflictOnlyByWhomMayMakeIt) {
  int allowed = 0;
  int withheld = 0;
  for (const Seat& seat : seats(table())) {
    for (const Kind& kind : table().kinds) {
      if (kind.server_only) continue;
      for (const Field& field : kind.fields) {
        if (field.type == FieldType::kOwner || !movable(field)) continue;
        SCOPED_TRACE(kind.name + "." + field.name + ", " + name_of(table(), seat));
        Contract contract(table(), seat.phase);
        const FieldRef at{contract.removed(kind.number), kind.number, field.number};
        const Value incoming = sample(table(), field, 1);
        const ConflictId id =
            contract.open_conflict(at, field, incoming, table().roles[seat.role].party, sync::ConflictKind::kGone);
        const Answer answer = contract.send(seat.role, {sync::ResolveConflict{id, 1, sync::seen_sides({}, incoming),
                                                                              sync::Choice::kIncoming, incoming, at}});
        if (writable(field, seat) && creatable(kind, seat)) {
          ++allowed;
          EXPECT_FALSE(answer.refused());
          EXPECT_GT(answer.after.records.size(), answer.before.records.size());
        } else {
          if (writable(field, seat)) ++withheld;
          expect_refused(answer);
        }
      }
    }
  }
  EXPECT_GT(allowed, 5);
  EXPECT_GT(withheld, 0);
}

// After a restore anybody may offer what was lost; where the table does not let them write, it is an offer only.
TEST(Rights, ASalvagedValueStandsInTheFieldOnlyByWhomMayWriteIt) {
  int allowed = 0;
  int offered = 0;
  for (const Seat& seat : seats(table())) {
    for (const Kind& kind : table().kinds) {
      for (const Field& field : kind.fields) {
        SCOPED_TRACE(kind.name + "." + field.name + ", " + name_of(table(), seat));
        Contract contract(table(), seat.phase);
        const FieldRef at = contract.at(kind, field);
        std::erase_if(contract.state().records.at(at.record).fields,
                      [&](const sync::FieldState& state) { return state.field == field.number && scalar(field); });
        const Value value = sample(table(), field, 1);
        const Answer answer = contract.send(seat.role, {sync::SalvageValue{at, {}, value}});
        const bool special = field.type == FieldType::kOwner || field.type == FieldType::kPhase;
        if (!readable(field, seat.role)) {
          expect_refused(answer);
          EXPECT_EQ(answer.last().reason, RefusalReason::kUnknownRecord);
        } else if (special) {
          EXPECT_TRUE(answer.left_nothing());
        } else if (writable(field, seat) && scalar(field)) {
          ++allowed;
          expect_in(answer, {at});
        } else {
          ++offered;
          EXPECT_TRUE(answer.changed_fields().empty());
        }
      }
    }
  }
  EXPECT_GT(allowed, 10);
  EXPECT_GT(offered, 10);
}

}  // namespace
}  // namespace navette::test
