#include <gmock/gmock.h>

#include "store_fixture.hpp"
#include "support/random_text.hpp"

namespace navette::test {
namespace {

using schema::Audience;
using schema::Value;

TEST_F(StoreTest, EveryOldValueIsFoundAgainAfterManyEdits) {
  const TestDossier dossier = make_dossier();
  TestReplica replica = make_replica();
  RandomText texts(11);
  const auto head = [&] { return store_->heads(dossier.id)->at(0).revision.value; };
  std::vector<Value> values(head() + 1, Value{"Un début."});
  for (int i = 0; i < 150; ++i) {
    Value now = values.back();
    if (texts.chance(80)) {
      const std::string before(schema::text_of(now));
      std::string after = sync::apply(texts.delta(before), before).value();
      if (after.size() > 1500) after = "Recommencé.";
      if (after == before) continue;
      now = after.empty() ? Value{} : Value{after};
      edit(replica, dossier, dossier.texte(), now);
    } else {
      edit(replica, dossier, dossier.montant(), Value{std::int64_t{i + 1}});
    }
    while (values.size() <= head()) values.push_back(now);
  }
  for (std::size_t revision = 1; revision < values.size(); ++revision) {
    EXPECT_EQ(store_->value_at(dossier.id, dossier.texte(), Audience::kShared, Revision{revision}).value(),
              values[revision])
        << revision;
  }
  EXPECT_FALSE(store_->value_at(dossier.id, dossier.texte(), Audience::kShared, Revision{values.size()}));
  EXPECT_TRUE(problems().empty());
}

// Two texts in turn, of 96 bytes each; how often the values are kept is the store's affair.
class KeptValuesTest : public StoreTest {
 protected:
  KeptValuesTest() {
    while (store_->heads(dossier_.id)->at(0).revision.value < kLast) {
      edit(replica_, dossier_, dossier_.texte(), Value{odd_next() ? kOdd : kEven});
    }
    EXPECT_TRUE(problems().empty());
  }
  bool odd_next() { return store_->heads(dossier_.id)->at(0).revision.value % 2 == 0; }
  void expect_all_found() {
    for (std::uint64_t n = 2; n <= kLast; ++n) {
      EXPECT_EQ(store_->value_at(dossier_.id, dossier_.texte(), Audience::kShared, Revision{n}).value(),
                Value{n % 2 == 1 ? kOdd : kEven});
    }
  }
  static constexpr std::uint64_t kLast = 40;
  const std::string kOdd =
      std::string("Une phrase qui se répète. Une phrase qui se répète. Une phrase qui se répète. ") + "Fin impaire.";
  const std::string kEven =
      std::string("Une phrase qui se répète. Une phrase qui se répète. Une phrase qui se répète. ") + "Fin paire...";
  TestDossier dossier_ = make_dossier();
  TestReplica replica_ = make_replica();
};

TEST_F(KeptValuesTest, AreCompressedAndADamagedOneIsFound) {
  expect_all_found();
  tamper("UPDATE field_history SET checkpoint = x'0301' WHERE substr(checkpoint, 1, 1) = x'03'");
  EXPECT_THAT(problems(), ::testing::Contains("checkpoint"));
  bool refused = false;
  for (std::uint64_t n = 2; n <= kLast; ++n) {
    const auto value = store_->value_at(dossier_.id, dossier_.texte(), Audience::kShared, Revision{n});
    if (!value) EXPECT_EQ(value.error().code, ErrorCode::kCorrupt);
    refused = refused || !value;
  }
  EXPECT_TRUE(refused);
}

TEST_F(KeptValuesTest, ThatWereKeptBeforeTheyWereCompressedAreStillRead) {
  ASSERT_EQ(kOdd.size(), 96U);
  ASSERT_EQ(kEven.size(), 96U);
  const auto as_before = [&](const std::string& text, int odd) {
    tamper("UPDATE field_history SET checkpoint = CAST(x'0260' || '" + text +
           "' AS BLOB) WHERE substr(checkpoint, 1, 1) = x'03' AND number % 2 = " + std::to_string(odd));
  };
  as_before(kOdd, 1);
  as_before(kEven, 0);
  EXPECT_TRUE(problems().empty());
  expect_all_found();
}

TEST_F(StoreTest, HistoryTellsBeforeAndAfterNewestFirst) {
  const TestDossier dossier = make_dossier();
  TestReplica replica = make_replica();
  edit(replica, dossier, dossier.texte(), Value{"Un début. Une suite."});
  edit(replica, dossier, dossier.montant(), Value{std::int64_t{7}});
  edit(replica, dossier, dossier.texte(), Value{"Une suite."});
  const auto page =
      store_->history({dossier.id, {Audience::kShared}, dossier.engagement, engagement::kTexte, 2}).value();
  ASSERT_EQ(page.entries.size(), 2u);
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.entries[0].before, Value{"Un début. Une suite."});
  EXPECT_EQ(page.entries[0].after, Value{"Une suite."});
  EXPECT_EQ(page.entries[1].before, Value{"Un début."});
  EXPECT_EQ(page.entries[1].author.name, "Mme Martin");
}

TEST_F(StoreTest, HistoryOfOneAudienceTellsNothingOfAnother) {
  const TestDossier dossier = make_dossier();
  TestReplica replica = make_replica();
  edit(replica, dossier, dossier.prive(), Value{"Entre nous."});
  const auto agence = store_->history({dossier.id, {Audience::kShared, Audience::kAgence}, {}, 0, 50}).value();
  for (const auto& entry : agence.entries) EXPECT_NE(entry.after, Value{"Entre nous."});
  const auto structure = store_->history({dossier.id, {Audience::kStructure}, {}, 0, 50}).value();
  ASSERT_EQ(structure.entries.size(), 1u);
  EXPECT_EQ(structure.entries[0].after, Value{"Entre nous."});
  EXPECT_EQ(store_->value_at(dossier.id, dossier.prive(), Audience::kAgence, {}).value(), Value{});
}

TEST_F(StoreTest, ASnapshotIsMadeOncePerHeadAndMissingRevisionsAreConsecutive) {
  const TestDossier dossier = make_dossier();
  TestReplica replica = make_replica();
  for (int i = 1; i <= 5; ++i) edit(replica, dossier, dossier.montant(), Value{std::int64_t{i}});
  int framed = 0;
  const server::SnapshotFraming framing = [&](const DossierId&, const sync::StreamSnapshot& snapshot) {
    ++framed;
    return Bytes(1000 + snapshot.records.size(), 'x');
  };
  const auto first = store_->cached_snapshot(dossier.id, Audience::kShared, framing).value();
  const auto again = store_->cached_snapshot(dossier.id, Audience::kShared, framing).value();
  EXPECT_EQ(framed, 1);
  EXPECT_EQ(first, again);
  EXPECT_EQ(first->raw_bytes, 1002u);
  edit(replica, dossier, dossier.montant(), Value{std::int64_t{9}});
  EXPECT_EQ(store_->cached_snapshot(dossier.id, Audience::kShared, framing).value()->head.value, first->head.value + 1);
  const auto missing = store_->revisions_after(dossier.id, Audience::kShared, Revision{2}, 3, 1 << 20).value();
  ASSERT_EQ(missing.size(), 3u);
  EXPECT_EQ(missing[0].number, Revision{3});
  const auto base = std::get<sync::AtRevision>(head_base(dossier, Audience::kShared));
  const auto plan = [&](Revision revision, const ShortHash& chain) {
    const sync::FollowOne wanted{dossier.id, {{Audience::kShared, revision, chain}}, {}};
    const auto made = store_->plan_follow(wanted, {Audience::kShared}).value();
    return made.streams.at(0);
  };
  const auto none = plan(base.revision, base.chain);
  EXPECT_TRUE(none.known);
  EXPECT_EQ(none.revisions, 0u);
  const auto strange = plan(base.revision, {});
  EXPECT_FALSE(strange.known);
  EXPECT_TRUE(strange.by_snapshot);
  const auto chain = **store_->chain_at(dossier.id, Audience::kShared, Revision{base.revision.value - 1});
  const auto one = plan(Revision{base.revision.value - 1}, shorten(chain));
  EXPECT_TRUE(one.known);
  EXPECT_EQ(one.revisions, 1u);
  EXPECT_GT(one.revision_bytes, 0u);
  EXPECT_FALSE(plan(base.revision.next(), base.chain).known) << "beyond the head";
}

}  // namespace
}  // namespace navette::test
