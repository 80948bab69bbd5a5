// A suggestion is read by people who may take it as it is: better none than a number that nobody wrote. Both changes
// are put together by words, only where they do not meet, and only if neither side rewrote the whole.
#include <algorithm>

#include "hunks.hpp"
#include "navette/sync/merge.hpp"
#include "units.hpp"

namespace navette::sync {
namespace {

bool is_digit(char32_t point) { return point >= U'0' && point <= U'9'; }

struct Word {
  std::string_view text;
  bool wordless;  // a blank or a mark: it anchors nothing
};

// Words and numbers (« 0,8 » is one), and one by one what stands between them.
std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    PointAt point = point_at(text, at);
    at += point.bytes;
    const bool word = is_word_point(point.point);
    while (word && at < text.size()) {
      const PointAt next = point_at(text, at);
      const bool decimal_mark = is_digit(point.point) && (next.point == U',' || next.point == U'.') &&
                                at + next.bytes < text.size() && is_digit(point_at(text, at + next.bytes).point);
      if (!is_word_point(next.point) && !decimal_mark) break;
      at += next.bytes;
      point = next;
    }
    words.push_back({text.substr(begin, at - begin), !word});
  }
  return words;
}

struct Side {
  std::vector<Word> words;
  std::vector<Symbol> symbols;
};

class Suggestion {
 public:
  Suggestion(std::string_view base, std::string_view committed, std::string_view incoming)
      : base_(read(base)), committed_(read(committed)), incoming_(read(incoming)) {}

  std::optional<std::string> make() {
    const auto committed = hunks_of(committed_);
    const auto incoming = hunks_of(incoming_);
    if (!committed || !incoming) return std::nullopt;
    std::uint32_t kept = 0;
    for (const Group& group : groups_of(*committed, *incoming, {})) {
      put(base_, {kept, group.base.begin});
      kept = group.base.end;
      const bool met = group.by_committed && group.by_incoming;
      if (met && same(group)) {
        put(committed_, group.committed);
        continue;
      }
      if (met && !group.base.empty()) return std::nullopt;
      if (group.by_committed) put(committed_, group.committed);
      if (met) separate(group);
      if (group.by_incoming) put(incoming_, group.incoming);
    }
    put(base_, {kept, static_cast<std::uint32_t>(base_.words.size())});
    return std::move(text_);
  }

 private:
  Side read(std::string_view text) {
    Side side{words_of(text), {}};
    for (const Word& word : side.words) side.symbols.push_back(symbols_.symbol_of(word.text, word.wordless));
    return side;
  }

  // Nothing: that side rewrote it, less than half of the words stayed.
  std::optional<std::vector<Hunk>> hunks_of(const Side& side) const {
    const std::vector<Match> kept =
        without_lone_blanks(align(base_.symbols, side.symbols, symbols_), base_.symbols, side.symbols.size(), symbols_);
    const auto anchors = std::ranges::count_if(kept, [&](Match match) { return !base_.words[match.base].wordless; });
    const auto all = std::ranges::count_if(base_.words, [](const Word& word) { return !word.wordless; });
    if (anchors == 0 || 2 * anchors < all) return std::nullopt;
    return hunks_between(kept, base_.symbols.size(), side.symbols.size());
  }

  [[nodiscard]] bool same(const Group& group) const {
    return std::ranges::equal(std::span(committed_.symbols).subspan(group.committed.begin, group.committed.size()),
                              std::span(incoming_.symbols).subspan(group.incoming.begin, group.incoming.size()));
  }

  void put(const Side& side, UnitRange range) {
    for (std::uint32_t i = range.begin; i < range.end; ++i) text_ += side.words[i].text;
  }
  // Two additions at one place: no word of one grows into a word of the other.
  void separate(const Group& group) {
    const bool ends_in_word = !group.committed.empty() && !committed_.words[group.committed.end - 1].wordless;
    const bool begins_with_word = !group.incoming.empty() && !incoming_.words[group.incoming.begin].wordless;
    if (ends_in_word && begins_with_word) text_ += ' ';
  }

  Symbols symbols_;
  Side base_;
  Side committed_;
  Side incoming_;
  std::string text_;
};

}  // namespace

std::optional<std::string> suggestion(std::string_view base, std::string_view committed, std::string_view incoming) {
  return Suggestion(base, committed, incoming).make();
}

}  // namespace navette::sync
