// Three-way merge of one text. Pure; any thread. The rules are design's "merging apart": see ARCHITECTURE.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navette/schema/unit.hpp"
#include "navette/sync/delta.hpp"

namespace navette::sync {

using schema::Unit;

// One contested group: both sides changed the same units of the base, differently.
struct Contested {
  std::string base;          // the group's text in the base
  std::string committed;     // what stays live
  std::string incoming;      // what goes whole into a conflict
  TextRange base_range;      // where `base` stands in the base
  TextRange merged_range;    // where `committed` stands in the merged text
  TextRange incoming_range;  // where `incoming` stands in the incoming text
};

struct MergedText {
  std::string text;
  std::vector<Contested> contested;  // in text order; empty: merged by itself
};

// Both sides edited apart. `pins`: ranges of the base that count as one unit (open conflicts of the push that made
// this base). An outcome does not depend on who is who: the same groups are contested with the sides swapped.
[[nodiscard]] MergedText merge_apart(std::string_view base, std::string_view committed, std::string_view incoming,
                                     Unit unit, const std::vector<TextRange>& pins = {});

// Both editors saw each other: characters merge, committed first. Nothing is contested.
[[nodiscard]] std::string merge_together(std::string_view base, std::string_view committed, std::string_view incoming);

// Both changes of a contested text put together, for a person to take or leave. None where both sides changed the same
// word or number, or where one of them rewrote it: the result would be what nobody meant.
[[nodiscard]] std::optional<std::string> suggestion(std::string_view base, std::string_view committed,
                                                    std::string_view incoming);

// The paragraph(s) around a range: widened to the line ends that enclose it. For display.
[[nodiscard]] TextRange paragraph_around(std::string_view text, TextRange range);

}  // namespace navette::sync
