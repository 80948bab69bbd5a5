// Two people, one text: each test is a story from a contract.
#include "navette/sync/merge.hpp"

#include <gtest/gtest.h>

namespace navette::sync {
namespace {

MergedText by_sentences(std::string_view base, std::string_view committed, std::string_view incoming) {
  return merge_apart(base, committed, incoming, Unit::kSentence);
}

// Merges by sentences and expects that nobody has to be asked.
std::string merged(std::string_view base, std::string_view committed, std::string_view incoming) {
  const MergedText out = by_sentences(base, committed, incoming);
  EXPECT_TRUE(out.contested.empty()) << out.contested.front().base;
  return out.text;
}

TEST(MergeApart, SameFieldTwoSides) {
  const std::string base = "La DMS de médecine reste supérieure à la moyenne régionale.";
  const std::string structure =
      "La DMS de médecine reste supérieure à la moyenne régionale en raison du manque de places d'aval en SMR ; "
      "l'ouverture de 10 lits est attendue en N+2.";
  const std::string agency =
      "La DMS de médecine reste supérieure à la moyenne régionale de 0,9 jour ; l'organisation des sorties avant 12 h "
      "n'est pas en place.";
  for (const Unit unit : {Unit::kSentence, Unit::kParagraph, Unit::kWhole}) {
    const MergedText out = merge_apart(base, agency, structure, unit);
    EXPECT_EQ(out.text, agency);
    ASSERT_EQ(out.contested.size(), 1U);
    EXPECT_EQ(out.contested[0].base, base);
    EXPECT_EQ(out.contested[0].committed, agency);
    EXPECT_EQ(out.contested[0].incoming, structure);
    EXPECT_EQ(out.contested[0].base_range, (TextRange{0, 59}));
  }
}

TEST(MergeApart, TwoSentencesOfOneParagraph) {
  EXPECT_EQ(merged("M. Dupont dirige l'équipe. Elle compte 12 ETP. Le taux est de 80.5 %.",
                   "M. Dupont dirige l'équipe. Elle compte 14 ETP. Le taux est de 80.5 %.",
                   "Mme Martin dirige l'équipe. Elle compte 12 ETP. Le taux est de 81.0 %."),
            "Mme Martin dirige l'équipe. Elle compte 14 ETP. Le taux est de 81.0 %.");
}

TEST(MergeApart, ADecimalPointEndsNoSentence) {
  const MergedText out = by_sentences("Le taux est de 80.5 % en 2024.", "Le taux est de 80.7 % en 2024.",
                                      "Le taux est de 80.5 % en 2025.");
  ASSERT_EQ(out.contested.size(), 1U);
  EXPECT_EQ(out.contested[0].incoming, "Le taux est de 80.5 % en 2025.");
}

TEST(MergeApart, TheClosingQuoteBelongsToItsSentence) {
  const MergedText out = by_sentences("Il dit : « C'est prêt. » Puis il part.",
                                      "Il dit : « C'est fini. » Puis il part.", "Il dit : « C'est là. » Puis il sort.");
  ASSERT_EQ(out.contested.size(), 1U);
  EXPECT_EQ(out.contested[0].base, "Il dit : « C'est prêt. » Puis il part.");
  const MergedText apart =
      by_sentences("Il dit : « C'est prêt\u00A0! » Puis il part.", "Il dit : « C'est fini\u00A0! » Puis il part.",
                   "Il dit : « C'est prêt\u00A0! » Puis il sort.");
  EXPECT_TRUE(apart.contested.empty());
  EXPECT_EQ(apart.text, "Il dit : « C'est fini\u00A0! » Puis il sort.");
}

TEST(MergeApart, BothGoOnAtTheEndOfAParagraph) {
  EXPECT_EQ(merged("Constat.", "Constat. Cause.", "Constat. Effet."), "Constat. Cause. Effet.");
  EXPECT_EQ(merged("Constat.\nSuite.", "Constat. Cause.\nSuite.", "Constat. Effet.\nSuite."),
            "Constat. Cause. Effet.\nSuite.");
}

TEST(MergeApart, BothAddAParagraphAtOnePlace) {
  for (const Unit unit : {Unit::kSentence, Unit::kParagraph}) {
    EXPECT_EQ(merge_apart("Un.\nFin.", "Un.\nDeux.\nFin.", "Un.\nTrois.\nFin.", unit).text, "Un.\nDeux.\nTrois.\nFin.");
    EXPECT_EQ(merge_apart("Un.\n\nFin.", "Un.\n\nDeux.\n\nFin.", "Un.\n\nTrois.\n\nFin.", unit).text,
              "Un.\n\nDeux.\n\nTrois.\n\nFin.");
    EXPECT_EQ(merge_apart("Un.", "Un.\nDeux.", "Un.\nTrois.", unit).text, "Un.\nDeux.\nTrois.");
    EXPECT_EQ(merge_apart("Un.\n", "Un.\nDeux.\n", "Un.\nTrois.\n", unit).text, "Un.\nDeux.\nTrois.\n");
    EXPECT_EQ(merge_apart("Fin.", "Deux.\nFin.", "Trois.\nFin.", unit).text, "Deux.\nTrois.\nFin.");
  }
}

TEST(MergeApart, BothWriteTheSame) {
  EXPECT_EQ(merged("Un.", "Un. Deux.", "Un. Deux.\n"), "Un. Deux.\n");
  EXPECT_EQ(merged("Un. Trois.", "Un. Deux. Trois.", "Un.  Deux. Trois."), "Un.  Deux. Trois.");
}

TEST(MergeApart, BothFillAnEmptyText) {
  for (const std::string_view empty : {"", "\n", " \n\n"}) {
    const MergedText out = by_sentences(empty, "Premier jet.", "Autre jet.");
    EXPECT_EQ(out.text, "Premier jet.");
    ASSERT_EQ(out.contested.size(), 1U);
    EXPECT_EQ(out.contested[0].incoming, "Autre jet.");
  }
  EXPECT_EQ(merged("", "\n", "Premier jet."), "Premier jet.\n");
}

TEST(MergeApart, OneRemovesWhatTheOtherRewrites) {
  const MergedText out = by_sentences("Un. Deux. Trois.", "Un. Trois.", "Un. Deux bis. Trois.");
  EXPECT_EQ(out.text, "Un. Trois.");
  ASSERT_EQ(out.contested.size(), 1U);
  EXPECT_EQ(out.contested[0].committed, "");
  EXPECT_EQ(out.contested[0].merged_range, (TextRange{4, 4}));
  EXPECT_EQ(out.contested[0].incoming, "Deux bis. ");
}

TEST(MergeApart, ASentenceAddedBesideARemovedOneStays) {
  EXPECT_EQ(merged("Un. Deux.", "Un.", "Un. Deux. Trois."), "Un. Trois.");
  EXPECT_EQ(merged("Un. Deux.", "Deux.", "Zéro. Un. Deux."), "Zéro. Deux.");
}

TEST(MergeApart, AnAdditionInsideAReplacedRangeIsContested) {
  const MergedText out = by_sentences("Un. Deux.", "Un bis. Deux bis.", "Un. Entre. Deux.");
  ASSERT_EQ(out.contested.size(), 1U);
  EXPECT_EQ(out.contested[0].base, "Un. Deux.");
  EXPECT_EQ(out.contested[0].incoming, "Un. Entre. Deux.");
}

TEST(MergeApart, AMovedParagraphAndAnEditElsewhere) {
  EXPECT_EQ(merged("A faire.\nFait.\nFutur.", "Fait.\nFutur.\nA faire.", "A faire.\nFait, oui.\nFutur."),
            "Fait, oui.\nFutur.\nA faire.");
}

TEST(MergeApart, BlankLinesHoldNothing) {
  const MergedText out = by_sentences("Un.\n\nDeux.", "Autre.\n\nChose.", "Encore.\n\nDivers.");
  ASSERT_EQ(out.contested.size(), 1U);
  EXPECT_EQ(out.contested[0].incoming, "Encore.\n\nDivers.");
}

TEST(MergeApart, RulesOfStarsHoldNothing) {
  const MergedText out = by_sentences("Un.\n***\nDeux.", "Autre.\n***\nChose.", "***\nUn, plus loin.");
  ASSERT_EQ(out.contested.size(), 1U);
  EXPECT_EQ(out.text, "Autre.\n***\nChose.");
}

TEST(MergeApart, TheFinalNewlineIsNeverContested) {
  for (const Unit unit : {Unit::kSentence, Unit::kParagraph, Unit::kWhole}) {
    const MergedText out = merge_apart("Un.", "Un.\n", "Deux.", unit);
    EXPECT_EQ(out.text, "Deux.\n");
    EXPECT_TRUE(out.contested.empty());
  }
}

TEST(MergeApart, AShortContractualTextIsOneUnit) {
  const MergedText out = merge_apart("Un. Deux.", "Un bis. Deux.", "Un. Deux bis.", Unit::kWhole);
  EXPECT_EQ(out.text, "Un bis. Deux.");
  ASSERT_EQ(out.contested.size(), 1U);
  EXPECT_EQ(out.contested[0].incoming, "Un. Deux bis.");
}

TEST(MergeApart, AnOpenConflictIsOneUnit) {
  const std::string base = "Un. Deux. Trois. Quatre.";
  EXPECT_TRUE(by_sentences(base, "Un bis. Deux. Trois. Quatre.", "Un. Deux bis. Trois. Quatre.").contested.empty());
  const MergedText out = merge_apart(base, "Un bis. Deux. Trois. Quatre.", "Un. Deux bis. Trois. Quatre.",
                                     Unit::kSentence, {TextRange{0, 10}});
  EXPECT_EQ(out.text, "Un bis. Deux. Trois. Quatre.");
  ASSERT_EQ(out.contested.size(), 1U);
  EXPECT_EQ(out.contested[0].base, "Un. Deux. ");
  EXPECT_EQ(out.contested[0].incoming, "Un. Deux bis. ");
}

TEST(MergeApart, ThousandsOfSentences) {
  std::string base;
  std::string committed;
  std::string incoming;
  for (int i = 0; i < 20'000; ++i) {
    const std::string number = std::to_string(i);
    base += "Phrase " + number + ". ";
    committed += (i % 4 == 0 ? "Version " : "Phrase ") + number + ". ";
    incoming += (i % 4 == 2 ? "Variante " : "Phrase ") + number + ". ";
  }
  const MergedText out = by_sentences(base, committed, incoming);
  EXPECT_TRUE(out.contested.empty());
  EXPECT_EQ(out.text.size(), base.size() + 5'000 * 1 + 5'000 * 2);
}

TEST(MergeTogether, LettersOfOneSentenceMeet) {
  EXPECT_EQ(merge_together("Le taux est bon.", "Le taux est très bon.", "Le taux est bon en médecine."),
            "Le taux est très bon en médecine.");
  EXPECT_EQ(merge_together("Un", "Un a", "Un b"), "Un a b");
}

TEST(Suggestion, ChangesOfDifferentWordsArePutTogether) {
  EXPECT_EQ(suggestion("La durée est longue.", "La durée reste longue en médecine.", "La durée est longue, hélas."),
            "La durée reste longue en médecine, hélas.");
  EXPECT_EQ(suggestion("Soit 80 lits.", "Soit 81 lits.", "Soit 80 lits ouverts."), "Soit 81 lits ouverts.");
  EXPECT_EQ(suggestion("Un.", "Un bis.", "Un ter."), "Un bis ter.");
}

TEST(Suggestion, NoneWhereBothChangedOneNumber) {
  EXPECT_EQ(suggestion("Soit 0,8 jour.", "Soit 0,9 jour.", "Soit 1,2 jour."), std::nullopt);
  EXPECT_EQ(suggestion("0,8", "0,9", "1,2"), std::nullopt);
}

TEST(Suggestion, NoneWhereASideRewroteTheSentence) {
  const std::string_view base = "La durée de séjour reste supérieure à la moyenne de la région.";
  EXPECT_EQ(suggestion(base, "Les équipes ont réduit de moitié la file active.",
                       "À la fin de la période, le plateau technique sera rénové."),
            std::nullopt);
  EXPECT_EQ(suggestion(base, "Les équipes ont réduit de moitié la file active.",
                       "La durée de séjour reste supérieure à la moyenne de la zone."),
            std::nullopt);
}

TEST(Suggestion, NoneWhereBothFilledAnEmptyText) {
  EXPECT_EQ(suggestion("", "Texte A.", "Texte B."), std::nullopt);
  EXPECT_EQ(suggestion("…", "Texte A.", "Texte B."), std::nullopt);
}

TEST(ParagraphAround, WidensToTheLineEnds) {
  const std::string text = "Première.\nDeuxième.\n\nFin.";
  EXPECT_EQ(paragraph_around(text, {12, 13}), (TextRange{10, 19}));
  EXPECT_EQ(paragraph_around(text, {3, 12}), (TextRange{0, 19}));
  EXPECT_EQ(paragraph_around(text, {20, 20}), (TextRange{20, 20}));
  EXPECT_EQ(paragraph_around(text, {25, 25}), (TextRange{21, 25}));
}

}  // namespace
}  // namespace navette::sync
