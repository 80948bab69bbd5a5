// Text deltas: retain, insert, erase over code points, always canonical. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "navette/base/error.hpp"

namespace navette::sync {

// A change of one text. Canonical: no empty run, neighbours of one kind fused, insert before erase at one place,
// no retain at the end (what follows the last run is kept). Text is UTF-8; counts are code points.
class Delta {
 public:
  enum class Kind : std::uint8_t { kRetain, kInsert, kErase };
  struct Run {
    Kind kind;
    std::uint32_t count;  // code points
    std::uint32_t bytes;  // of an insert: its length in inserted(); 0 otherwise
    friend bool operator==(const Run&, const Run&) = default;
  };

  Delta() = default;  // changes nothing
  void retain(std::uint32_t count);
  void insert(std::string_view text);  // REQUIRES: valid UTF-8
  void erase(std::uint32_t count);
  void finish();  // drops a trailing retain; call once after building
  void clear();   // changes nothing again; keeps its memory

  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }
  [[nodiscard]] const std::string& inserted() const { return inserted_; }  // all inserted text, in order
  [[nodiscard]] bool empty() const { return runs_.empty(); }
  // Code points of the base that the runs speak of: a base shorter than that does not fit.
  [[nodiscard]] std::uint64_t base_length() const;
  friend bool operator==(const Delta&, const Delta&) = default;

 private:
  std::vector<Run> runs_;
  std::string inserted_;
};

// Which of two inserts at one place stands first in the result.
enum class Side : std::uint8_t { kFirst, kSecond };

// The text after the change. Errors: kMalformed when the base is shorter than the delta speaks of.
[[nodiscard]] Result<std::string> apply(const Delta& delta, std::string_view base);
// One delta for a, then b. apply(compose(a, b), x) == apply(b, apply(a, x)). Associative.
[[nodiscard]] Delta compose(const Delta& a, const Delta& b);
// Composes a long branch by halves: the cost follows the runs of the result, not the number of steps.
[[nodiscard]] Delta compose_all(std::vector<Delta> steps);
// `a` rewritten to apply after `b` (both from one base). TP1 holds when the two calls take opposite sides.
[[nodiscard]] Delta transform(const Delta& a, const Delta& b, Side a_side);
// Undoes `delta` on the text it produced. REQUIRES: delta applies to base.
[[nodiscard]] Delta invert(const Delta& delta, std::string_view base);
// A delta from one text to another: by words, then characters inside changed words; bounded time.
[[nodiscard]] Delta diff(std::string_view from, std::string_view to);

// A half-open range of code points of one text.
struct TextRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend bool operator==(const TextRange&, const TextRange&) = default;
};
// Where a range of the base lies after the change. Text inserted strictly inside belongs to it, and so does what
// replaces its first characters; text inserted at its edges does not. An empty range stays in front of what is inserted
// at its place.
[[nodiscard]] TextRange moved(TextRange range, const Delta& delta);

}  // namespace navette::sync
