// Copied disks, old replicas, damaged stores, restored servers.
#include "engine_fixture.hpp"

namespace navette::test {
namespace {

using ::testing::IsEmpty;

TEST_F(EngineTest, ACopiedDiskGetsANewIdentityAndKeepsItsDrafts) {
  correspondent.edits(indicateur_record, "cible", "81");
  sync(correspondent, colleague);
  const auto id = [](Person& person) { return person.device.replica->replica_id(); };
  ReplicaId original;
  ASSERT_TRUE(correspondent.device.store.transact([&]() -> Result<void> {
    original = id(correspondent);
    return {};
  }));
  ASSERT_TRUE(colleague.device.store.transact([&]() -> Result<void> {
    colleague.device.store.set_meta("replica_id", original.bytes());
    return {};
  }));
  colleague.device.cut();
  colleague.edits(engagement_record, "texte", "Écrit sur la copie.");
  sync(colleague, correspondent);
  ReplicaId renewed;
  ASSERT_TRUE(colleague.device.store.transact([&]() -> Result<void> {
    renewed = id(colleague);
    return {};
  }));
  EXPECT_NE(renewed, original);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Écrit sur la copie.");
  expect_agreement();
}

TEST_F(EngineTest, ASnapshotOverDraftsMergesThem) {
  correspondent.edits(engagement_record, "texte", "Un. Deux.");
  sync(correspondent, delegation);
  correspondent.device.cut();
  correspondent.edits(engagement_record, "texte", "Un bis. Deux.");
  delegation.edits(engagement_record, "texte", "Un. Deux ter.");
  const RecordId made = delegation.adds("engagement", {{"texte", "Nouveau."}});
  sync(delegation);
  server.set_snapshot_after(0);
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Un bis. Deux ter.");
  EXPECT_EQ(correspondent.reads(made, "texte"), "Nouveau.");
  expect_agreement();
}

TEST_F(EngineTest, ADamagedRecordIsRepairedAndNothingElseIsSentAgain) {
  ASSERT_TRUE(correspondent.device.store.transact([&]() -> Result<void> {
    auto row = *correspondent.device.store.record(indicateur_record);
    row.values[indicateur::kCible] = Value("99");
    correspondent.device.store.put_record(row);
    auto stream = *correspondent.device.store.stream(dossier, schema::Audience::kShared);
    stream.digest.add(sha256("damage"));
    correspondent.device.store.put_stream(dossier, schema::Audience::kShared, stream);
    return {};
  }));
  std::vector<sync::Repair> repairs;
  correspondent.device.on_receive = [&](const sync::Message& message) {
    if (const auto* repair = std::get_if<sync::Repair>(&message)) repairs.push_back(*repair);
  };
  delegation.edits(engagement_record, "texte", "Du nouveau.");
  sync(delegation, correspondent);
  ASSERT_EQ(repairs.size(), 1);
  EXPECT_EQ(repairs[0].stream.records.size(), 1);
  EXPECT_THAT(repairs[0].superfluous, IsEmpty());
  EXPECT_EQ(correspondent.reads(indicateur_record, "cible"), "80");
  expect_agreement();
}

// Changed behind the engine's back: the running digest is right, and no news would ever show the difference.
TEST_F(EngineTest, WhatVerifyDoubtsIsRepairedInTheNextSession) {
  ASSERT_TRUE(correspondent.device.store.transact([&]() -> Result<void> {
    auto row = *correspondent.device.store.record(indicateur_record);
    row.values[indicateur::kCible] = Value("99");
    correspondent.device.store.put_record(row);
    const auto wrong = correspondent.device.replica->verify();
    EXPECT_EQ(wrong.size(), 1U);
    correspondent.device.replica->doubt(wrong);
    return {};
  }));
  correspondent.device.cut();
  sync(correspondent);
  EXPECT_EQ(correspondent.reads(indicateur_record, "cible"), "80");
  EXPECT_EQ(correspondent.device.repairs, 1U);
  correspondent.device.cut();
  sync(correspondent);
  EXPECT_EQ(correspondent.device.repairs, 1U);
  expect_agreement();
}

TEST_F(EngineTest, ADossierThatLeavesTheScopeHandsItsWorkToTheRefusals) {
  correspondent.edits(engagement_record, "texte", "Pas encore envoyé.");
  server.set_scope("Anne Structure", {});
  correspondent.device.cut();
  sync(correspondent);
  EXPECT_FALSE(correspondent.sees(engagement_record));
  ASSERT_EQ(correspondent.refusals().size(), 1);
  EXPECT_EQ(correspondent.refusals()[0].value, Value("Pas encore envoyé."));
  server.set_scope("Anne Structure", {dossier});
  sync(correspondent);
  EXPECT_TRUE(correspondent.sees(engagement_record));
  correspondent.edits(indicateur_record, "cible", "81");
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(indicateur_record, "cible"), "81");
  expect_agreement();
}

TEST_F(EngineTest, AfterARestoreADeviceHandsBackWhatTheServerLost) {
  const MemoryAuthority::Backup backup = server.backup();
  correspondent.edits(engagement_record, "texte", "Après la sauvegarde.");
  correspondent.edits(engagement_record, "prive_s", "Secret.");
  sync(correspondent, delegation, colleague);
  const auto chain = state().streams[0].chain;
  server.restore(backup);
  sync(correspondent, delegation, colleague);
  EXPECT_EQ(state().streams[0].chain, chain);  // the same history, adopted
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Après la sauvegarde.");
  EXPECT_EQ(colleague.reads(engagement_record, "prive_s"), "Secret.");
  expect_agreement();
}

TEST_F(EngineTest, AfterARestoreTheUnansweredPushCountsOnce) {
  const MemoryAuthority::Backup backup = server.backup();
  correspondent.edits(engagement_record, "texte", "Une fois.");
  sends_and_loses_the_answer(correspondent);
  sync(delegation);
  server.restore(backup);
  sync(delegation, correspondent);
  EXPECT_EQ(head(engagement_record, engagement::kTexte), Value("Une fois."));
  EXPECT_THAT(correspondent.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, AForkAfterARestoreSalvagesWhatTheOtherBranchHeld) {
  const MemoryAuthority::Backup backup = server.backup();
  correspondent.edits(engagement_record, "texte", "Branche perdue.");
  const RecordId made = correspondent.adds("engagement", {{"texte", "Fiche perdue."}});
  sync(correspondent, colleague);
  server.restore(backup);
  delegation.edits(engagement_record, "texte", "Nouvelle branche.");
  delegation.edits(indicateur_record, "cible", "81");
  sync(delegation);
  sync(correspondent, colleague, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Nouvelle branche.");
  EXPECT_EQ(delegation.reads(made, "texte"), "Fiche perdue.");
  bool kept = false;
  for (const Conflict& conflict : delegation.conflicts()) kept = kept || conflict.incoming == Value("Branche perdue.");
  EXPECT_TRUE(kept);
  expect_agreement();
}

TEST_F(EngineTest, TwoRestoresInARowLoseNothing) {
  const MemoryAuthority::Backup backup = server.backup();
  correspondent.edits(engagement_record, "texte", "Première.");
  sync(correspondent);
  server.restore(backup);
  correspondent.edits(indicateur_record, "note", "Deuxième.");
  sends_and_loses_the_answer(correspondent);
  server.restore(backup);
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Première.");
  EXPECT_EQ(delegation.reads(indicateur_record, "note"), "Deuxième.");
  expect_agreement();
}

TEST_F(EngineTest, APushThatTheServerCannotReadComesBackAsRefusals) {
  correspondent.device.cut();
  correspondent.edits(engagement_record, "texte", "Illisible.");
  freezes(correspondent);
  ASSERT_TRUE(correspondent.device.store.transact([&]() -> Result<void> {
    const auto outbox = *correspondent.device.store.outbox(dossier);
    sync::DossierState other = sync::empty_dossier(dossier);
    const auto answer = server.authority().unreadable(other, correspondent.device.replica->replica_id(), outbox.number,
                                                      sha256(outbox.push), clock);
    return correspondent.device.replica->apply(answer.receipt, clock);
  }));
  EXPECT_EQ(correspondent.counts().outbox, 0);
  ASSERT_EQ(correspondent.refusals().size(), 1);
  EXPECT_EQ(correspondent.refusals()[0].value, Value("Illisible."));
}

}  // namespace
}  // namespace navette::test
