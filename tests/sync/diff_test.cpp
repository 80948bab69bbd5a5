// diff: right on any two texts, readable on ordinary ones, bounded on hostile ones.
#include <gtest/gtest.h>

#include "navette/sync/delta.hpp"
#include "support/random_text.hpp"

namespace navette::sync {
namespace {

using test::RandomText;

void expect_right(const std::string& from, const std::string& to) {
  EXPECT_EQ(sync::apply(diff(from, to), from).value(), to);
}

TEST(Diff, LeadsFromOneTextToTheOther) {
  for (std::uint64_t seed = 0; seed < 60'000; ++seed) {
    RandomText random(seed);
    const std::u32string_view alphabet = seed % 2 == 0 ? U"ab\né😀" : U"ab  .é";
    const std::string x = random.text(40, alphabet);
    const std::string y = random.chance(50) ? random.edited(x) : random.text(40, alphabet);
    const Delta delta = diff(x, y);
    ASSERT_EQ(sync::apply(delta, x).value(), y) << seed;
    ASSERT_EQ(delta.empty(), x == y) << seed;
    if (!delta.empty()) ASSERT_NE(delta.runs().back().kind, Delta::Kind::kRetain) << seed;
  }
}

TEST(Diff, ReplacesAWordAsAWhole) {
  const Delta delta = diff("Le service de médecine est fermé.", "Le service de chirurgie est fermé.");
  EXPECT_EQ(delta.inserted(), "chirurgie");
  EXPECT_EQ(delta.runs().size(), 3U);
}

TEST(Diff, TouchesOnlyTheLettersOfAMistypedWord) {
  const Delta delta = diff("Le Centre hospitaler de Valmarais.", "Le Centre hospitalier de Valmarais.");
  EXPECT_EQ(delta.inserted(), "i");
  EXPECT_EQ(delta.runs().size(), 2U);
}

TEST(Diff, KeepsWhatLiesBetweenTwoChanges) {
  const Delta delta =
      diff("La DMS de médecine reste supérieure à la moyenne.", "La DMS de chirurgie reste égale à la moyenne.");
  EXPECT_EQ(delta.inserted(), "chirurgieégale");
}

// Texts of a megabyte made to be hard; the test's own time limit is what bounds them.
TEST(Diff, EndsOnHostileTexts) {
  RandomText random(1);
  std::string words;
  std::string other_words;
  std::string one_word;
  std::string other_word;
  for (int i = 0; i < 500'000; ++i) {
    words += random.chance(50) ? "a " : "b\n";
    other_words += random.chance(50) ? "a " : "b\n";
    one_word += random.chance(50) ? "a" : "é";
    other_word += random.chance(50) ? "a" : "é";
  }
  expect_right(words, other_words);
  expect_right(one_word, other_word);
  expect_right(words, one_word);
}

TEST(Diff, EndsOnAnchorsInsideAnchors) {
  std::string x;
  std::string y;
  for (int i = 60'000; i > 0; --i) {
    const std::string edge = "d" + std::to_string(i) + "\n";
    const std::string next = "d" + std::to_string(i - 1) + "\n";
    x += edge + "q\n" + next;
    y += edge + "r\n" + next;
  }
  expect_right(x, y);
}

}  // namespace
}  // namespace navette::sync
