#include <gmock/gmock.h>

#include <thread>

#include "seen.hpp"
#include "store_fixture.hpp"

namespace navette::test {
namespace {

using schema::Value;

TEST_F(StoreTest, WhatWasPushedIsThereAfterReopening) {
  const TestDossier dossier = make_dossier();
  TestReplica replica = make_replica();
  edit(replica, dossier, dossier.texte(), Value{"Un début. Une suite."});
  edit(replica, dossier, dossier.montant(), Value{std::int64_t{1200}});
  edit(replica, dossier, dossier.prive(), Value{"Une note à nous."});
  const sync::DossierState before = store_->state(dossier.id).value();
  reopen();
  EXPECT_EQ(store_->state(dossier.id).value(), before);
  EXPECT_EQ(read(dossier, dossier.texte()), Value{"Un début. Une suite."});
  EXPECT_TRUE(problems().empty());
  edit(replica, dossier, dossier.montant(), Value{std::int64_t{1300}});
  EXPECT_EQ(read(dossier, dossier.montant()), Value{std::int64_t{1300}});
}

TEST_F(StoreTest, TheSamePushTwiceGetsTheSameReceiptAlsoAfterReopening) {
  const TestDossier dossier = make_dossier();
  TestReplica replica = make_replica();
  const Bytes encoded = frozen(replica, dossier, {writes(dossier, dossier.montant(), Value{std::int64_t{5}})});
  const auto first = push(replica, dossier, encoded).value();
  const auto again = push(replica, dossier, encoded).value();
  reopen();
  const auto later = push(replica, dossier, encoded).value();
  const auto& receipt = std::get<sync::Applied>(first.answer).receipt;
  EXPECT_EQ(std::get<sync::Applied>(again.answer).receipt, receipt);
  EXPECT_TRUE(std::get<sync::Applied>(again.answer).repeated);
  EXPECT_EQ(std::get<sync::Applied>(later.answer).receipt, receipt);
  EXPECT_TRUE(std::get<sync::Applied>(later.answer).repeated);
  EXPECT_EQ(later.heads, first.heads);
}

TEST_F(StoreTest, APushThatCannotBeReadIsAnsweredOnceAndBlocksNothing) {
  const TestDossier dossier = make_dossier();
  TestReplica replica = make_replica();
  replica.last = replica.last.next();
  const auto first = push(replica, dossier, "pas une poussée").value();
  EXPECT_TRUE(std::get<sync::Applied>(first.answer).receipt.unreadable);
  const auto again = push(replica, dossier, "pas une poussée").value();
  EXPECT_TRUE(std::get<sync::Applied>(again.answer).repeated);
  EXPECT_EQ(std::get<sync::Applied>(again.answer).receipt, std::get<sync::Applied>(first.answer).receipt);
  edit(replica, dossier, dossier.montant(), Value{std::int64_t{5}});
}

TEST_F(StoreTest, AJobThatFailsLeavesTheOthersOfItsBatchAlone) {
  const TestDossier dossier = make_dossier();
  const TestDossier unknown{DossierId::make_v7(kNow, random_), dossier.contrat, dossier.engagement};
  std::vector<std::future<bool>> outcomes;
  for (int i = 0; i < 40; ++i) {
    TestReplica replica = make_replica();
    const TestDossier& target = i % 2 == 0 ? dossier : unknown;
    const Bytes encoded =
        frozen(replica, target, {writes(dossier, dossier.texte(), Value{"Un début. " + std::to_string(i)})});
    auto promise = std::make_shared<std::promise<bool>>();
    outcomes.push_back(promise->get_future());
    ASSERT_TRUE(store_->push(request(replica, target, encoded), [promise](const Result<server::PushResult>& result) {
      promise->set_value(result.has_value());
    }));
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) EXPECT_EQ(outcomes[i].get(), i % 2 == 0) << i;
  EXPECT_TRUE(problems().empty());
}

TEST_F(StoreTest, ManyPushesShareCommitsAndTheNewsComeDurablyAndInOrder) {
  constexpr int kThreads = 10;
  constexpr int kPushes = 10;
  std::vector<TestDossier> dossiers;
  for (int i = 0; i < 5; ++i) dossiers.push_back(make_dossier("Dossier " + std::to_string(i)));
  std::map<DossierId, std::vector<std::uint64_t>> heard;  // writer thread only, until the last callback
  std::atomic<bool> durable = true;
  store_->listen([&](const server::CommittedRevisions& news) {
    for (const auto& envelope : news.envelopes) heard[news.dossier].push_back(envelope.number.value);
    const auto heads = store_->heads(news.dossier);  // another connection sees it: committed
    if (heads->at(static_cast<std::size_t>(news.audience)).revision < news.envelopes.back().number) durable = false;
  });
  const server::WriterStats before = store_->writer_stats();
  std::vector<std::vector<server::PushRequest>> work(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    const TestDossier& dossier = dossiers[static_cast<std::size_t>(thread) % dossiers.size()];
    TestReplica replica = make_replica();
    for (int i = 0; i < kPushes; ++i) {
      const auto value = Value{std::int64_t{100 * thread + i + 1}};
      const Bytes encoded = frozen(replica, dossier, {writes(dossier, dossier.montant(), value)});
      work[static_cast<std::size_t>(thread)].push_back(request(replica, dossier, encoded));
    }
  }
  std::atomic<int> answered = 0;
  std::promise<void> all;
  std::vector<std::thread> threads;
  for (auto& requests : work) {
    threads.emplace_back([&] {
      for (auto& one : requests) {
        EXPECT_TRUE(store_->push(one, [&](const Result<server::PushResult>& result) {
          EXPECT_TRUE(result);
          if (++answered == kThreads * kPushes) all.set_value();
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  all.get_future().wait();
  store_->listen({});
  const server::WriterStats after = store_->writer_stats();
  EXPECT_EQ(after.jobs - before.jobs, static_cast<std::uint64_t>(kThreads * kPushes));
  EXPECT_LT(after.commits - before.commits, static_cast<std::uint64_t>(kThreads * kPushes));
  EXPECT_TRUE(durable);
  for (const auto& [dossier, numbers] : heard) EXPECT_TRUE(std::ranges::is_sorted(numbers));
  EXPECT_TRUE(problems().empty());
}

TEST_F(StoreTest, ARefusedContentIsKeptForItsAuthor) {
  const TestDossier dossier = make_dossier();
  TestReplica replica = make_replica();
  const sync::FieldRef phase{dossier.contrat, contrat::kKind, contrat::kPhase};
  server::PushRequest asked =
      request(replica, dossier,
              frozen(replica, dossier,
                     {sync::SetValue{phase, head_base(dossier, schema::Audience::kShared), Value{"signature"}}}));
  asked.account = AccountId::make_v4(random_);
  std::promise<void> done;
  ASSERT_TRUE(store_->push(asked, [&](const Result<server::PushResult>&) { done.set_value(); }));
  done.get_future().wait();
  const auto kept = store_->refusals(asked.account).value();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].notice.at, phase);
  EXPECT_EQ(kept[0].notice.value, Value{"signature"});
  EXPECT_TRUE(store_->refusals(AccountId::make_v4(random_)).value().empty());
  const std::vector<sync::SettledRefusal> told{{kept[0].notice.id, {}}};
  EXPECT_TRUE(store_->settle_refusals(AccountId::make_v4(random_), told, {5}).value().empty());  // not theirs
  const auto settled = store_->settle_refusals(asked.account, told, {5}).value();
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].value, sync::value_hash(kept[0].notice.value));
  EXPECT_EQ(store_->settled_refusals(asked.account).value(), settled);
  EXPECT_TRUE(store_->refusals(asked.account).value().empty());
}

// A record's row is found by its id alone: made again in another dossier, it would leave its own.
TEST_F(StoreTest, ARecordOfAnotherDossierCannotBeTakenAway) {
  const TestDossier own = make_dossier();
  const TestDossier other = make_dossier("Autre établissement");
  const Value there = read(other, other.texte());
  const RecordId measured = RecordId::make_v7(kNow, random_);
  TestReplica owner = make_replica();
  ASSERT_TRUE(
      push(owner, other, frozen(owner, other, {sync::CreateRecord{measured, indicateur::kKind, other.engagement}})));
  TestReplica thief = make_replica();
  const auto create = [&](const RecordId& record, schema::KindNumber kind) {
    const auto answer = push(thief, own, frozen(thief, own, {sync::CreateRecord{record, kind, {}}})).value().answer;
    return std::get<sync::Applied>(answer).receipt.results.at(0);
  };
  EXPECT_EQ(create(other.engagement, engagement::kKind).outcome, sync::Outcome::kRefused);
  EXPECT_EQ(create(other.engagement, indicateur::kKind).outcome, sync::Outcome::kRefused) << "nor as another kind";
  // Nor by way of a conflict about a record that is not there.
  const sync::FieldRef stolen{measured, indicateur::kKind, indicateur::kNote};
  const Value note{"Une note."};
  const auto offered = push(thief, own, frozen(thief, own, {sync::SalvageValue{stolen, own.engagement, note}}));
  const auto conflicts = std::get<sync::Applied>(offered.value().answer).receipt.results.at(0).conflicts;
  ASSERT_EQ(conflicts.size(), 1U);
  const sync::ResolveConflict taken{conflicts[0], 1, sync::seen_sides({}, note), sync::Choice::kIncoming, note, stolen};
  const auto answer = push(thief, own, frozen(thief, own, {taken})).value().answer;
  EXPECT_EQ(std::get<sync::Applied>(answer).receipt.results.at(0).outcome, sync::Outcome::kRefused);
  reopen();
  EXPECT_NE(store_->state(other.id).value().record(measured), nullptr);
  EXPECT_EQ(read(other, other.texte()), there);
  EXPECT_EQ(store_->state(own.id).value().record(other.engagement), nullptr);
  EXPECT_TRUE(problems().empty());
}

TEST_F(StoreTest, AJobThatFailsHalfWayLeavesNothingInMemory) {
  const TestDossier dossier = make_dossier();
  TestReplica replica = make_replica();
  edit(replica, dossier, dossier.montant(), Value{std::int64_t{1}});
  tamper("CREATE TRIGGER essai BEFORE INSERT ON refusal BEGIN SELECT RAISE(ABORT, 'essai'); END");
  TestReplica failing = make_replica();
  edit(replica, dossier, dossier.montant(), Value{std::int64_t{2}});  // the dossier is in memory
  const sync::FieldRef unknown{dossier.engagement, engagement::kKind, 99};
  const Bytes half = frozen(failing, dossier,
                            {writes(dossier, dossier.montant(), Value{std::int64_t{3}}),
                             sync::SetValue{unknown, sync::Carried{}, Value{"refusé"}}});
  EXPECT_FALSE(push(failing, dossier, half)) << "its refusal cannot be stored";
  edit(replica, dossier, dossier.texte(), Value{"Un début. Une suite."});
  EXPECT_EQ(read(dossier, dossier.montant()), Value{std::int64_t{2}});
  EXPECT_TRUE(problems().empty());
  reopen();
  EXPECT_TRUE(problems().empty());
}

TEST_F(StoreTest, AnOpenConflictThatMovedWithItsTextIsThereAfterReopening) {
  const TestDossier dossier = make_dossier();
  TestReplica first = make_replica();
  TestReplica second = make_replica();
  const sync::Change late = writes(dossier, dossier.texte(), Value{"Une fin."});
  edit(first, dossier, dossier.texte(), Value{"Un milieu."});
  ASSERT_TRUE(push(second, dossier, frozen(second, dossier, {late})));
  ASSERT_EQ(store_->state(dossier.id)->open.size(), 1);
  edit(first, dossier, dossier.texte(), Value{"Devant. Un milieu."});
  const std::string text = std::get<std::string>(read(dossier, dossier.texte()));
  reopen();
  const auto open = store_->state(dossier.id)->open;
  ASSERT_EQ(open.size(), 1);
  const sync::TextRange range = open.begin()->second.range;
  EXPECT_EQ(text.substr(range.begin, range.end - range.begin), "Un milieu.");
  EXPECT_TRUE(problems().empty());
}

}  // namespace
}  // namespace navette::test
