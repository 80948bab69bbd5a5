// Three-way merge: nothing lost, nothing doubled, nobody preferred; on stories whose words occur once, and on any
// texts.
#include <vector>

#include "law.hpp"
#include "navette/base/utf8.hpp"
#include "navette/sync/merge.hpp"
#include "script.hpp"
#include "support/merge_laws.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

using namespace sync;

constexpr std::uint32_t kPieces = 60;

void hold(const std::string& broken) { require(broken.empty(), broken); }

void merge_stories(Script& script, Unit unit) {
  test::RandomText random = script.texts();
  const test::MergeCase c(random, unit, kPieces);
  hold(test::lost(c));
  hold(test::doubled(c));
  hold(test::misplaced(c.merged, c.base, c.incoming));
  hold(test::preferred(c));
  hold(test::glued(c));
}

void one_side_alone(const std::string& base, const std::string& side, Unit unit) {
  for (const auto& [committed, incoming] : {std::pair(base, side), std::pair(side, base), std::pair(side, side)}) {
    const MergedText merged = merge_apart(base, committed, incoming, unit);
    require(merged.text == side && merged.contested.empty(), "one side alone goes through");
  }
}

void merge_any(Script& script, const std::string& base, const std::string& left, const std::string& right, Unit unit) {
  one_side_alone(base, left, unit);
  const MergedText one = merge_apart(base, left, right, unit);
  hold(test::misplaced(one, to_code_points(base), to_code_points(right)));
  require(one.contested.size() == merge_apart(base, right, left, unit).contested.size(), "as many groups either way");
  require(merge_together(base, left, base) == left && merge_together(base, base, right) == right,
          "one live editor alone goes through");
  (void)merge_together(base, left, right);

  // Pins come from stored conflicts, whose ranges a damaged state may have put anywhere.
  std::vector<TextRange> pins;
  for (std::uint32_t left_pins = script.below(4); left_pins > 0; --left_pins) {
    const auto begin = static_cast<std::uint32_t>(script.number());
    pins.push_back({begin, begin + script.byte()});
  }
  hold(test::misplaced(merge_apart(base, left, right, unit, pins), to_code_points(base), to_code_points(right)));
  const auto length = static_cast<std::uint32_t>(code_point_count(base));
  const std::uint32_t begin = length == 0 ? 0 : script.byte() % length;
  const TextRange paragraph = paragraph_around(base, {begin, begin});
  require(paragraph.begin <= begin && begin <= paragraph.end && paragraph.end <= length, "a paragraph is around");
}

// The three texts of the rest of the script, apart at the bytes that no UTF-8 has.
std::vector<std::string> texts_of(BytesView rest) {
  std::vector<std::string> texts;
  while (texts.size() < 3) {
    const std::size_t end = rest.find('\xff');
    auto text = normalized(rest.substr(0, end));
    texts.push_back(text ? std::move(*text) : std::string());
    rest = end == BytesView::npos ? BytesView() : rest.substr(end + 1);
  }
  return texts;
}

}  // namespace

void merge(BytesView input) {
  Script script(input);
  const Unit unit = static_cast<Unit>(script.below(3));
  if (script.chance(50)) return merge_stories(script, unit);
  if (script.chance(50)) {
    test::RandomText random = script.texts();
    const std::string base = random.text(kPieces, U"ab. \né…😀");
    const std::string left = random.edited(base);
    const std::string right = random.edited(base);
    return merge_any(script, base, left, right, unit);
  }
  Script choices(script.bytes(16));
  const auto texts = texts_of(script.rest());
  merge_any(choices, texts[0], texts[1], texts[2], unit);
}

}  // namespace navette::fuzz
