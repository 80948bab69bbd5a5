// What holds of every merge apart, on random stories: nothing lost, nothing doubled, nobody preferred unseen.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/merge_laws.hpp"

namespace navette::sync {
namespace {

using test::MergeCase;
using test::misplaced;
using test::RandomText;
using test::words_of;

constexpr std::uint64_t kCases = 40'000;  // for each unit

class MergeLaws : public testing::TestWithParam<Unit> {
 protected:
  MergeCase merged_case(std::uint64_t seed) {
    RandomText random(seed);
    return {random, GetParam(), 24};
  }
};

TEST_P(MergeLaws, OneSideAloneAndEqualSidesGoThrough) {
  for (std::uint64_t seed = 0; seed < kCases / 4; ++seed) {
    RandomText random(seed);
    const std::string x = random.text(12, U"ab\n. é");
    const std::string y = random.edited(x);
    for (const auto& [committed, incoming] : {std::pair(x, y), std::pair(y, x), std::pair(y, y)}) {
      const MergedText merged = merge_apart(x, committed, incoming, GetParam());
      ASSERT_EQ(merged.text, y) << seed;
      ASSERT_TRUE(merged.contested.empty()) << seed;
    }
  }
}

TEST_P(MergeLaws, NothingIsLost) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) ASSERT_EQ(lost(merged_case(seed)), "") << seed;
}

TEST_P(MergeLaws, NothingIsDoubled) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) ASSERT_EQ(doubled(merged_case(seed)), "") << seed;
}

TEST_P(MergeLaws, TheRangesHoldTheContestedTexts) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    const MergeCase c = merged_case(seed);
    ASSERT_EQ(misplaced(c.merged, c.base, c.incoming), "") << seed;
  }
}

TEST_P(MergeLaws, ContentionDoesNotDependOnWhoCameFirst) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) ASSERT_EQ(preferred(merged_case(seed)), "") << seed;
}

TEST_P(MergeLaws, NoTwoWordsAreGlued) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) ASSERT_EQ(glued(merged_case(seed)), "") << seed;
}

TEST(MergeApartLaws, ChangesInTwoPlacesMergeToBoth) {
  const std::u32string between = U"\nici.\nlà.\n";
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    RandomText random(seed);
    const std::u32string head = random.story(8);
    const std::u32string tail = random.story(8);
    const std::u32string new_head = random.rewritten(head);
    const std::u32string new_tail = random.rewritten(tail);
    const std::string base = to_utf8(head + between + tail);
    const std::string one = to_utf8(new_head + between + tail);
    const std::string other = to_utf8(head + between + new_tail);
    for (const Unit unit : {Unit::kSentence, Unit::kParagraph}) {
      const MergedText merged = merge_apart(base, one, other, unit);
      ASSERT_TRUE(merged.contested.empty()) << seed;
      ASSERT_EQ(merged.text, to_utf8(new_head + between + new_tail)) << seed;
      ASSERT_EQ(merge_apart(base, other, one, unit).text, merged.text) << seed;
    }
  }
}

TEST_P(MergeLaws, APinIsOneUnit) {
  std::uint64_t contested_pins = 0;
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    const MergeCase free = merged_case(seed);
    RandomText random(seed + kCases);
    const auto size = static_cast<std::uint32_t>(free.base.size());
    const std::uint32_t begin = random.below(size + 1);
    const TextRange pin{begin, begin + random.below(size - begin + 1)};
    MergeCase pinned = free;
    pinned.merge_again({pin});
    ASSERT_LE(pinned.merged.contested.empty(), free.merged.contested.empty()) << seed;
    for (const Contested& contested : pinned.merged.contested) {
      const TextRange range = contested.base_range;
      // The final newline and the line ends between paragraphs are in no unit.
      const bool meets = std::max(range.begin, pin.begin) < std::min(range.end, pin.end);
      if (!meets) continue;
      ++contested_pins;
      for (std::uint32_t i = pin.begin; i < pin.end; ++i) {
        ASSERT_TRUE((i >= range.begin && i < range.end) || !RandomText::is_word(free.base[i])) << seed;
      }
    }
  }
  EXPECT_GT(contested_pins, kCases / 20);
}

INSTANTIATE_TEST_SUITE_P(Units, MergeLaws, testing::Values(Unit::kSentence, Unit::kParagraph, Unit::kWhole),
                         [](const auto& unit) {
                           return unit.param == Unit::kSentence    ? "Sentence"
                                  : unit.param == Unit::kParagraph ? "Paragraph"
                                                                   : "Whole";
                         });

TEST(MergeTogether, KeepsEveryAddedWordOnce) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    RandomText random(seed);
    const std::u32string base = random.story(12);
    const std::u32string committed = random.rewritten(base);
    const std::u32string incoming = random.rewritten(base);
    const std::u32string merged = to_code_points(merge_together(to_utf8(base), to_utf8(committed), to_utf8(incoming)));
    for (const char32_t word : words_of(committed + incoming)) {
      if (!base.contains(word)) ASSERT_EQ(std::ranges::count(merged, word), 1) << seed;
    }
  }
}

}  // namespace
}  // namespace navette::sync
