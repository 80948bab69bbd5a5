// What holds of every merge apart, on random stories: nothing lost, nothing doubled, nobody preferred unseen.
#include <gtest/gtest.h>

#include <algorithm>

#include "navette/sync/merge.hpp"
#include "support/random_text.hpp"

namespace navette::sync {
namespace {

using test::RandomText;

constexpr std::uint64_t kCases = 40'000;  // for each unit

std::u32string sub(std::u32string_view text, TextRange range) {
  EXPECT_LE(range.end, text.size());
  return std::u32string(text.substr(range.begin, range.end - range.begin));
}

std::u32string words_of(std::u32string_view text) {
  std::u32string out;
  std::ranges::copy_if(text, std::back_inserter(out), RandomText::is_word);
  std::ranges::sort(out);
  return out;
}

class MergeLaws : public testing::TestWithParam<Unit> {
 protected:
  struct Case {
    std::u32string base, committed, incoming;
    MergedText merged;
    std::u32string text;  // merged.text
  };

  Case merged_case(std::uint64_t seed, const std::vector<TextRange>& pins = {}) {
    RandomText random(seed);
    Case c;
    c.base = random.story(24);
    c.committed = random.rewritten(c.base);
    c.incoming = random.rewritten(c.base);
    c.merged = merge(c.base, c.committed, c.incoming, pins);
    c.text = to_code_points(c.merged.text);
    return c;
  }

  MergedText merge(const std::u32string& base, const std::u32string& committed, const std::u32string& incoming,
                   const std::vector<TextRange>& pins = {}) {
    return merge_apart(to_utf8(base), to_utf8(committed), to_utf8(incoming), GetParam(), pins);
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
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    const Case c = merged_case(seed);
    std::u32string seen = c.text;
    for (const Contested& contested : c.merged.contested) seen += to_code_points(contested.incoming);
    for (const std::u32string* side : {&c.committed, &c.incoming}) {
      for (const char32_t word : words_of(*side)) {
        const bool was = c.base.contains(word);
        if (was && !(c.committed.contains(word) && c.incoming.contains(word))) continue;  // the other removed it
        ASSERT_TRUE(seen.contains(word)) << seed << ": " << c.merged.text;
      }
    }
  }
}

TEST_P(MergeLaws, NothingIsDoubled) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    const std::u32string words = words_of(merged_case(seed).text);
    ASSERT_EQ(std::ranges::adjacent_find(words), words.end()) << seed;
  }
}

TEST_P(MergeLaws, TheRangesHoldTheContestedTexts) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    const Case c = merged_case(seed);
    std::uint32_t end = 0;
    for (const Contested& contested : c.merged.contested) {
      ASSERT_EQ(to_utf8(sub(c.base, contested.base_range)), contested.base) << seed;
      ASSERT_EQ(to_utf8(sub(c.text, contested.merged_range)), contested.committed) << seed;
      ASSERT_EQ(to_utf8(sub(c.incoming, contested.incoming_range)), contested.incoming) << seed;
      ASSERT_NE(contested.committed, contested.incoming) << seed;
      ASSERT_GE(contested.merged_range.begin, end) << seed;
      end = contested.merged_range.end;
    }
  }
}

TEST_P(MergeLaws, ContentionDoesNotDependOnWhoCameFirst) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    const Case c = merged_case(seed);
    const MergedText swapped = merge(c.base, c.incoming, c.committed);
    ASSERT_EQ(swapped.contested.size(), c.merged.contested.size()) << seed;
    for (std::size_t i = 0; i < swapped.contested.size(); ++i) {
      ASSERT_EQ(swapped.contested[i].base_range, c.merged.contested[i].base_range) << seed;
      ASSERT_EQ(swapped.contested[i].committed, c.merged.contested[i].incoming) << seed;
    }
    if (c.merged.contested.empty()) ASSERT_EQ(words_of(to_code_points(swapped.text)), words_of(c.text)) << seed;
  }
}

TEST_P(MergeLaws, NoTwoWordsAreGlued) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    const Case c = merged_case(seed);
    for (std::size_t i = 0; i + 1 < c.text.size(); ++i) {
      const std::u32string pair = c.text.substr(i, 2);
      if (!RandomText::is_word(pair[0]) || !RandomText::is_word(pair[1])) continue;
      ASSERT_TRUE(c.committed.contains(pair) || c.incoming.contains(pair)) << seed << ": " << c.merged.text;
    }
  }
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
    const Case free = merged_case(seed);
    RandomText random(seed + kCases);
    const auto size = static_cast<std::uint32_t>(free.base.size());
    const std::uint32_t begin = random.below(size + 1);
    const TextRange pin{begin, begin + random.below(size - begin + 1)};
    const Case pinned = merged_case(seed, {pin});
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
