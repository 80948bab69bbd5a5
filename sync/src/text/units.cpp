#include "units.hpp"

#include <algorithm>

#include "navette/base/utf8.hpp"

namespace navette::sync {
namespace {

bool is_end_mark(char32_t point) { return point == '.' || point == '!' || point == '?' || point == U'…'; }

bool is_closing_mark(char32_t point) {
  return point == U'»' || point == '"' || point == ')' || point == ']' || point == U'’' || point == U'”' ||
         point == '\'';
}

// Where the blanks at `at` end.
std::size_t past_blanks(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const PointAt next = point_at(text, at);
    if (!is_blank(next.point)) break;
    at += next.bytes;
  }
  return at;
}

// Where the blanks begin that end the text.
std::size_t before_last_blanks(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0) {
    std::size_t last = end - 1;
    while ((static_cast<unsigned char>(text[last]) & 0xc0) == 0x80) --last;
    if (!is_blank(point_at(text, last).point)) break;
    end = last;
  }
  return end;
}

// Past further end marks and closing marks; French sets a blank before ».
std::size_t past_closing(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const PointAt next = point_at(text, at);
    if (is_end_mark(next.point) || is_closing_mark(next.point)) {
      at += next.bytes;
      continue;
    }
    const std::size_t behind = at + next.bytes;
    if (!is_blank(next.point) || behind >= text.size() || point_at(text, behind).point != U'»') break;
    at = behind + point_at(text, behind).bytes;
  }
  return at;
}

// Where the sentence that begins at `at` ends, its blanks included. REQUIRES: no line end at `at`.
std::size_t sentence_end(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] != '\n') {
    const PointAt next = point_at(text, at);
    at += next.bytes;
    if (!is_end_mark(next.point)) continue;
    at = past_closing(text, at);
    const std::size_t past = past_blanks(text, at);
    if (past > at || past == text.size() || text[past] == '\n') return past;
  }
  return at;
}

}  // namespace

bool is_word_point(char32_t point) {
  if (point < 0x80) {
    return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
  }
  if (point < 0xc0) return point == U'ª' || point == U'º' || point == U'µ';
  const bool punctuation = (point >= 0x2000 && point < 0x2c00) || (point >= 0x3000 && point < 0x3040);
  return !punctuation && point != U'×' && point != U'÷';
}

bool is_blank(char32_t point) { return point == ' ' || point == '\t' || point == U'\u00A0' || point == U'\u202F'; }

PointAt point_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {lead, 1};
  const std::uint32_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  char32_t point = lead & (0xff >> (bytes + 1));
  for (std::uint32_t i = 1; i < bytes; ++i) point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f);
  return {point, bytes};
}

UnitText::UnitText(std::string_view text, Unit unit) : text_(text), final_newline_(text.ends_with('\n')) {
  if (final_newline_) text_.remove_suffix(1);
  switch (unit) {
    case Unit::kSentence:
      cut_sentences();
      break;
    case Unit::kParagraph:
      cut_paragraphs();
      break;
    case Unit::kWhole:
      cut_whole();
      break;
  }
}

bool UnitText::wordless() const { return std::ranges::all_of(units_, &UnitSpan::wordless); }

std::string_view UnitText::body(std::uint32_t i) const {
  return text_.substr(units_[i].begin, units_[i].body_end - units_[i].begin);
}

std::string_view UnitText::tail(std::uint32_t i) const {
  return text_.substr(units_[i].body_end, units_[i].end - units_[i].body_end);
}

std::string_view UnitText::slice(UnitRange range) const {
  if (range.empty()) return {};
  const std::size_t begin = units_[range.begin].begin;
  return text_.substr(begin, units_[range.end - 1].end - begin);
}

TextRange UnitText::points(UnitRange range) const {
  if (!range.empty()) return {units_[range.begin].points.begin, units_[range.end - 1].points.end};
  const std::uint32_t at = range.begin == 0 ? 0 : units_[range.begin - 1].points.end;
  return {at, at};
}

UnitRange UnitText::units_of(TextRange range) const {
  // An empty unit (an empty paragraph) has nothing to share: it counts when it lies inside or at an edge.
  const auto before = [&](const UnitSpan& unit) {
    const bool empty = unit.points.begin == unit.points.end;
    return empty ? unit.points.end < range.begin : unit.points.end <= range.begin;
  };
  const auto reached = [&](const UnitSpan& unit) {
    const bool empty = unit.points.begin == unit.points.end;
    return empty ? unit.points.begin <= range.end : unit.points.begin < range.end;
  };
  if (range.begin >= range.end) return {};
  const auto index = [&](auto at) { return static_cast<std::uint32_t>(at - units_.begin()); };
  const UnitRange out{index(std::ranges::partition_point(units_, before)),
                      index(std::ranges::partition_point(units_, reached))};
  return out.begin < out.end ? out : UnitRange{};
}

void UnitText::cut_whole() { add(0, text_.size(), false); }

void UnitText::cut_paragraphs() {
  if (text_.empty() && !final_newline_) return;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(text_.find('\n', begin), text_.size());
    add(begin, end, false);
    if (end == text_.size()) return;
    begin = end + 1;
  }
}

void UnitText::cut_sentences() {
  for (std::size_t begin = 0; begin < text_.size();) {
    const std::size_t end = text_[begin] == '\n' ? begin + 1 : sentence_end(text_, begin);
    add(begin, end, true);
    begin = end;
  }
}

void UnitText::add(std::size_t begin, std::size_t end, bool with_tail) {
  const std::string_view text = text_.substr(begin, end - begin);
  std::size_t solid = text.size();
  bool blank = true;
  bool wordless = true;
  for (std::size_t at = 0; at < text.size() && wordless;) {
    const PointAt next = point_at(text, at);
    blank = blank && (next.point == '\n' || is_blank(next.point));
    wordless = !is_word_point(next.point);
    at += next.bytes;
  }
  if (with_tail && !blank) solid = before_last_blanks(text);
  const std::uint32_t previous_end = units_.empty() ? 0 : units_.back().end;
  const std::uint32_t previous_points = units_.empty() ? 0 : units_.back().points.end;
  // Between two units lies nothing, or one "\n".
  const auto points_begin = previous_points + static_cast<std::uint32_t>(begin - previous_end);
  const auto points_end = points_begin + static_cast<std::uint32_t>(code_point_count(text));
  units_.push_back({static_cast<std::uint32_t>(begin),
                    static_cast<std::uint32_t>(begin + solid),
                    static_cast<std::uint32_t>(end),
                    {points_begin, points_end},
                    blank,
                    wordless});
}

}  // namespace navette::sync
