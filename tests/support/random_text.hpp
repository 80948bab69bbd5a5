// Random texts and deltas: one seed, one story, on every machine; a fuzzer draws from its input instead.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "navette/base/utf8.hpp"
#include "navette/sync/delta.hpp"

namespace navette::test {

class RandomText {
 public:
  using Draw = std::function<std::uint64_t()>;

  explicit RandomText(std::uint64_t seed) : draw_(std::mt19937_64(seed)) {}
  explicit RandomText(Draw draw) : draw_(std::move(draw)) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(draw_() % limit); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }

  // Few different characters, of one to four bytes: repetitions and near misses are what makes merging hard.
  std::string text(std::uint32_t maximum, std::u32string_view alphabet = U"ab\né😀") {
    std::u32string out;
    for (std::uint32_t left = below(maximum + 1); left > 0; --left) {
      out += alphabet[below(static_cast<std::uint32_t>(alphabet.size()))];
    }
    return to_utf8(out);
  }

  // A delta that applies to `base`.
  sync::Delta delta(std::string_view base) {
    sync::Delta out;
    auto left = static_cast<std::uint32_t>(code_point_count(base));
    while (left > 0 || chance(30)) {
      const std::uint32_t count = std::min(left, 1 + below(3));
      switch (below(3)) {
        case 0:
          out.insert(text(3));
          break;
        case 1:
          out.retain(count);
          left -= count;
          break;
        default:
          out.erase(count);
          left -= count;
      }
    }
    out.finish();
    return out;
  }

  std::string edited(std::string_view base) { return sync::apply(delta(base), base).value(); }

  // A story: every word is one code point that occurs nowhere else, so that what is lost or doubled shows.
  std::u32string story(std::uint32_t pieces) {
    std::u32string out;
    for (std::uint32_t left = below(pieces + 1); left > 0; --left) out += piece();
    return out;
  }

  // The story with some words, sentences and lines replaced, added or removed. Nothing is moved or copied.
  std::u32string rewritten(std::u32string story) {
    for (std::uint32_t edits = 1 + below(3); edits > 0; --edits) {
      const auto size = static_cast<std::uint32_t>(story.size());
      const std::uint32_t at = below(size + 1);
      const std::uint32_t erased = chance(50) ? below(std::min(size - at, 6U) + 1) : 0;
      std::u32string added;
      for (std::uint32_t left = chance(70) ? 1 + below(3) : 0; left > 0; --left) added += piece();
      story.replace(at, erased, added);
    }
    return story;
  }

  static bool is_word(char32_t point) { return point >= kFirstWord; }

 private:
  static constexpr char32_t kFirstWord = U'\u4E00';

  std::u32string piece() {
    switch (below(8)) {
      case 0:
        return U"\n";
      case 1:
        return U" ";
      case 2:
      case 3:
        return U". ";
      default:
        return std::u32string(1, kFirstWord + words_++);
    }
  }

  Draw draw_;
  char32_t words_ = 0;
};

}  // namespace navette::test
