// While a push is under way: typing on, answers that get lost, receipts that come twice.
#include "engine_fixture.hpp"

namespace navette::test {
namespace {

using ::testing::IsEmpty;

TEST_F(EngineTest, WhatIsWrittenInALiveSessionIsFrozenInItsOwnTransaction) {
  correspondent.device.replica->freeze_at_once(true);
  correspondent.edits(engagement_record, "texte", "Un.");
  EXPECT_EQ(correspondent.counts().outbox, 1U);
  correspondent.edits(engagement_record, "texte", "Un. Deux.");  // typed on: waits for the answer
  EXPECT_EQ(
      correspondent.device.store.draft(engagement_record, correspondent.at(engagement_record, "texte").field)->pushed,
      Value("Un."));
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Un. Deux.");
  expect_agreement();
}

TEST_F(EngineTest, AWriteThatFailsFreezesNothing) {
  correspondent.device.replica->freeze_at_once(true);
  EXPECT_FALSE(correspondent.tries_to_set(engagement_record, "montant", "beaucoup").has_value());
  EXPECT_EQ(correspondent.counts().outbox, 0U);
}

TEST_F(EngineTest, TypingOnIsRebasedWhereNothingWasContested) {
  correspondent.edits(engagement_record, "texte", "Un. Deux.");
  sync(correspondent, delegation);
  delegation.edits(engagement_record, "texte", "Un. Deux bis.");
  correspondent.edits(engagement_record, "texte", "Un ter. Deux.");
  freezes(correspondent);
  correspondent.edits(engagement_record, "texte", "Zéro. Un ter. Deux.");
  sync(delegation, correspondent);
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Zéro. Un ter. Deux bis.");
  EXPECT_THAT(delegation.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, TypingOnInAContestedSentenceReplacesTheConflict) {
  correspondent.edits(engagement_record, "texte", "Un.");
  sync(correspondent, delegation);
  delegation.edits(engagement_record, "texte", "Un bis.");
  correspondent.edits(engagement_record, "texte", "Un ter.");
  freezes(correspondent);
  correspondent.edits(engagement_record, "texte", "Un ter et quater.");
  sync(delegation, correspondent);
  const Conflict conflict = delegation.conflict();
  EXPECT_EQ(conflict.base, Value("Un."));
  EXPECT_EQ(conflict.incoming, Value("Un ter et quater."));
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Un bis.");
  expect_agreement();
}

TEST_F(EngineTest, GoingBackToTheBaseWithdrawsTheConflict) {
  correspondent.edits(engagement_record, "texte", "Un. Deux.");
  sync(correspondent, delegation);
  delegation.edits(engagement_record, "texte", "Un bis. Deux.");
  correspondent.edits(engagement_record, "texte", "Un ter. Deux.");
  freezes(correspondent);
  correspondent.edits(engagement_record, "texte", "Un. Deux.");
  sync(delegation, correspondent);
  EXPECT_THAT(delegation.conflicts(), IsEmpty());
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Un bis. Deux.");
  expect_agreement();
}

TEST_F(EngineTest, GoingBackWithAScalarWithdrawsTheConflict) {
  delegation.edits(indicateur_record, "cible", "81");
  correspondent.edits(indicateur_record, "cible", "82");
  freezes(correspondent);
  correspondent.edits(indicateur_record, "cible", "80");
  sync(delegation, correspondent);
  EXPECT_THAT(delegation.conflicts(), IsEmpty());
  EXPECT_EQ(correspondent.reads(indicateur_record, "cible"), "81");
  expect_agreement();
}

TEST_F(EngineTest, TypingElsewhereKeepsTheConflictAsItIs) {
  correspondent.edits(engagement_record, "texte", "Un.\nDeux.\n");
  sync(correspondent, delegation);
  delegation.edits(engagement_record, "texte", "Un bis.\nDeux.\n");
  correspondent.edits(engagement_record, "texte", "Un ter.\nDeux.\n");
  freezes(correspondent);
  correspondent.edits(engagement_record, "texte", "Un ter.\nDeux quater.\n");
  sync(delegation, correspondent);
  EXPECT_EQ(delegation.conflict().incoming, Value("Un ter."));
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Un bis.\nDeux quater.\n");
  expect_agreement();
}

TEST_F(EngineTest, ALostAnswerIsAskedForAgainAndThePushCountsOnce) {
  correspondent.edits(engagement_record, "texte", "Une fois.");
  sends_and_loses_the_answer(correspondent);
  const std::size_t before = server.dossier(dossier).revisions();
  sync(correspondent, delegation);
  EXPECT_EQ(server.dossier(dossier).revisions(), before);
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Une fois.");
  EXPECT_EQ(correspondent.counts().outbox, 0);
  expect_agreement();
}

TEST_F(EngineTest, TypingOnAfterALostAnswerGoesIntoTheNextPush) {
  correspondent.edits(engagement_record, "texte", "Une fois.");
  sends_and_loses_the_answer(correspondent);
  correspondent.edits(engagement_record, "texte", "Une fois. Deux fois.");
  delegation.edits(indicateur_record, "cible", "81");
  sync(delegation, correspondent, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Une fois. Deux fois.");
  EXPECT_THAT(delegation.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, APushSentTwiceGetsTheSameReceipt) {
  correspondent.device.connect();
  sync(correspondent);
  correspondent.edits(indicateur_record, "cible", "81");
  std::vector<sync::Receipt> receipts;
  correspondent.device.on_receive = [&](const sync::Message& message) {
    if (const auto* receipt = std::get_if<sync::ReceiptMessage>(&message)) receipts.push_back(receipt->receipt);
  };
  correspondent.device.offer(clock);
  correspondent.device.repeat_up();
  sync(correspondent, delegation);
  ASSERT_EQ(receipts.size(), 2);
  EXPECT_EQ(receipts[0], receipts[1]);
  expect_agreement();
}

TEST_F(EngineTest, ACrashBetweenFreezeAndSendingLosesNothing) {
  correspondent.edits(indicateur_record, "cible", "81");
  freezes(correspondent);
  correspondent.edits(indicateur_record, "cible", "82");
  correspondent.device.crash();
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(indicateur_record, "cible"), "82");
  expect_agreement();
}

TEST_F(EngineTest, TogetherTypingOnKeepsMergingByCharacters) {
  correspondent.edits(engagement_record, "texte", "Un mot.");
  sync(correspondent, delegation);
  correspondent.opens(engagement_record, "texte");
  delegation.opens(engagement_record, "texte");
  correspondent.types(engagement_record, "texte", "Un petit mot.");
  delegation.types(engagement_record, "texte", "Un mot juste.");
  freezes(delegation);
  delegation.types(engagement_record, "texte", "Un mot très juste.");
  sync(correspondent, delegation);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Un petit mot très juste.");
  EXPECT_THAT(correspondent.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, ARevisionThatIsMissingEndsTheSessionAndTheNextOneRecovers) {
  sync(correspondent);
  const auto stream = [&] {
    sync::StreamRow row;
    EXPECT_TRUE(correspondent.device.store.read([&]() -> Result<void> {
      row = *correspondent.device.store.stream(dossier, schema::Audience::kShared);
      return {};
    }));
    return row;
  }();
  delegation.edits(indicateur_record, "cible", "81");
  one(delegation);
  delegation.edits(indicateur_record, "cible", "82");
  one(delegation);
  auto envelopes = server.dossier(dossier).after(schema::Audience::kShared, stream.head);
  ASSERT_EQ(envelopes.size(), 2);
  envelopes.erase(envelopes.begin());
  const auto gap =
      correspondent.device.session()->receive({sync::Revisions{dossier, schema::Audience::kShared, envelopes}}, clock);
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().code, ErrorCode::kStale);
  correspondent.device.cut();
  sync(correspondent);
  EXPECT_EQ(correspondent.reads(indicateur_record, "cible"), "82");
  expect_agreement();
}

TEST_F(EngineTest, AReceiptThatRunsAheadOfItsRevisionsEndsTheSession) {
  sync(correspondent);
  correspondent.edits(indicateur_record, "cible", "81");
  freezes(correspondent);
  sync::Receipt early;
  early.dossier = dossier;
  EXPECT_TRUE(correspondent.device.store.read([&]() -> Result<void> {
    const auto frozen = correspondent.device.store.outbox(dossier);
    early.replica = ReplicaId::from_bytes(*correspondent.device.store.meta("replica_id")).value();
    early.number = frozen->number;
    early.push_hash = sha256(frozen->push);
    return {};
  }));
  early.results = {sync::ChangeResult{}};
  const sync::StreamState& shared = state().streams[static_cast<std::size_t>(schema::Audience::kShared)];
  early.heads = {{schema::Audience::kShared, shared.head.next(), shorten(shared.chain)}};
  const auto refused = correspondent.device.session()->receive({sync::ReceiptMessage{early}}, clock);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStale);
  EXPECT_EQ(correspondent.reads(indicateur_record, "cible"), "81");
  correspondent.device.cut();
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(indicateur_record, "cible"), "81");
  expect_agreement();
}

}  // namespace
}  // namespace navette::test
