// What a client is answered about things that it may not read is what it is answered about things that do not exist.
#include <gtest/gtest.h>

#include "contract.hpp"
#include "navette/cpom/schema.hpp"
#include "seen.hpp"

namespace navette::test {
namespace {

using schema::Field;
using schema::Kind;
using sync::Change;
using sync::FieldRef;
using sync::Value;

const schema::Schema& table() { return cpom::served_schema(); }

// A number that no field of any kind has.
constexpr schema::FieldNumber kNoField = 60'000;

struct Hidden {
  const Kind* kind;
  const Field* field;
};
std::vector<Hidden> hidden_from(schema::RoleNumber role) {
  std::vector<Hidden> all;
  for (const Kind& kind : table().kinds) {
    for (const Field& field : kind.fields) {
      if (!schema::readable(field.audience, table().roles[role].party)) all.push_back({&kind, &field});
    }
  }
  return all;
}

void expect_same(const Answer& a, const Answer& b) {
  EXPECT_EQ(a.asks_for_bases, b.asks_for_bases);
  ASSERT_EQ(a.results.size(), b.results.size());
  for (std::size_t i = 0; i < a.results.size(); ++i) {
    EXPECT_EQ(a.results[i].outcome, b.results[i].outcome);
    EXPECT_EQ(sync::name_of(a.results[i].reason), sync::name_of(b.results[i].reason));
    EXPECT_EQ(a.results[i].conflicts.size(), b.results[i].conflicts.size());
  }
}

// Every change that names one field, from every base that a client can make up.
std::vector<Change> changes_of(const Contract& contract, const FieldRef& at, const FieldRef& writable_text) {
  const Value text{"Un texte."};
  const ShortHash first = shorten(sync::first_chain(contract.state().dossier, sync::Audience::kShared));
  std::vector<Change> all{edit(at, Value{"Rien."}, text),
                          set(at, Value{}, text),
                          sync::SalvageValue{at, {}, text},
                          sync::ChangePhase{at, text, text, {}},
                          sync::ImproveConflict{{}, at, text, text},
                          sync::ResolveConflict{{}, 1, {}, sync::Choice::kIncoming, text, at}};
  for (const sync::AtRevision& base :
       {sync::AtRevision{{0}, first}, sync::AtRevision{{1}, {}}, sync::AtRevision{{99}, {}}}) {
    all.push_back(sync::SetValue{at, base, text});
    sync::EditText typed = edit(at, Value{}, text);
    typed.base = base;
    all.push_back(typed);
    sync::PublishText published = publish(at, writable_text.field, Value{}, text);
    published.base = base;
    all.push_back(published);
    published.to = writable_text;
    published.from = at.field;
    all.push_back(published);
  }
  return all;
}

TEST(Secrecy, AFieldThatOneMayNotReadIsAnsweredLikeOneThatDoesNotExist) {
  int compared = 0;
  for (const Seat& seat : seats(table())) {
    const Contract contract(table(), seat.phase);
    for (const Hidden& hidden : hidden_from(seat.role)) {
      const FieldRef there = contract.at(*hidden.kind, *hidden.field);
      const FieldRef nowhere{there.record, there.kind, kNoField};
      const Field* text = nullptr;
      for (const Field& field : hidden.kind->fields) {
        if (field.merges() && field.writable(seat.role, seat.phase)) text = &field;
      }
      const FieldRef other = text == nullptr ? nowhere : contract.at(*hidden.kind, *text);
      const auto real = changes_of(contract, there, other);
      const auto made_up = changes_of(contract, nowhere, other);
      for (std::size_t i = 0; i < real.size(); ++i) {
        SCOPED_TRACE(hidden.kind->name + "." + hidden.field->name + ", " + name_of(table(), seat) + ", change " +
                     std::to_string(i) + " of kind " + std::to_string(real[i].index()));
        expect_same(contract.send(seat.role, {real[i]}), contract.send(seat.role, {made_up[i]}));
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 100);
}

TEST(Secrecy, AConflictOfTheOtherPartyIsAnsweredLikeOneThatDoesNotExist) {
  int compared = 0;
  for (const Seat& seat : seats(table())) {
    const schema::Party other = table().roles[seat.role].party == schema::Party::kStructure ? schema::Party::kAgence
                                                                                            : schema::Party::kStructure;
    for (const Hidden& hidden : hidden_from(seat.role)) {
      Contract contract(table(), seat.phase);
      const FieldRef there = contract.at(*hidden.kind, *hidden.field);
      const Value text{"Un texte."};
      const ConflictId real = contract.open_conflict(there, *hidden.field, text, other, sync::ConflictKind::kText);
      ConflictId made_up;
      made_up.value.fill(0xEE);
      for (const Kind& kind : table().kinds) {
        for (const Field& field : kind.fields) {
          const FieldRef at = contract.at(kind, field);
          const auto asked = [&](const ConflictId& id) {
            return std::vector<Change>{sync::ImproveConflict{id, at, text, sample(table(), field, 1)},
                                       sync::ResolveConflict{id, 1, sync::seen_sides(contract.value(there), text),
                                                             sync::Choice::kIncoming, text, at}};
          };
          SCOPED_TRACE(hidden.kind->name + "." + hidden.field->name + " asked at " + kind.name + "." + field.name +
                       ", " + name_of(table(), seat));
          for (std::size_t i = 0; i < 2; ++i) {
            expect_same(contract.send(seat.role, {asked(real)[i]}), contract.send(seat.role, {asked(made_up)[i]}));
            ++compared;
          }
        }
      }
    }
  }
  EXPECT_GT(compared, 100);
}

// The base that a client claims is no way to say more than the table allows.
TEST(Secrecy, ATextOverItsLimitIsRefusedWhateverItsClaimedBase) {
  int tried = 0;
  for (const Seat& seat : seats(table())) {
    for (const Kind& kind : table().kinds) {
      for (const Field& field : kind.fields) {
        if (field.max_length == 0 || !field.writable(seat.role, seat.phase)) continue;
        SCOPED_TRACE(kind.name + "." + field.name + ", " + name_of(table(), seat));
        Contract contract(table(), seat.phase);
        const FieldRef at = contract.at(kind, field);
        const Value huge{std::string(2 * field.max_length + 50, 'x')};
        const Value large{std::string(2 * field.max_length + 40, 'x')};
        std::vector<Change> all{sync::SalvageValue{at, {}, large}, sync::ImproveConflict{{}, at, huge, large}};
        all.push_back(field.merges() ? Change(edit(at, huge, large)) : Change(set(at, huge, large)));
        const auto form = field.merges() ? sync::ConflictKind::kText : sync::ConflictKind::kValue;
        const ConflictId open =
            contract.open_conflict(at, field, sample(table(), field, 1), table().roles[seat.role].party, form);
        all.push_back(sync::ImproveConflict{open, at, huge, large});
        for (const Change& change : all) {
          const Answer answer = contract.send(seat.role, {change});
          EXPECT_TRUE(answer.refused()) << "change of kind " << change.index();
          EXPECT_EQ(sync::name_of(answer.last().reason), sync::name_of(sync::RefusalReason::kTooLong));
          ++tried;
        }
      }
    }
  }
  EXPECT_GT(tried, 100);
}

}  // namespace
}  // namespace navette::test
