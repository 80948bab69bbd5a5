#include "navette/sync/delta.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

namespace navette::sync {
namespace {

constexpr std::uint32_t kEndless = std::numeric_limits<std::uint32_t>::max();
// Steps folded one by one before halving begins: folding costs the square of the runs, halving a pass over them all.
constexpr std::size_t kFoldedSteps = 16;

bool starts_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

std::uint32_t count_points(std::string_view text) {
  std::uint32_t count = 0;
  for (const char byte : text) count += starts_code_point(byte);
  return count;
}

// Where `count` code points further begins, or npos if the text ends before. Eight bytes at a time.
std::size_t skip_points(std::string_view text, std::size_t at, std::uint64_t count) {
  while (count >= 8 && at + 8 <= text.size()) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t continuations = (word >> 7) & ~(word >> 6) & 0x0101010101010101U;
    count -= static_cast<std::uint64_t>(8 - std::popcount(continuations));
    at += 8;
  }
  const auto to_boundary = [&] {
    while (at < text.size() && !starts_code_point(text[at])) ++at;
  };
  to_boundary();
  for (; count > 0; --count) {
    if (at >= text.size()) return std::string_view::npos;
    ++at;
    to_boundary();
  }
  return at;
}

// Reads a delta piece by piece. After its last run comes an endless retain.
class Cursor {
 public:
  explicit Cursor(const Delta& delta)
      : run_(delta.runs().data()), end_(run_ + delta.runs().size()), text_(delta.inserted()) {}

  [[nodiscard]] bool done() const { return run_ == end_; }
  [[nodiscard]] Delta::Kind kind() const { return done() ? Delta::Kind::kRetain : run_->kind; }
  [[nodiscard]] std::uint32_t left() const { return done() ? kEndless : run_->count - used_; }

  // The text of the next `count` code points of an insert. REQUIRES: kind() is kInsert, count <= left().
  std::string_view take_text(std::uint32_t count) {
    const std::uint32_t bytes = count == left()              ? run_->bytes - used_bytes_
                                : run_->bytes == run_->count ? count
                                                             : bytes_of(count);
    const std::string_view piece = text_.substr(0, bytes);
    text_.remove_prefix(bytes);
    used_bytes_ += bytes;
    advance(count);
    return piece;
  }

  // Passes `count` code points of a retain or an erase, or of the endless retain.
  void take(std::uint32_t count) {
    if (!done()) advance(count);
  }

  void skip(std::uint32_t count) {
    if (kind() == Delta::Kind::kInsert) {
      take_text(count);
    } else {
      take(count);
    }
  }

 private:
  std::uint32_t bytes_of(std::uint32_t count) const { return static_cast<std::uint32_t>(skip_points(text_, 0, count)); }

  void advance(std::uint32_t count) {
    used_ += count;
    if (used_ == run_->count) {
      ++run_;
      used_ = 0;
      used_bytes_ = 0;
    }
  }

  const Delta::Run* run_;
  const Delta::Run* end_;
  std::string_view text_;  // what is left of the inserted text
  std::uint32_t used_ = 0;
  std::uint32_t used_bytes_ = 0;
};

void put(Delta& out, Delta::Kind kind, std::uint32_t count) {
  kind == Delta::Kind::kRetain ? out.retain(count) : out.erase(count);
}

// REQUIRES: out is empty. It is given, not returned, so that its memory serves again.
void compose_into(const Delta& a, const Delta& b, Delta& out) {
  Cursor first(a);
  Cursor second(b);
  while (!first.done() || !second.done()) {
    if (first.kind() == Delta::Kind::kErase) {
      const std::uint32_t count = first.left();
      first.take(count);
      out.erase(count);
    } else if (second.kind() == Delta::Kind::kInsert) {
      out.insert(second.take_text(second.left()));
    } else {
      const std::uint32_t count = std::min(first.left(), second.left());
      const bool erased = second.kind() == Delta::Kind::kErase;
      second.take(count);
      if (first.kind() == Delta::Kind::kInsert) {
        const std::string_view text = first.take_text(count);
        if (!erased) out.insert(text);
      } else {
        first.take(count);
        put(out, erased ? Delta::Kind::kErase : Delta::Kind::kRetain, count);
      }
    }
  }
  out.finish();
}

}  // namespace

void Delta::retain(std::uint32_t count) {
  if (count == 0) return;
  if (!runs_.empty() && runs_.back().kind == Kind::kRetain) {
    runs_.back().count += count;
  } else {
    runs_.push_back({Kind::kRetain, count, 0});
  }
}

void Delta::insert(std::string_view text) {
  if (text.empty()) return;
  inserted_ += text;
  const Run added{Kind::kInsert, count_points(text), static_cast<std::uint32_t>(text.size())};
  const auto at = runs_.end() - (!runs_.empty() && runs_.back().kind == Kind::kErase ? 1 : 0);
  if (at != runs_.begin() && (at - 1)->kind == Kind::kInsert) {
    (at - 1)->count += added.count;
    (at - 1)->bytes += added.bytes;
  } else {
    runs_.insert(at, added);
  }
}

void Delta::erase(std::uint32_t count) {
  if (count == 0) return;
  if (!runs_.empty() && runs_.back().kind == Kind::kErase) {
    runs_.back().count += count;
  } else {
    runs_.push_back({Kind::kErase, count, 0});
  }
}

void Delta::finish() {
  if (!runs_.empty() && runs_.back().kind == Kind::kRetain) runs_.pop_back();
}

void Delta::clear() {
  runs_.clear();
  inserted_.clear();
}

std::uint64_t Delta::base_length() const {
  std::uint64_t length = 0;
  for (const Run& run : runs_) length += run.kind == Kind::kInsert ? 0 : run.count;
  return length;
}

Result<std::string> apply(const Delta& delta, std::string_view base) {
  std::string out;
  out.reserve(base.size() + delta.inserted().size());
  std::size_t at = 0;
  std::size_t inserted_at = 0;
  for (const Delta::Run& run : delta.runs()) {
    if (run.kind == Delta::Kind::kInsert) {
      out.append(delta.inserted(), inserted_at, run.bytes);
      inserted_at += run.bytes;
      continue;
    }
    const std::size_t next = skip_points(base, at, run.count);
    if (next == std::string_view::npos) {
      return fail(ErrorCode::kMalformed, "la modification parle d'un texte plus long que celui-ci : resynchronisez");
    }
    if (run.kind == Delta::Kind::kRetain) out += base.substr(at, next - at);
    at = next;
  }
  out += base.substr(at);
  return out;
}

Delta compose(const Delta& a, const Delta& b) {
  Delta out;
  compose_into(a, b, out);
  return out;
}

Delta compose_all(std::vector<Delta> steps) {
  std::vector<Delta> level;
  level.reserve(steps.size() / kFoldedSteps + 1);
  Delta memory[2];  // read one, write the other
  for (std::size_t begin = 0; begin < steps.size(); begin += kFoldedSteps) {
    const std::size_t end = std::min(begin + kFoldedSteps, steps.size());
    const Delta* folded = &steps[begin];
    for (std::size_t i = begin + 1; i < end; ++i) {
      Delta& next = memory[i % 2];
      next.clear();
      compose_into(*folded, steps[i], next);
      folded = &next;
    }
    level.push_back(*folded);
  }
  while (level.size() > 1) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < level.size(); i += 2, ++out) {
      level[out] = i + 1 < level.size() ? compose(level[i], level[i + 1]) : std::move(level[i]);
    }
    level.resize(out);
  }
  return level.empty() ? Delta() : std::move(level.front());
}

Delta transform(const Delta& a, const Delta& b, Side a_side) {
  Delta out;
  Cursor mine(a);
  Cursor other(b);
  while (!mine.done()) {
    const bool mine_inserts = mine.kind() == Delta::Kind::kInsert;
    const bool other_inserts = other.kind() == Delta::Kind::kInsert;
    if (mine_inserts && (a_side == Side::kFirst || !other_inserts)) {
      out.insert(mine.take_text(mine.left()));
    } else if (other_inserts) {
      const std::uint32_t count = other.left();
      other.skip(count);
      out.retain(count);
    } else {
      const std::uint32_t count = std::min(mine.left(), other.left());
      if (other.kind() == Delta::Kind::kRetain) put(out, mine.kind(), count);
      mine.take(count);
      other.take(count);
    }
  }
  out.finish();
  return out;
}

Delta invert(const Delta& delta, std::string_view base) {
  Delta out;
  std::size_t at = 0;
  for (const Delta::Run& run : delta.runs()) {
    if (run.kind == Delta::Kind::kInsert) {
      out.erase(run.count);
      continue;
    }
    const std::size_t next = std::min(skip_points(base, at, run.count), base.size());
    if (run.kind == Delta::Kind::kRetain) {
      out.retain(run.count);
    } else {
      out.insert(base.substr(at, next - at));
    }
    at = next;
  }
  out.finish();
  return out;
}

TextRange moved(TextRange range, const Delta& delta) {
  const bool empty = range.begin == range.end;
  TextRange out = range;
  std::uint32_t at = 0;  // in the base
  for (std::size_t i = 0; i < delta.runs().size(); ++i) {
    const Delta::Run& run = delta.runs()[i];
    if (at > range.end) break;
    if (run.kind == Delta::Kind::kInsert) {
      // What replaces the first characters of the range is still the range.
      const bool replaces = i + 1 < delta.runs().size() && delta.runs()[i + 1].kind == Delta::Kind::kErase;
      if (empty || replaces ? at < range.begin : at <= range.begin) out.begin += run.count;
      if (at < range.end) out.end += run.count;
      continue;
    }
    if (run.kind == Delta::Kind::kErase) {
      const auto gone_before = [&](std::uint32_t place) { return place <= at ? 0 : std::min(run.count, place - at); };
      out.begin -= gone_before(range.begin);
      out.end -= gone_before(range.end);
    }
    at += run.count;
  }
  out.end = std::max(out.begin, out.end);
  return out;
}

}  // namespace navette::sync
