// Fields: what merges by itself, what is contested, who reads what.
#include "engine_fixture.hpp"

namespace navette::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kDms = "La DMS de médecine reste supérieure à la moyenne régionale.";

TEST_F(EngineTest, AnEditReachesEverybodyWhoReadsTheField) {
  correspondent.edits(engagement_record, "texte", "Ouvrir dix lits.");
  sync(correspondent, colleague, delegation);
  EXPECT_EQ(colleague.reads(engagement_record, "texte"), "Ouvrir dix lits.");
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Ouvrir dix lits.");
  EXPECT_EQ(correspondent.counts().drafts, 0);
  expect_agreement();
}

TEST_F(EngineTest, SentencesOfOneTextMergeByThemselves) {
  correspondent.edits(engagement_record, "texte", "Un. Deux. Trois.");
  sync(correspondent, delegation);
  correspondent.edits(engagement_record, "texte", "Un bis. Deux. Trois.");
  delegation.edits(engagement_record, "texte", "Un. Deux. Trois ter.");
  sync(correspondent, delegation);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Un bis. Deux. Trois ter.");
  EXPECT_THAT(correspondent.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, TheSameSentenceRewrittenByBothSidesIsContestedAndBothTextsAreKept) {
  const std::string ours = "La DMS de médecine reste supérieure à la moyenne régionale en raison du manque de places.";
  const std::string theirs = "La DMS de médecine reste supérieure à la moyenne régionale de 0,9 jour.";
  correspondent.edits(engagement_record, "texte", kDms);
  sync(correspondent, delegation);
  delegation.edits(engagement_record, "texte", theirs);
  correspondent.edits(engagement_record, "texte", ours);
  sync(delegation, correspondent);
  const Conflict conflict = correspondent.conflict();
  EXPECT_EQ(conflict.kind, ConflictKind::kText);
  EXPECT_EQ(conflict.committed_by.name, "Chloé Agence");
  EXPECT_EQ(conflict.incoming_by.name, "Anne Structure");
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), theirs);
  const auto view = delegation.view(delegation.conflict());
  EXPECT_EQ(view.base, kDms);
  EXPECT_EQ(view.committed, theirs);
  EXPECT_EQ(view.incoming, ours);
  EXPECT_NE(view.suggestion.find("0,9 jour"), std::string::npos);
  EXPECT_NE(view.suggestion.find("manque de places"), std::string::npos);
  expect_agreement();
}

TEST_F(EngineTest, TwoCorrespondentsAndADelegationWorkOnOneEngagementAndNothingIsLost) {
  const std::string base = "Premier paragraphe.\nDeuxième paragraphe.\n";
  correspondent.edits(engagement_record, "texte", base);
  sync(correspondent, colleague, delegation);

  // Apart: a paragraph rewritten by both sides, another added by the colleague, a scalar contested within the
  // structure.
  correspondent.edits(engagement_record, "texte", "Premier paragraphe vu de l'hôpital.\nDeuxième paragraphe.\n");
  delegation.edits(engagement_record, "texte", "Premier paragraphe vu de l'agence.\nDeuxième paragraphe.\n");
  colleague.edits(engagement_record, "texte", base + "Troisième paragraphe.\n");
  correspondent.edits(indicateur_record, "realise", "80,5");
  colleague.edits(indicateur_record, "realise", "81");
  correspondent.edits(engagement_record, "prive_s", "À ne pas montrer.");
  delegation.edits(engagement_record, "prive_a", "Note interne.");
  sync(correspondent, delegation, colleague);

  EXPECT_EQ(delegation.reads(engagement_record, "texte"),
            "Premier paragraphe vu de l'hôpital.\nDeuxième paragraphe.\nTroisième paragraphe.\n");
  EXPECT_EQ(colleague.reads(engagement_record, "prive_s"), "À ne pas montrer.");
  EXPECT_EQ(delegation.reads(engagement_record, "prive_s"), "(absent)");
  EXPECT_EQ(correspondent.reads(engagement_record, "prive_a"), "(absent)");
  ASSERT_EQ(correspondent.conflicts().size(), 2);
  for (const Conflict& conflict : correspondent.conflicts()) {
    if (conflict.kind == ConflictKind::kValue) {
      EXPECT_EQ(conflict.incoming, Value("81"));
      correspondent.resolves(conflict, Choice::kIncoming);
    } else {
      EXPECT_EQ(correspondent.view(conflict).incoming, "Premier paragraphe vu de l'agence.");
      delegation.resolves(conflict, Choice::kWritten, "Premier paragraphe vu des deux.");
    }
  }
  sync(correspondent, delegation, colleague);
  EXPECT_THAT(colleague.conflicts(), IsEmpty());
  EXPECT_EQ(colleague.reads(indicateur_record, "realise"), "81");
  EXPECT_NE(colleague.reads(engagement_record, "texte").find("vu des deux."), std::string::npos);
  expect_agreement();
}

TEST_F(EngineTest, ScalarsMergeWhenTheyAgreeAndAreContestedWhenTheyDoNot) {
  correspondent.edits(engagement_record, "montant", "100");
  colleague.edits(engagement_record, "montant", "100");
  sync(correspondent, colleague);
  EXPECT_THAT(colleague.conflicts(), IsEmpty());
  colleague.edits(indicateur_record, "cible", "80,50");
  sync(colleague, correspondent, delegation);
  delegation.edits(indicateur_record, "cible", "81");
  correspondent.edits(indicateur_record, "cible", "82");
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.reads(indicateur_record, "cible"), "81");
  const Conflict conflict = correspondent.conflict();
  EXPECT_EQ(conflict.kind, ConflictKind::kValue);
  EXPECT_EQ(conflict.base, Value("80,50"));
  EXPECT_EQ(conflict.incoming, Value("82"));
  expect_agreement();
}

TEST_F(EngineTest, AnyConcurrentChangeOfAContractualTextIsContested) {
  correspondent.edits(engagement_record, "objectif", "Un. Deux.");
  sync(correspondent, delegation);
  correspondent.edits(engagement_record, "objectif", "Un bis. Deux.");
  delegation.edits(engagement_record, "objectif", "Un. Deux ter.");
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "objectif"), "Un bis. Deux.");
  EXPECT_EQ(delegation.view(delegation.conflict()).incoming, "Un. Deux ter.");
  expect_agreement();
}

TEST_F(EngineTest, PublishingWritesTheSharedTextAndClearsTheDraft) {
  correspondent.edits(engagement_record, "prive_s", "Notre diagnostic.");
  correspondent.publishes(engagement_record, "prive_s");
  sync(correspondent, colleague, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "public_s"), "Notre diagnostic.");
  EXPECT_EQ(correspondent.reads(engagement_record, "prive_s"), "");
  EXPECT_EQ(colleague.reads(engagement_record, "prive_s"), "");
  expect_agreement();
}

TEST_F(EngineTest, PublishingLeavesADraftThatAColleagueWentOnWriting) {
  correspondent.edits(engagement_record, "prive_s", "Notre diagnostic.");
  sync(correspondent, colleague);
  correspondent.publishes(engagement_record, "prive_s");
  colleague.edits(engagement_record, "prive_s", "Notre diagnostic. Et une suite.");
  sync(colleague, correspondent, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "public_s"), "Notre diagnostic.");
  EXPECT_EQ(correspondent.reads(engagement_record, "prive_s"), "Notre diagnostic. Et une suite.");
  expect_agreement();
}

TEST_F(EngineTest, WhatIsTypedIntoAPublishedDraftMeanwhileStaysPrivate) {
  correspondent.edits(engagement_record, "prive_s", "Notre diagnostic.");
  correspondent.publishes(engagement_record, "prive_s");
  freezes(correspondent);
  correspondent.edits(engagement_record, "prive_s", "Notre diagnostic. Secret.");
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "public_s"), "Notre diagnostic.");
  EXPECT_NE(correspondent.reads(engagement_record, "prive_s").find("Secret."), std::string::npos);
  expect_agreement();
}

TEST_F(EngineTest, ADraftGoneBackToItsBaseIsNoDraft) {
  correspondent.edits(indicateur_record, "cible", "90");
  correspondent.edits(indicateur_record, "cible", "80");
  EXPECT_EQ(correspondent.counts().drafts, 0);
  correspondent.edits(indicateur_record, "cible", "90");
  EXPECT_TRUE(correspondent.device.replica->discard(indicateur_record, std::nullopt));
  EXPECT_EQ(correspondent.reads(indicateur_record, "cible"), "80");
  EXPECT_EQ(correspondent.counts().drafts, 0);
}

TEST_F(EngineTest, AnEditorThatWasOpenWhileNewsCameInMerges) {
  correspondent.edits(engagement_record, "texte", "Un. Deux.");
  sync(correspondent, delegation);
  const std::string token = delegation.token(engagement_record, "texte");
  correspondent.edits(engagement_record, "texte", "Un. Deux bis.");
  sync(correspondent, delegation);
  delegation.edits_from(token, engagement_record, "texte", "Un ter. Deux.");
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Un ter. Deux bis.");
  expect_agreement();
}

TEST_F(EngineTest, AnEditorThatContradictsTheNewsMakesAConflictOfBoth) {
  correspondent.edits(engagement_record, "texte", "Un.");
  sync(correspondent, delegation);
  const std::string token = delegation.token(engagement_record, "texte");
  correspondent.edits(engagement_record, "texte", "Un bis.");
  sync(correspondent, delegation);
  delegation.edits_from(token, engagement_record, "texte", "Un ter.");
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Un bis.");
  EXPECT_EQ(correspondent.conflict().incoming, Value("Un ter."));
  expect_agreement();
}

TEST_F(EngineTest, AnEditorOverAnUnsentDraftThatContradictsItIsKeptAsARefusal) {
  const std::string token = delegation.token(indicateur_record, "cible");
  delegation.edits(indicateur_record, "cible", "81");
  const auto second = delegation.tries_to_edit(token, indicateur_record, "cible", "82");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kStale);
  ASSERT_EQ(delegation.refusals().size(), 1);
  EXPECT_EQ(delegation.refusals()[0].value, Value("82"));
  EXPECT_EQ(delegation.reads(indicateur_record, "cible"), "81");
}

TEST_F(EngineTest, TogetherCharactersMergeAndNothingIsContested) {
  correspondent.edits(engagement_record, "texte", "Un mot.");
  sync(correspondent, delegation);
  correspondent.opens(engagement_record, "texte");
  delegation.opens(engagement_record, "texte");
  correspondent.types(engagement_record, "texte", "Un petit mot.");
  delegation.types(engagement_record, "texte", "Un mot juste.");
  sync(correspondent, delegation);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Un petit mot juste.");
  EXPECT_THAT(correspondent.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, AnEditWithoutPresenceIsApartWhateverItSays) {
  correspondent.edits(engagement_record, "texte", "Un mot.");
  sync(correspondent, delegation);
  delegation.opens(engagement_record, "texte");
  correspondent.edits(engagement_record, "texte", "Un petit mot.");
  delegation.types(engagement_record, "texte", "Un mot juste.");
  sync(correspondent, delegation);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Un petit mot.");
  EXPECT_EQ(delegation.conflicts().size(), 1);
  expect_agreement();
}

}  // namespace
}  // namespace navette::test
