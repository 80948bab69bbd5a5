#include "hunks.hpp"

#include <algorithm>
#include <tuple>

namespace navette::sync {
namespace {

// Real texts need three or four levels. The bound keeps a made-up text from costing the square of its length; what is
// deeper stays one hunk.
constexpr int kMaximumLevels = 64;

// A longest increasing subsequence of `places` (all different), as indices; of several, the one whose values come first
// at each step. Equal ends are taken first: `places` is a permutation of [0, n).
std::vector<std::uint32_t> longest_increasing(std::span<const std::uint32_t> places) {
  std::uint32_t end = static_cast<std::uint32_t>(places.size());
  while (end > 0 && places[end - 1] == end - 1) --end;
  // rows[r]: the indices from which r + 1 values rise, last index first, hence by rising value.
  std::vector<std::vector<std::uint32_t>> rows;
  for (std::uint32_t i = end; i-- > 0;) {
    const auto row = std::ranges::partition_point(rows, [&](const auto& r) { return places[r.back()] > places[i]; });
    if (row == rows.end()) {
      rows.push_back({i});
    } else {
      row->push_back(i);
    }
  }
  std::vector<std::uint32_t> out;
  std::uint32_t floor = 0;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const auto at = std::ranges::partition_point(*row, [&](std::uint32_t i) { return places[i] < floor; });
    out.push_back(*at);
    floor = places[*at] + 1;
  }
  for (std::uint32_t i = end; i < places.size(); ++i) out.push_back(i);
  return out;
}

class Patience {
 public:
  Patience(std::span<const Symbol> base, std::span<const Symbol> side, const Symbols& symbols)
      : base_(base), side_(side), symbols_(symbols), seen_(symbols.size()) {}

  std::vector<Match> run() {
    between({0, static_cast<std::uint32_t>(base_.size())}, {0, static_cast<std::uint32_t>(side_.size())}, 0);
    return std::move(out_);
  }

 private:
  struct Seen {
    std::uint32_t in_base = 0;
    std::uint32_t in_side = 0;
    std::uint32_t rank = 0;
  };

  void between(UnitRange base, UnitRange side, int level) {
    while (!base.empty() && !side.empty() && base_[base.begin] == side_[side.begin]) {
      out_.push_back({base.begin++, side.begin++});
    }
    const std::uint32_t base_end = base.end;
    while (!base.empty() && !side.empty() && base_[base.end - 1] == side_[side.end - 1]) --base.end, --side.end;
    if (!base.empty() && !side.empty() && level < kMaximumLevels) around_anchors(base, side, level);
    for (std::uint32_t i = base.end; i < base_end; ++i) out_.push_back({i, side.end + (i - base.end)});
  }

  void around_anchors(UnitRange base, UnitRange side, int level) {
    const std::vector<Match> found = anchors(base, side);
    if (found.empty()) return;
    for (const Match& anchor : found) {
      between({base.begin, anchor.base}, {side.begin, anchor.side}, level + 1);
      out_.push_back(anchor);
      base.begin = anchor.base + 1;
      side.begin = anchor.side + 1;
    }
    between(base, side, level + 1);
  }

  std::vector<Match> anchors(UnitRange base, UnitRange side) {
    for (std::uint32_t i = base.begin; i < base.end; ++i) ++seen_[base_[i]].in_base;
    for (std::uint32_t i = side.begin; i < side.end; ++i) ++seen_[side_[i]].in_side;
    const auto unique = [&](Symbol s) { return seen_[s].in_base == 1 && seen_[s].in_side == 1 && !symbols_.blank(s); };
    std::vector<std::uint32_t> in_side;
    for (std::uint32_t i = side.begin; i < side.end; ++i) {
      if (!unique(side_[i])) continue;
      seen_[side_[i]].rank = static_cast<std::uint32_t>(in_side.size());
      in_side.push_back(i);
    }
    std::vector<std::uint32_t> in_base;
    std::vector<std::uint32_t> ranks;
    for (std::uint32_t i = base.begin; i < base.end; ++i) {
      if (!unique(base_[i])) continue;
      in_base.push_back(i);
      ranks.push_back(seen_[base_[i]].rank);
    }
    for (std::uint32_t i = base.begin; i < base.end; ++i) seen_[base_[i]] = {};
    for (std::uint32_t i = side.begin; i < side.end; ++i) seen_[side_[i]] = {};
    std::vector<Match> out;
    for (const std::uint32_t i : longest_increasing(ranks)) out.push_back({in_base[i], in_side[ranks[i]]});
    return out;
  }

  std::span<const Symbol> base_;
  std::span<const Symbol> side_;
  const Symbols& symbols_;
  std::vector<Seen> seen_;  // by symbol; all zero between two calls of anchors()
  std::vector<Match> out_;
};

// Hunks of one side, consumed group by group, and how far that side has drifted from the base.
class SideWalk {
 public:
  explicit SideWalk(std::span<const Hunk> hunks) : hunks_(hunks) {}

  // The image of the next group, which holds `count` hunks of this side.
  UnitRange image(UnitRange base, std::size_t count) {
    UnitRange out;
    out.begin = base.begin + drift_;  // unsigned wrap-around stands for a negative drift
    for (; count > 0; --count, ++at_) drift_ += hunks_[at_].side.size() - hunks_[at_].base.size();
    out.end = base.end + drift_;
    return out;
  }

 private:
  std::span<const Hunk> hunks_;
  std::size_t at_ = 0;
  std::uint32_t drift_ = 0;
};

enum class Origin : std::uint8_t { kCommitted, kIncoming, kPin };
struct Item {
  UnitRange base;
  Origin origin;
};

}  // namespace

Symbol Symbols::symbol_of(std::string_view content, bool blank) {
  const auto [at, added] = known_.try_emplace(content, static_cast<Symbol>(blank_.size()));
  if (added) blank_.push_back(blank ? 1 : 0);
  return at->second;
}

std::vector<Match> align(std::span<const Symbol> base, std::span<const Symbol> side, const Symbols& symbols) {
  return Patience(base, side, symbols).run();
}

std::vector<Match> without_lone_blanks(std::vector<Match> matches, std::span<const Symbol> base, std::size_t side_size,
                                       const Symbols& symbols) {
  std::vector<char> held(matches.size(), 0);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const Match m = matches[i];
    const bool follows = i > 0 && matches[i - 1] == Match{m.base - 1, m.side - 1} && held[i - 1];
    held[i] = !symbols.blank(base[m.base]) || follows || m == Match{0, 0};
  }
  const Match last{static_cast<std::uint32_t>(base.size()) - 1, static_cast<std::uint32_t>(side_size) - 1};
  for (std::size_t i = matches.size(); i-- > 0;) {
    const Match m = matches[i];
    const bool leads = i + 1 < matches.size() && matches[i + 1] == Match{m.base + 1, m.side + 1} && held[i + 1];
    held[i] = held[i] || leads || m == last;
  }
  std::size_t out = 0;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (held[i]) matches[out++] = matches[i];
  }
  matches.resize(out);
  return matches;
}

std::vector<Hunk> hunks_between(std::span<const Match> kept, std::size_t base_size, std::size_t side_size) {
  std::vector<Hunk> out;
  std::uint32_t base = 0;
  std::uint32_t side = 0;
  const auto gap_until = [&](Match next) {
    if (next.base > base || next.side > side) out.push_back({{base, next.base}, {side, next.side}});
    base = next.base + 1;
    side = next.side + 1;
  };
  for (const Match& match : kept) gap_until(match);
  gap_until({static_cast<std::uint32_t>(base_size), static_cast<std::uint32_t>(side_size)});
  return out;
}

// One sweep suffices because hunks of one side never meet each other: between two of them a unit is kept.
std::vector<Group> groups_of(std::span<const Hunk> committed, std::span<const Hunk> incoming,
                             std::span<const UnitRange> pins) {
  std::vector<Item> items;
  for (const Hunk& hunk : committed) items.push_back({hunk.base, Origin::kCommitted});
  for (const Hunk& hunk : incoming) items.push_back({hunk.base, Origin::kIncoming});
  for (const UnitRange& pin : pins) {
    if (!pin.empty()) items.push_back({pin, Origin::kPin});
  }
  // At one place additions come before ranges, which they only touch.
  std::ranges::sort(items, {}, [](const Item& item) {
    return std::tuple(item.base.begin, !item.base.empty(), item.base.end, item.origin);
  });
  std::vector<Group> out;
  SideWalk committed_walk(committed);
  SideWalk incoming_walk(incoming);
  for (std::size_t i = 0; i < items.size();) {
    UnitRange base = items[i].base;
    std::size_t of_committed = 0;
    std::size_t of_incoming = 0;
    for (const std::size_t first = i; i < items.size(); ++i) {
      const UnitRange next = items[i].base;
      const bool same_boundary = base.empty() && next == base;
      if (i != first && next.begin >= base.end && !same_boundary) break;
      base.end = std::max(base.end, next.end);
      of_committed += items[i].origin == Origin::kCommitted;
      of_incoming += items[i].origin == Origin::kIncoming;
    }
    if (of_committed + of_incoming == 0) continue;
    out.push_back({base, committed_walk.image(base, of_committed), incoming_walk.image(base, of_incoming),
                   of_committed > 0, of_incoming > 0});
  }
  return out;
}

}  // namespace navette::sync
