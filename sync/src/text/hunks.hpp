// Alignment of two sequences, the hunks between what stays, and the groups of hunks that meet. Pure.
// Sequences are of symbols (equal contents, equal symbol); nothing here knows text.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace navette::sync {

using Symbol = std::uint32_t;

// Gives equal contents one symbol. A blank symbol anchors nothing. The views must outlive it.
class Symbols {
 public:
  Symbol symbol_of(std::string_view content, bool blank);
  [[nodiscard]] bool blank(Symbol symbol) const { return blank_[symbol] != 0; }
  [[nodiscard]] std::size_t size() const { return blank_.size(); }

 private:
  std::unordered_map<std::string_view, Symbol> known_;
  std::vector<char> blank_;
};

struct Match {
  std::uint32_t base;
  std::uint32_t side;
  friend bool operator==(const Match&, const Match&) = default;
};

// Patience: equal ends, then what is not blank and unique on both sides, the same again between such anchors.
// Increasing in both. Cost: O(n log n) for each of a bounded number of levels.
[[nodiscard]] std::vector<Match> align(std::span<const Symbol> base, std::span<const Symbol> side,
                                       const Symbols& symbols);

// Without the blanks that stay by chance: a blank counts only in an unbroken run of matches that reaches a match
// which is not blank, or both starts or both ends.
[[nodiscard]] std::vector<Match> without_lone_blanks(std::vector<Match> matches, std::span<const Symbol> base,
                                                     std::size_t side_size, const Symbols& symbols);

// Half-open range of units.
struct UnitRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  [[nodiscard]] bool empty() const { return begin == end; }
  [[nodiscard]] std::uint32_t size() const { return end - begin; }
  friend bool operator==(const UnitRange&, const UnitRange&) = default;
};

// A maximal gap between kept units: base became side. An empty base range is a pure addition at that boundary.
struct Hunk {
  UnitRange base;
  UnitRange side;
  friend bool operator==(const Hunk&, const Hunk&) = default;
};

[[nodiscard]] std::vector<Hunk> hunks_between(std::span<const Match> kept, std::size_t base_size,
                                              std::size_t side_size);

// Hunks of both sides that meet, directly or through others. The images include the kept units inside.
struct Group {
  UnitRange base;
  UnitRange committed;
  UnitRange incoming;
  bool by_committed = false;
  bool by_incoming = false;
};

// Groups in text order. A pin is a range of base units that counts as one unit; empty pins say nothing, overlapping
// ones are one. Non-empty ranges meet if they share a unit; a pure addition meets a range only strictly inside it;
// two additions meet at one boundary; touching is not meeting.
[[nodiscard]] std::vector<Group> groups_of(std::span<const Hunk> committed, std::span<const Hunk> incoming,
                                           std::span<const UnitRange> pins);

}  // namespace navette::sync
