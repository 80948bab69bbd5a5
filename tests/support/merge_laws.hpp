// What holds of every merge apart of two rewritings of a story (random_text.hpp). Empty: it holds; otherwise what
// does not.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "navette/sync/merge.hpp"
#include "random_text.hpp"

namespace navette::test {

// Three texts whose words occur once each, and what became of them.
struct MergeCase {
  MergeCase(RandomText& random, sync::Unit merged_by, std::uint32_t pieces)
      : unit(merged_by),
        base(random.story(pieces)),
        committed(random.rewritten(base)),
        incoming(random.rewritten(base)) {
    merge_again({});
  }
  void merge_again(const std::vector<sync::TextRange>& pins) {
    merged = sync::merge_apart(to_utf8(base), to_utf8(committed), to_utf8(incoming), unit, pins);
    text = to_code_points(merged.text);
  }

  sync::Unit unit;
  std::u32string base, committed, incoming;
  sync::MergedText merged;
  std::u32string text;  // merged.text
};

inline std::u32string words_of(std::u32string_view text) {
  std::u32string out;
  std::ranges::copy_if(text, std::back_inserter(out), RandomText::is_word);
  std::ranges::sort(out);
  return out;
}

inline std::string lost(const MergeCase& c) {
  std::u32string seen = c.text;
  for (const sync::Contested& contested : c.merged.contested) seen += to_code_points(contested.incoming);
  for (const std::u32string* side : {&c.committed, &c.incoming}) {
    for (const char32_t word : words_of(*side)) {
      const bool other_removed_it = c.base.contains(word) && !(c.committed.contains(word) && c.incoming.contains(word));
      if (!other_removed_it && !seen.contains(word)) return "lost: " + to_utf8({&word, 1}) + " in " + c.merged.text;
    }
  }
  return {};
}

inline std::string doubled(const MergeCase& c) {
  const std::u32string words = words_of(c.text);
  return std::ranges::adjacent_find(words) == words.end() ? "" : "doubled in " + c.merged.text;
}

// The ranges of contested groups, of any three texts.
inline std::string misplaced(const sync::MergedText& merged, std::u32string_view base, std::u32string_view incoming) {
  const auto holds = [](std::u32string_view text, sync::TextRange range, const std::string& part) {
    return range.begin <= range.end && range.end <= text.size() &&
           to_utf8(text.substr(range.begin, range.end - range.begin)) == part;
  };
  const std::u32string text = to_code_points(merged.text);
  std::uint32_t end = 0;
  for (const sync::Contested& contested : merged.contested) {
    if (!holds(base, contested.base_range, contested.base)) return "range of the base";
    if (!holds(text, contested.merged_range, contested.committed)) return "range of the merged text";
    if (!holds(incoming, contested.incoming_range, contested.incoming)) return "range of the incoming text";
    if (contested.committed == contested.incoming) return "contested, and both say the same";
    if (contested.merged_range.begin < end) return "groups overlap";
    end = contested.merged_range.end;
  }
  return {};
}

// Both orders contest the same groups; what nobody contests holds the same words.
inline std::string preferred(const MergeCase& c) {
  const sync::MergedText swapped =
      sync::merge_apart(to_utf8(c.base), to_utf8(c.incoming), to_utf8(c.committed), c.unit);
  if (swapped.contested.size() != c.merged.contested.size()) return "as many groups whoever came first";
  for (std::size_t i = 0; i < swapped.contested.size(); ++i) {
    if (swapped.contested[i].base_range != c.merged.contested[i].base_range) return "the same groups";
    if (swapped.contested[i].committed != c.merged.contested[i].incoming) return "the same texts in them";
  }
  if (!c.merged.contested.empty()) return {};
  return words_of(to_code_points(swapped.text)) == words_of(c.text) ? "" : "the same words";
}

inline std::string glued(const MergeCase& c) {
  for (std::size_t i = 0; i + 1 < c.text.size(); ++i) {
    const std::u32string pair = c.text.substr(i, 2);
    if (!RandomText::is_word(pair[0]) || !RandomText::is_word(pair[1])) continue;
    if (!c.committed.contains(pair) && !c.incoming.contains(pair)) return "glued in " + c.merged.text;
  }
  return {};
}

}  // namespace navette::test
