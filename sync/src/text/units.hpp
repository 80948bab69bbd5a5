// A text cut into the units that two people may not both rewrite apart. Pure.
//
// The final newline is not part of any unit: it merges as a flag.
// - paragraph: what stands between two "\n"; the "\n" themselves are implied. "" has no unit, "\n" one empty unit.
// - sentence: up to its end mark (. ! ? …), the closing marks after it (also » behind a blank) and the blanks after
//   those; or up to the line end, which is a unit of its own. An end mark that neither a blank nor a line end
//   follows ends nothing: "80.5". The blanks after a sentence are its tail: they merge as a flag too, so that "A." at
//   the end of a text and "A. " in front of a new sentence are one and the same unit.
// - whole: the text, always exactly one unit.
//
// What has no letter or digit (blank lines, "…", "***") says nothing about its place: it anchors nothing.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "hunks.hpp"
#include "navette/sync/merge.hpp"

namespace navette::sync {

struct UnitSpan {
  // Bytes of the text. [body_end, end) is the tail; of a blank unit it is empty.
  std::uint32_t begin;
  std::uint32_t body_end;
  std::uint32_t end;
  TextRange points;  // code points of [begin, end)
  bool blank;        // only blanks and line ends, or nothing
  bool wordless;     // no letter or digit either
};

class UnitText {
 public:
  UnitText(std::string_view text, Unit unit);  // keeps a view of `text`. REQUIRES: valid UTF-8

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(units_.size()); }
  [[nodiscard]] bool final_newline() const { return final_newline_; }
  [[nodiscard]] bool wordless() const;
  [[nodiscard]] const UnitSpan& operator[](std::uint32_t i) const { return units_[i]; }
  [[nodiscard]] std::string_view body(std::uint32_t i) const;
  [[nodiscard]] std::string_view tail(std::uint32_t i) const;

  // The text of some units and of what separates them inside; an empty range lies at the end of the unit before.
  [[nodiscard]] std::string_view slice(UnitRange range) const;
  [[nodiscard]] TextRange points(UnitRange range) const;

  // The units that a range of code points shares something with.
  [[nodiscard]] UnitRange units_of(TextRange range) const;

 private:
  void cut_whole();
  void cut_paragraphs();
  void cut_sentences();
  void add(std::size_t begin, std::size_t end, bool with_tail);

  std::string_view text_;  // without the final newline
  std::vector<UnitSpan> units_;
  bool final_newline_ = false;
};

// A letter or a digit, of any script.
[[nodiscard]] bool is_word_point(char32_t point);

// Space, tabulation, no-break space, narrow no-break space.
[[nodiscard]] bool is_blank(char32_t point);

// The code point at a byte and its length in bytes. REQUIRES: at < text.size(), valid UTF-8.
struct PointAt {
  char32_t point;
  std::uint32_t bytes;
};
[[nodiscard]] PointAt point_at(std::string_view text, std::size_t at);

}  // namespace navette::sync
