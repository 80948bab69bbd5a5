// How the pieces of a merged text are put together.
//
// Two kinds of pieces follow each other: units that both sides kept, one by one, and the image of a group, an unbroken
// slice of one side's text, taken as it is. Between two pieces:
// - paragraph: always a "\n".
// - sentence: a space, when a sentence without blanks after it would meet another one on its line. Inside one text
//   this cannot be: a sentence without blanks after it stands before a line end or at the end of the text. So it
//   appears only where pieces of two sides meet ("A." with " B." on one side and " C." on the other: "A. B. C.").
// The tail of a kept sentence, like the final newline, follows the side that changed it; if both did, the committed
// one. Only blanks can be lost that way.
// A base without a word that both sides fill differently is contested: two additions there would be two first
// drafts one after the other.
#include "navette/sync/merge.hpp"

#include <algorithm>

#include "hunks.hpp"
#include "navette/base/utf8.hpp"
#include "units.hpp"

namespace navette::sync {
namespace {

// The side that changed it; the committed one if both did.
template <class T>
const T& changed(const T& base, const T& committed, const T& incoming) {
  return incoming == base || committed != base ? committed : incoming;
}

class Output {
 public:
  explicit Output(Unit unit) : unit_(unit) {}

  // The range in code points where `text`, one or more units, now stands.
  TextRange put(std::string_view text) {
    separate(text);
    const std::uint32_t begin = points_;
    append(text);
    any_ = true;
    return {begin, points_};
  }
  void put_tail(std::string_view text) { append(text); }
  [[nodiscard]] std::uint32_t points() const { return points_; }

  std::string finish(bool final_newline) && {
    if (final_newline && any_) text_ += '\n';
    return std::move(text_);
  }

 private:
  void separate(std::string_view next) {
    if (!any_ || unit_ == Unit::kWhole) return;
    if (unit_ == Unit::kParagraph) return append("\n");
    if (ends_open() && !next.empty() && next.front() != '\n' && !is_blank(point_at(next, 0).point)) append(" ");
  }

  [[nodiscard]] bool ends_open() const {
    if (text_.empty() || text_.back() == '\n') return false;
    std::size_t last = text_.size() - 1;
    while ((static_cast<unsigned char>(text_[last]) & 0xc0) == 0x80) --last;
    return !is_blank(point_at(text_, last).point);
  }

  void append(std::string_view text) {
    text_ += text;
    points_ += static_cast<std::uint32_t>(code_point_count(text));
  }

  Unit unit_;
  std::string text_;
  std::uint32_t points_ = 0;
  bool any_ = false;
};

class ApartMerge {
 public:
  ApartMerge(std::string_view base, std::string_view committed, std::string_view incoming, Unit unit)
      : base_(base, unit),
        committed_(committed, unit),
        incoming_(incoming, unit),
        base_symbols_(symbols_of(base_)),
        committed_symbols_(symbols_of(committed_)),
        incoming_symbols_(symbols_of(incoming_)),
        out_(unit) {}

  MergedText run(const std::vector<TextRange>& pins) && {
    UnitRange at;  // what follows the last group, in each text
    UnitRange committed_at;
    UnitRange incoming_at;
    for (const Group& group : groups(pins)) {
      put_kept({at.end, group.base.begin}, committed_at.end, incoming_at.end);
      settle(group);
      at = group.base;
      committed_at = group.committed;
      incoming_at = group.incoming;
    }
    put_kept({at.end, base_.size()}, committed_at.end, incoming_at.end);
    merged_.text =
        std::move(out_).finish(changed(base_.final_newline(), committed_.final_newline(), incoming_.final_newline()));
    return std::move(merged_);
  }

 private:
  std::vector<Symbol> symbols_of(const UnitText& text) {
    std::vector<Symbol> out;
    out.reserve(text.size());
    for (std::uint32_t i = 0; i < text.size(); ++i) out.push_back(symbols_.symbol_of(text.body(i), text[i].wordless));
    return out;
  }

  bool filled_twice() const { return base_.wordless() && !committed_.wordless() && !incoming_.wordless(); }

  std::vector<Group> groups(const std::vector<TextRange>& pins) const {
    if (filled_twice()) {
      return {{{0, base_.size()}, {0, committed_.size()}, {0, incoming_.size()}, true, true}};
    }
    std::vector<UnitRange> pinned;
    for (const TextRange& pin : pins) pinned.push_back(base_.units_of(pin));
    return groups_of(hunks_of(committed_symbols_), hunks_of(incoming_symbols_), pinned);
  }

  std::vector<Hunk> hunks_of(const std::vector<Symbol>& side) const {
    const std::vector<Match> kept =
        without_lone_blanks(align(base_symbols_, side, symbols_), base_symbols_, side.size(), symbols_);
    return hunks_between(kept, base_symbols_.size(), side.size());
  }

  // Units that both sides kept, beginning at these units of theirs.
  void put_kept(UnitRange base, std::uint32_t committed, std::uint32_t incoming) {
    for (std::uint32_t i = base.begin; i < base.end; ++i, ++committed, ++incoming) {
      out_.put(base_.body(i));
      out_.put_tail(changed(base_.tail(i), committed_.tail(committed), incoming_.tail(incoming)));
    }
  }

  TextRange put_slice(const UnitText& text, UnitRange range) {
    if (range.empty()) return {out_.points(), out_.points()};
    return out_.put(text.slice(range));
  }

  bool images_equal(const Group& group) const {
    const auto image = [](const std::vector<Symbol>& symbols, UnitRange range) {
      return std::span(symbols).subspan(range.begin, range.size());
    };
    if (committed_.slice(group.committed) == incoming_.slice(group.incoming)) return true;
    return std::ranges::equal(image(committed_symbols_, group.committed), image(incoming_symbols_, group.incoming));
  }

  void settle(const Group& group) {
    if (!group.by_incoming) {
      put_slice(committed_, group.committed);
    } else if (!group.by_committed) {
      put_slice(incoming_, group.incoming);
    } else if (images_equal(group)) {
      put_slice(committed_, group.committed);
    } else if (group.base.empty() && !filled_twice()) {
      put_slice(committed_, group.committed);
      put_slice(incoming_, group.incoming);
    } else {
      contest(group);
    }
  }

  void contest(const Group& group) {
    const TextRange merged = put_slice(committed_, group.committed);
    merged_.contested.push_back({std::string(base_.slice(group.base)), std::string(committed_.slice(group.committed)),
                                 std::string(incoming_.slice(group.incoming)), base_.points(group.base), merged,
                                 incoming_.points(group.incoming)});
  }

  Symbols symbols_;
  UnitText base_;
  UnitText committed_;
  UnitText incoming_;
  std::vector<Symbol> base_symbols_;
  std::vector<Symbol> committed_symbols_;
  std::vector<Symbol> incoming_symbols_;
  Output out_;
  MergedText merged_;
};

}  // namespace

MergedText merge_apart(std::string_view base, std::string_view committed, std::string_view incoming, Unit unit,
                       const std::vector<TextRange>& pins) {
  if (incoming == base || committed == incoming) return {std::string(committed), {}};
  if (committed == base) return {std::string(incoming), {}};
  return ApartMerge(base, committed, incoming, unit).run(pins);
}

std::string merge_together(std::string_view base, std::string_view committed, std::string_view incoming) {
  const Delta ours = transform(diff(base, incoming), diff(base, committed), Side::kSecond);
  // It fits by construction: both deltas speak of the same base.
  return apply(ours, committed).value();
}

TextRange paragraph_around(std::string_view text, TextRange range) {
  TextRange out{0, 0};
  std::uint32_t at = 0;
  for (const char byte : text) {
    if ((static_cast<unsigned char>(byte) & 0xc0) == 0x80) continue;
    if (byte == '\n') {
      if (at < range.begin) out.begin = at + 1;
      if (at >= range.end) {
        out.end = at;
        return out;
      }
    }
    ++at;
  }
  out.end = at;
  return out;
}

}  // namespace navette::sync
