// Words first, aligned as units are (patience), then the shortest script of words between the anchors, then
// characters inside words that changed. Every search has a stated bound, beyond which a stretch is simply replaced:
// the delta stays right, only longer.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hunks.hpp"
#include "navette/base/utf8.hpp"
#include "navette/sync/delta.hpp"
#include "units.hpp"

namespace navette::sync {
namespace {

// The shortest script is sought up to that many differences. Its memory grows with the square: 256 KiB.
constexpr int kMaximumDifferences = 256;
// Steps of all such searches of one diff together: some 20 ms.
constexpr std::int64_t kSearchSteps = 4'000'000;
// Longer changed stretches are prose, not a word: letters common to both by chance would tear it to shreds.
constexpr std::size_t kFineStretchPoints = 64;

// Myers' greedy search for the shortest script, with the furthest points of every round kept to walk back.
class ShortestScript {
 public:
  ShortestScript(std::span<const Symbol> a, std::span<const Symbol> b) : a_(a), b_(b) {}

  // The matches of a shortest script; nothing when the bounds end the search. Steps are taken from `budget`.
  std::vector<Match> find(std::int64_t& budget) {
    const int limit = std::min(kMaximumDifferences, size(a_) + size(b_));
    for (int d = 0; d <= limit && budget > 0; ++d) {
      if (round(d, budget)) return walk_back(d);
    }
    return {};
  }

 private:
  static int size(std::span<const Symbol> s) { return static_cast<int>(s.size()); }

  // Furthest x on diagonal k (k = x - y) with d differences. Row d holds the diagonals -d, -d + 2, … d.
  int furthest(int d, int k) const { return rows_[static_cast<std::size_t>(d)][static_cast<std::size_t>((k + d) / 2)]; }

  bool from_above(int d, int k) const { return k == -d || (k != d && furthest(d - 1, k - 1) < furthest(d - 1, k + 1)); }

  int start(int d, int k) const {
    if (d == 0) return 0;
    return from_above(d, k) ? furthest(d - 1, k + 1) : furthest(d - 1, k - 1) + 1;
  }

  bool round(int d, std::int64_t& budget) {
    rows_.emplace_back(static_cast<std::size_t>(d + 1));
    for (int k = -d; k <= d; k += 2) {
      const int begin = start(d, k);
      int x = begin;
      // A diagonal that has left the grid keeps its x; it matches nothing any more.
      while (x < size(a_) && x - k < size(b_) && a_[static_cast<std::size_t>(x)] == b_[static_cast<std::size_t>(x - k)])
        ++x;
      rows_.back()[static_cast<std::size_t>((k + d) / 2)] = x;
      budget -= 1 + x - begin;
      if (k == size(a_) - size(b_) && x >= size(a_)) return true;
    }
    return false;
  }

  std::vector<Match> walk_back(int d) const {
    std::vector<Match> out;
    int k = size(a_) - size(b_);
    for (; d >= 0; --d) {
      const int begin = start(d, k);
      for (int x = furthest(d, k); x > begin; --x) {
        out.push_back({static_cast<std::uint32_t>(x - 1), static_cast<std::uint32_t>(x - 1 - k)});
      }
      if (d > 0) k += from_above(d, k) ? 1 : -1;
    }
    std::ranges::reverse(out);
    return out;
  }

  std::span<const Symbol> a_;
  std::span<const Symbol> b_;
  std::vector<std::vector<int>> rows_;
};

// A text as words (runs of letters and digits) and single other characters.
struct Words {
  std::string_view text;
  std::vector<std::size_t> starts;  // bytes; one more than words
  std::vector<Symbol> symbols;

  Words(std::string_view of, Symbols& known) : text(of) {
    for (std::size_t at = 0; at < text.size();) {
      starts.push_back(at);
      const PointAt first = point_at(text, at);
      std::size_t end = at + first.bytes;
      const bool word = is_word_point(first.point);
      while (word && end < text.size() && is_word_point(point_at(text, end).point)) end += point_at(text, end).bytes;
      // Single characters repeat too much to anchor anything.
      symbols.push_back(known.symbol_of(text.substr(at, end - at), !word));
      at = end;
    }
    starts.push_back(text.size());
  }

  [[nodiscard]] std::string_view slice(UnitRange range) const {
    return text.substr(starts[range.begin], starts[range.end] - starts[range.begin]);
  }
  [[nodiscard]] std::span<const Symbol> part(UnitRange range) const {
    return std::span(symbols).subspan(range.begin, range.size());
  }
};

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// How many bytes both begin and end alike, cut behind a single character and before one: no word is torn, and what lies
// between is matched as if all had been looked at. An end never reaches into what both begin with.
struct Ends {
  std::size_t begin = 0;
  std::size_t end = 0;

  Ends(std::string_view a, std::string_view b) {
    const std::size_t shorter = std::min(a.size(), b.size());
    while (begin < shorter && a[begin] == b[begin]) ++begin;
    while (end < shorter - begin && a[a.size() - 1 - end] == b[b.size() - 1 - end]) ++end;
    begin = behind_single(a.substr(0, begin));
    end -= before_single(a.substr(a.size() - end));
  }

 private:
  // Bytes up to and with the last single character; one that is torn does not count.
  static std::size_t behind_single(std::string_view text) {
    for (std::size_t last = text.size(); last-- > 0;) {
      if (continues(text[last])) continue;
      const auto lead = static_cast<unsigned char>(text[last]);
      const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      if (last + length > text.size()) continue;
      if (!is_word_point(point_at(text, last).point)) return last + length;
    }
    return 0;
  }
  static std::size_t before_single(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (!continues(text[at]) && !is_word_point(point_at(text, at).point)) return at;
    }
    return text.size();
  }
};

std::uint32_t count_of(std::string_view text) { return static_cast<std::uint32_t>(code_point_count(text)); }

class Differ {
 public:
  // `same`: code points before, equal in both.
  Differ(std::string_view from, std::string_view to, std::uint32_t same) : from_(from, symbols_), to_(to, symbols_) {
    out_.retain(same);
  }

  Delta run() && {
    const std::vector<Match> anchors = align(from_.symbols, to_.symbols, symbols_);
    UnitRange from_gap;
    UnitRange to_gap;
    const auto until = [&](Match next) {
      from_gap.end = next.base;
      to_gap.end = next.side;
      between(from_gap, to_gap);
      from_gap.begin = next.base + 1;
      to_gap.begin = next.side + 1;
    };
    for (const Match& anchor : anchors) {
      until(anchor);
      out_.retain(count_of(from_.slice({anchor.base, anchor.base + 1})));
    }
    until({static_cast<std::uint32_t>(from_.symbols.size()), static_cast<std::uint32_t>(to_.symbols.size())});
    out_.finish();
    return std::move(out_);
  }

 private:
  // Words between two anchors.
  void between(UnitRange from, UnitRange to) {
    if (from.empty() || to.empty()) return replace(from_.slice(from), to_.slice(to));
    for (const Match& match : ShortestScript(from_.part(from), to_.part(to)).find(budget_)) {
      matched_.push_back({match.base + from.begin, match.side + to.begin});
    }
    for (const Match& match : matched_) {
      replace(from_.slice({from.begin, match.base}), to_.slice({to.begin, match.side}));
      out_.retain(count_of(from_.slice({match.base, match.base + 1})));
      from.begin = match.base + 1;
      to.begin = match.side + 1;
    }
    matched_.clear();
    replace(from_.slice(from), to_.slice(to));
  }

  // A changed stretch: by characters if it is short and if more than half of it stays; as a whole otherwise.
  void replace(std::string_view from, std::string_view to) {
    const std::u32string a = to_code_points(from);
    const std::u32string b = to_code_points(to);
    if (!a.empty() && !b.empty() && std::max(a.size(), b.size()) <= kFineStretchPoints) {
      const std::vector<Symbol> left(a.begin(), a.end());
      const std::vector<Symbol> right(b.begin(), b.end());
      const std::vector<Match> kept = ShortestScript(left, right).find(budget_);
      if (kept.size() * 2 > std::max(a.size(), b.size())) return by_characters(a, b, kept);
    }
    out_.insert(to);
    out_.erase(static_cast<std::uint32_t>(a.size()));
  }

  void by_characters(std::u32string_view from, std::u32string_view to, const std::vector<Match>& kept) {
    const std::vector<Hunk> changes = hunks_between(kept, from.size(), to.size());
    std::uint32_t at = 0;
    for (const Hunk& change : changes) {
      out_.retain(change.base.begin - at);
      out_.insert(to_utf8(to.substr(change.side.begin, change.side.size())));
      out_.erase(change.base.size());
      at = change.base.end;
    }
    out_.retain(static_cast<std::uint32_t>(from.size()) - at);
  }

  Symbols symbols_;
  Words from_;
  Words to_;
  std::vector<Match> matched_;
  std::int64_t budget_ = kSearchSteps;
  Delta out_;
};

}  // namespace

Delta diff(std::string_view from, std::string_view to) {
  if (from == to) return {};
  const Ends ends(from, to);
  const auto middle = [&](std::string_view text) {
    return text.substr(ends.begin, text.size() - ends.begin - ends.end);
  };
  return Differ(middle(from), middle(to), count_of(from.substr(0, ends.begin))).run();
}

}  // namespace navette::sync
