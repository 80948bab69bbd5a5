// Records: creation, removal, restoration.
#include "engine_fixture.hpp"

namespace navette::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(EngineTest, ARecordAndWhatItOwnsArriveInOnePush) {
  const RecordId engagement = correspondent.adds("engagement", {{"libelle", "Aval"}, {"texte", "Ouvrir des lits."}});
  const RecordId indicateur = correspondent.adds("indicateur", {{"engagement", engagement.text()}, {"cible", "12"}});
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(engagement, "texte"), "Ouvrir des lits.");
  EXPECT_EQ(delegation.reads(indicateur, "cible"), "12");
  EXPECT_EQ(delegation.reads(indicateur, "engagement"), engagement.text());
  EXPECT_EQ(correspondent.counts().drafts, 0);
  expect_agreement();
}

TEST_F(EngineTest, ARecordMadeAndRemovedBeforeItWasSentLeavesNothing) {
  const RecordId engagement = correspondent.adds("engagement", {{"libelle", "Aval"}});
  correspondent.adds("indicateur", {{"engagement", engagement.text()}, {"cible", "12"}});
  correspondent.removes(engagement);
  EXPECT_EQ(correspondent.counts().drafts, 0);
  EXPECT_EQ(correspondent.all("indicateur").size(), 1);
  expect_agreement();
}

TEST_F(EngineTest, ARemovalTakesWhatTheRecordOwns) {
  correspondent.removes(engagement_record);
  EXPECT_FALSE(correspondent.sees(indicateur_record));
  sync(correspondent, delegation);
  EXPECT_FALSE(delegation.sees(engagement_record));
  EXPECT_FALSE(delegation.sees(indicateur_record));
  expect_agreement();
}

TEST_F(EngineTest, ARemovalApartFromAChangeIsContestedAndTheRecordStays) {
  correspondent.edits(indicateur_record, "cible", "85");
  delegation.removes(engagement_record);
  sync(correspondent, delegation);
  EXPECT_TRUE(delegation.sees(engagement_record));
  const Conflict conflict = correspondent.conflict();
  EXPECT_EQ(conflict.kind, ConflictKind::kRemoval);
  EXPECT_EQ(conflict.committed_by.name, "Anne Structure");
  EXPECT_EQ(conflict.incoming_by.name, "Chloé Agence");
  correspondent.resolves(conflict, Choice::kIncoming);
  sync(correspondent, delegation);
  EXPECT_FALSE(delegation.sees(indicateur_record));
  EXPECT_THAT(delegation.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, AContestedRemovalSettledByKeepingLeavesEverything) {
  correspondent.edits(indicateur_record, "cible", "85");
  delegation.removes(engagement_record);
  sync(correspondent, delegation);
  delegation.resolves(delegation.conflict(), Choice::kCommitted);
  sync(delegation, correspondent);
  EXPECT_EQ(delegation.reads(indicateur_record, "cible"), "85");
  EXPECT_THAT(correspondent.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, ARemovalIsNotSettledOverAChangeThatItsAuthorHadNotSeen) {
  correspondent.edits(indicateur_record, "cible", "85");
  delegation.removes(engagement_record);
  sync(correspondent, delegation);
  delegation.resolves(delegation.conflict(), Choice::kIncoming);
  correspondent.edits(indicateur_record, "note", "Un chiffre revu avec les équipes.");
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(indicateur_record, "note"), "Un chiffre revu avec les équipes.");
  ASSERT_EQ(delegation.refusals().size(), 1);
  EXPECT_EQ(delegation.refusals()[0].reason, RefusalReason::kConflictMoved);
  EXPECT_EQ(delegation.conflicts().size(), 1);
  expect_agreement();
}

TEST_F(EngineTest, AChangeOfARemovedRecordIsKeptAndBringsItBack) {
  delegation.edits(engagement_record, "texte", "Le texte de tous.");
  sync(delegation, correspondent);
  delegation.removes(engagement_record);
  correspondent.edits(indicateur_record, "cible", "85");
  sync(delegation, correspondent);
  EXPECT_FALSE(correspondent.sees(engagement_record));
  const Conflict conflict = delegation.conflict();
  EXPECT_EQ(conflict.kind, ConflictKind::kGone);
  EXPECT_EQ(conflict.incoming, Value("85"));
  EXPECT_EQ(conflict.committed_by.name, "Chloé Agence");
  EXPECT_EQ(conflict.incoming_by.name, "Anne Structure");
  delegation.resolves(conflict, Choice::kIncoming);
  sync(delegation, correspondent);
  ASSERT_EQ(correspondent.all("engagement").size(), 1);
  ASSERT_EQ(correspondent.all("indicateur").size(), 1);
  EXPECT_EQ(correspondent.reads(correspondent.all("engagement")[0], "texte"), "Le texte de tous.");
  EXPECT_EQ(correspondent.reads(correspondent.all("indicateur")[0], "cible"), "85");
  EXPECT_EQ(correspondent.reads(correspondent.all("indicateur")[0], "engagement"),
            correspondent.all("engagement")[0].text());
  EXPECT_THAT(correspondent.conflicts(), IsEmpty());
  expect_agreement();
}

// What stands there again was written by its author, not by whoever had removed the record.
TEST_F(EngineTest, AValueThatComesBackWithItsRecordIsItsAuthors) {
  colleague.edits(engagement_record, "prive_s", "Texte privé.");
  sync(colleague, correspondent, delegation);
  delegation.removes(engagement_record);
  correspondent.edits(engagement_record, "prive_s", "Texte privé, revu.");
  correspondent.edits(indicateur_record, "cible", "85");
  sync(delegation, correspondent);
  for (const Conflict& conflict : correspondent.conflicts()) {
    if (conflict.at.record == indicateur_record) correspondent.resolves(conflict, Choice::kIncoming);
  }
  sync(correspondent, delegation);
  const Conflict conflict = correspondent.conflict();
  EXPECT_EQ(correspondent.view(conflict).committed, "Texte privé.");
  EXPECT_EQ(conflict.committed_by.name, "Bruno Structure");
  EXPECT_EQ(conflict.incoming_by.name, "Anne Structure");
  expect_agreement();
}

TEST_F(EngineTest, ARecordMadeUnderARemovedOwnerWaitsAndComesBackWithIt) {
  const RecordId indicateur =
      correspondent.adds("indicateur", {{"engagement", engagement_record.text()}, {"cible", "12"}});
  delegation.removes(engagement_record);
  sync(delegation, correspondent);
  EXPECT_FALSE(correspondent.sees(indicateur));
  ASSERT_EQ(delegation.conflicts().size(), 2);
  for (const Conflict& conflict : delegation.conflicts()) {
    EXPECT_EQ(conflict.committed_by.name, "Chloé Agence");
    if (conflict.kind == ConflictKind::kOrphan) delegation.resolves(conflict, Choice::kIncoming);
  }
  sync(delegation, correspondent);
  EXPECT_TRUE(correspondent.sees(indicateur));
  EXPECT_EQ(correspondent.all("engagement").size(), 1);
  const Conflict value = correspondent.conflict();
  EXPECT_EQ(value.incoming, Value("12"));
  correspondent.resolves(value, Choice::kIncoming);
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(indicateur, "cible"), "12");
  expect_agreement();
}

TEST_F(EngineTest, TheOtherPartysPrivateTextGoesToItsRecycleBin) {
  correspondent.edits(engagement_record, "prive_s", "Secret de la structure.");
  sync(correspondent, delegation);
  delegation.removes(engagement_record);
  sync(delegation, correspondent, colleague);
  EXPECT_THAT(delegation.conflicts(), IsEmpty());
  const Conflict kept = colleague.conflict();
  EXPECT_EQ(kept.kind, ConflictKind::kKept);
  EXPECT_EQ(kept.incoming, Value("Secret de la structure."));
  EXPECT_EQ(kept.incoming_by.name, "Anne Structure");
  colleague.resolves(kept, Choice::kIncoming);
  sync(colleague, delegation, correspondent);
  ASSERT_EQ(delegation.all("engagement").size(), 1);
  EXPECT_EQ(correspondent.reads(correspondent.all("engagement")[0], "prive_s"), "Secret de la structure.");
  EXPECT_THAT(colleague.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, TheRemoversReceiptDoesNotTellWhetherTheOtherPartyHadPrivateText) {
  const RecordId plain = delegation.adds("engagement", {{"libelle", "Sans texte"}});
  const RecordId secret = delegation.adds("engagement", {{"libelle", "Avec texte"}});
  sync(delegation, correspondent);
  correspondent.edits(secret, "prive_s", "Secret.");
  sync(correspondent, delegation);
  std::vector<sync::Receipt> receipts;
  delegation.device.on_receive = [&](const sync::Message& message) {
    if (const auto* receipt = std::get_if<sync::ReceiptMessage>(&message)) receipts.push_back(receipt->receipt);
  };
  delegation.removes(plain);
  one(delegation);
  delegation.removes(secret);
  one(delegation);
  ASSERT_EQ(receipts.size(), 2);
  EXPECT_EQ(receipts[0].results, receipts[1].results);
  EXPECT_EQ(receipts[0].heads.size(), receipts[1].heads.size());
  EXPECT_EQ(receipts[0].heads[0].revision.next(), receipts[1].heads[0].revision);
  expect_agreement();
}

TEST_F(EngineTest, AnArrivingRemovalKeepsADraftForTheServerToDecide) {
  delegation.removes(engagement_record);
  sync(delegation);
  correspondent.edits(engagement_record, "texte", "Écrit pendant ce temps.");
  correspondent.edits(engagement_record, "prive_s", "Brouillon.");
  sync(correspondent, delegation);
  EXPECT_EQ(correspondent.conflicts().size(), 2);
  EXPECT_EQ(delegation.conflicts().size(), 1);
  EXPECT_EQ(delegation.conflict().incoming, Value("Écrit pendant ce temps."));
  expect_agreement();
}

TEST_F(EngineTest, AConflictOfARemovedRecordKeepsItsPlaceWhenTheRecordComesBack) {
  correspondent.edits(engagement_record, "texte", "Un. Deux.");
  sync(correspondent, delegation);
  correspondent.edits(engagement_record, "texte", "Un bis. Deux.");
  delegation.edits(engagement_record, "texte", "Un ter. Deux.");
  sync(correspondent, delegation, correspondent);
  correspondent.removes(engagement_record);
  sync(correspondent, delegation);
  const Conflict gone = delegation.conflict();
  EXPECT_EQ(gone.kind, ConflictKind::kGone);
  delegation.resolves(gone, Choice::kIncoming);
  sync(delegation, correspondent);
  ASSERT_EQ(correspondent.all("engagement").size(), 1);
  EXPECT_EQ(correspondent.reads(correspondent.all("engagement")[0], "texte"), "Un ter. Deux.");
  expect_agreement();
}

TEST_F(EngineTest, RemovingWhatIsGoneAlreadyIsAccepted) {
  correspondent.removes(engagement_record);
  delegation.removes(engagement_record);
  sync(correspondent, delegation);
  EXPECT_THAT(delegation.conflicts(), IsEmpty());
  EXPECT_THAT(delegation.refusals(), IsEmpty());
  expect_agreement();
}

}  // namespace
}  // namespace navette::test
