// Open conflicts: improving, resolving, moving along.
#include "engine_fixture.hpp"

namespace navette::test {
namespace {

using ::testing::IsEmpty;

class ContestedTest : public EngineTest {
 protected:
  // The delegation's sentence is committed, the correspondent's waits in a conflict.
  ContestedTest() {
    correspondent.edits(engagement_record, "texte", "Zéro.\nUn. Deux.\n");
    sync(correspondent, colleague, delegation);
    delegation.edits(engagement_record, "texte", "Zéro.\nUn agence. Deux.\n");
    correspondent.edits(engagement_record, "texte", "Zéro.\nUn structure. Deux.\n");
    sync(delegation, correspondent, colleague);
  }
};

TEST_F(ContestedTest, TheViewShowsTheWholeParagraph) {
  const auto view = correspondent.view(correspondent.conflict());
  EXPECT_EQ(view.base, "Un. Deux.");
  EXPECT_EQ(view.committed, "Un agence. Deux.");
  EXPECT_EQ(view.incoming, "Un structure. Deux.");
  EXPECT_EQ(view.suggestion.find("Un ") == 0, true);
}

TEST_F(ContestedTest, ItsPlaceMovesAlongWithLaterEdits) {
  colleague.edits(engagement_record, "texte", "Avant.\nZéro revu.\nUn agence. Deux.\nAprès.\n");
  sync(colleague, delegation, correspondent);
  const auto view = correspondent.view(correspondent.conflict());
  EXPECT_EQ(view.committed, "Un agence. Deux.");
  EXPECT_EQ(view.incoming, "Un structure. Deux.");
  expect_agreement();
}

TEST_F(ContestedTest, TheCommittedTextMayBeRewrittenWhileTheConflictIsOpen) {
  delegation.edits(engagement_record, "texte", "Zéro.\nUn agence revu. Deux.\n");
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.view(correspondent.conflict()).committed, "Un agence revu. Deux.");
  expect_agreement();
}

TEST_F(ContestedTest, AResolutionIsRefusedWhenTheLiveTextMoved) {
  correspondent.resolves(correspondent.conflict(), Choice::kWritten, "Un des deux.");
  delegation.edits(engagement_record, "texte", "Zéro.\nUn agence revu. Deux.\n");
  sync(delegation, correspondent);
  ASSERT_EQ(correspondent.refusals().size(), 1);
  EXPECT_EQ(correspondent.refusals()[0].reason, RefusalReason::kConflictMoved);
  EXPECT_EQ(correspondent.refusals()[0].value, Value("Un des deux. "));
  EXPECT_EQ(delegation.conflicts().size(), 1);
  expect_agreement();
}

TEST_F(ContestedTest, AResolutionIsRefusedWhenTheIncomingTextMoved) {
  delegation.resolves(delegation.conflict(), Choice::kIncoming);
  correspondent.improves(correspondent.conflict(), "Un structure, mieux.");
  sync(correspondent, delegation);
  ASSERT_EQ(delegation.refusals().size(), 1);
  EXPECT_EQ(delegation.refusals()[0].reason, RefusalReason::kConflictMoved);
  EXPECT_EQ(delegation.view(delegation.conflict()).incoming, "Un structure, mieux. Deux.");
  expect_agreement();
}

TEST_F(ContestedTest, EitherSideMayTakeEitherText) {
  colleague.resolves(colleague.conflict(), Choice::kIncoming);
  sync(colleague, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Zéro.\nUn structure. Deux.\n");
  EXPECT_THAT(delegation.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(ContestedTest, KeepingTheCommittedTextChangesNothing) {
  delegation.resolves(delegation.conflict(), Choice::kCommitted);
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Zéro.\nUn agence. Deux.\n");
  EXPECT_THAT(correspondent.conflicts(), IsEmpty());
  expect_agreement();
}

TEST_F(ContestedTest, TheSecondResolutionComesBackWithItsText) {
  correspondent.resolves(correspondent.conflict(), Choice::kWritten, "Un selon Anne.");
  delegation.resolves(delegation.conflict(), Choice::kWritten, "Un selon Chloé.");
  sync(delegation, correspondent);
  ASSERT_EQ(correspondent.refusals().size(), 1);
  EXPECT_EQ(correspondent.refusals()[0].reason, RefusalReason::kConflictClosed);
  EXPECT_EQ(correspondent.refusals()[0].value, Value("Un selon Anne. "));
  expect_agreement();
}

TEST_F(ContestedTest, TwoImprovementsAtOnceMergeByCharacters) {
  correspondent.improves(correspondent.conflict(), "Un grand structure.");
  colleague.improves(colleague.conflict(), "Un structure uni.");
  sync(correspondent, colleague, delegation);
  EXPECT_EQ(delegation.conflict().incoming, Value("Un grand structure uni. "));
  expect_agreement();
}

TEST_F(ContestedTest, OnlyThePartyThatWroteTheTextImprovesIt) {
  EXPECT_FALSE(delegation.device.replica->improve(delegation.conflict().id, "Un autre."));
}

TEST_F(ContestedTest, AnImprovementThatArrivesAfterClosureOpensANewConflict) {
  correspondent.improves(correspondent.conflict(), "Un structure, mieux.");
  delegation.resolves(delegation.conflict(), Choice::kCommitted);
  sync(delegation, correspondent);
  EXPECT_EQ(delegation.conflict().incoming, Value("Un structure, mieux. "));
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Zéro.\nUn agence. Deux.\n");
  expect_agreement();
}

TEST_F(ContestedTest, ImprovingOnWhileTheFirstImprovementIsUnderWay) {
  correspondent.improves(correspondent.conflict(), "Un structure, mieux.");
  freezes(correspondent);
  correspondent.improves(correspondent.conflict(), "Un structure, bien mieux.");
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.conflict().incoming, Value("Un structure, bien mieux. "));
  expect_agreement();
}

TEST_F(ContestedTest, AnImprovementSentUnderANewIdentityCountsOnce) {
  correspondent.improves(correspondent.conflict(), "Un structure, mieux.");
  sends_and_loses_the_answer(correspondent);
  ASSERT_TRUE(correspondent.device.store.transact([&]() -> Result<void> {
    correspondent.device.replica->renew_identity();
    return {};
  }));
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.conflict().incoming, Value("Un structure, mieux. "));
  expect_agreement();
}

TEST_F(ContestedTest, ImprovedTextIsNotReplacedByAnEditThatFollowsThePush) {
  delegation.edits(indicateur_record, "cible", "81");
  sync(delegation, correspondent);
  correspondent.improves(correspondent.conflict(), "Un structure, mieux.");
  sync(correspondent, delegation);
  correspondent.edits(engagement_record, "texte", "Zéro.\nUn agence et structure. Deux.\n");
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.view(delegation.conflict()).incoming, "Un structure, mieux. Deux.");
  expect_agreement();
}

}  // namespace
}  // namespace navette::test
