// The laws of text deltas, on random cases, and the rules that a law does not show.
#include "navette/sync/delta.hpp"

#include <gtest/gtest.h>

#include "support/random_text.hpp"

namespace navette::sync {
namespace {

using test::RandomText;

constexpr std::uint64_t kCases = 100'000;

Delta typed(std::uint32_t at, std::string_view text) {
  Delta out;
  out.retain(at);
  out.insert(text);
  out.finish();
  return out;
}

Delta erased(std::uint32_t at, std::uint32_t count) {
  Delta out;
  out.retain(at);
  out.erase(count);
  return out;
}

std::string after(const Delta& delta, std::string_view base) { return apply(delta, base).value(); }

bool is_canonical(const Delta& delta) {
  std::size_t bytes = 0;
  const Delta::Run* before = nullptr;
  for (const Delta::Run& run : delta.runs()) {
    if (run.count == 0 || (run.kind == Delta::Kind::kInsert) != (run.bytes > 0)) return false;
    if (before != nullptr && before->kind == run.kind) return false;
    if (before != nullptr && before->kind == Delta::Kind::kErase && run.kind == Delta::Kind::kInsert) return false;
    bytes += run.bytes;
    before = &run;
  }
  return bytes == delta.inserted().size() && (before == nullptr || before->kind != Delta::Kind::kRetain);
}

TEST(Delta, CountsCodePointsNotBytes) {
  const std::string base = "Santé : « déjà » 😀 fin";
  EXPECT_EQ(after(typed(4, "…"), base), "Sant…é : « déjà » 😀 fin");
  EXPECT_EQ(after(erased(17, 1), base), "Santé : « déjà »  fin");
}

TEST(Delta, PutsAnInsertBeforeAnEraseAtOnePlace) {
  Delta out;
  out.retain(1);
  out.erase(1);
  out.insert("x");
  out.erase(1);
  out.insert("é");
  out.retain(4);
  out.finish();
  const std::vector<Delta::Run> expected = {
      {Delta::Kind::kRetain, 1, 0}, {Delta::Kind::kInsert, 2, 3}, {Delta::Kind::kErase, 2, 0}};
  EXPECT_EQ(out.runs(), expected);
  EXPECT_EQ(out.inserted(), "xé");
  EXPECT_EQ(out.base_length(), 3U);
}

TEST(Delta, RefusesABaseThatIsTooShort) {
  EXPECT_EQ(after(erased(2, 1), "été"), "ét");
  EXPECT_EQ(apply(erased(2, 2), "été").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(apply(typed(9, "x"), "12345678").error().code, ErrorCode::kMalformed);
}

TEST(Delta, ComposedIsOneAfterTheOther) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    RandomText random(seed);
    const std::string x = random.text(12);
    const Delta a = random.delta(x);
    const std::string y = after(a, x);
    const Delta b = random.delta(y);
    const std::string z = after(b, y);
    const Delta ab = compose(a, b);
    ASSERT_EQ(after(ab, x), z) << seed;
    ASSERT_TRUE(is_canonical(a) && is_canonical(ab)) << seed;
    const Delta c = random.delta(z);
    ASSERT_EQ(compose(ab, c), compose(a, compose(b, c))) << seed;
  }
}

TEST(Delta, InvertedUndoes) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    RandomText random(seed);
    const std::string x = random.text(12);
    const Delta a = random.delta(x);
    const Delta back = invert(a, x);
    ASSERT_EQ(after(back, after(a, x)), x) << seed;
    ASSERT_TRUE(is_canonical(back)) << seed;
  }
}

TEST(Delta, TransformedBothWaysMeets) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    RandomText random(seed);
    const std::string x = random.text(12);
    const Delta a = random.delta(x);
    const Delta b = random.delta(x);
    const Delta a_after_b = transform(a, b, Side::kFirst);
    const Delta b_after_a = transform(b, a, Side::kSecond);
    ASSERT_EQ(after(b_after_a, after(a, x)), after(a_after_b, after(b, x))) << seed;
    ASSERT_TRUE(is_canonical(a_after_b) && is_canonical(b_after_a)) << seed;
  }
}

TEST(Delta, TransformKeepsTheOrderOfSides) {
  EXPECT_EQ(after(transform(typed(1, "b"), typed(1, "a"), Side::kSecond), "<a>"), "<ab>");
  EXPECT_EQ(after(transform(typed(1, "b"), typed(1, "a"), Side::kFirst), "<a>"), "<ba>");
}

TEST(Delta, ALongBranchComposesToTheSameAsStepByStep) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomText random(seed);
    const std::string base = random.text(30);
    std::string text = base;
    Delta folded;
    std::vector<Delta> steps;
    for (std::uint32_t left = random.below(400); left > 0; --left) {
      steps.push_back(random.chance(5) ? random.delta(text) : typed(random.below(9), random.text(1)));
      if (steps.back().base_length() > code_point_count(text)) steps.back() = typed(0, "x");
      text = after(steps.back(), text);
      folded = compose(folded, steps.back());
    }
    const Delta all = compose_all(std::move(steps));
    ASSERT_EQ(all, folded) << seed;
    ASSERT_EQ(after(all, base), text) << seed;
  }
  EXPECT_EQ(compose_all({}), Delta());
}

// Where every code point of the base stands afterwards; the erased ones stand nowhere.
std::vector<std::int64_t> places_after(const Delta& delta, std::size_t base_size) {
  std::vector<std::int64_t> out;
  std::int64_t at = 0;
  for (const Delta::Run& run : delta.runs()) {
    for (std::uint32_t i = 0; i < run.count; ++i) {
      if (run.kind != Delta::Kind::kInsert) out.push_back(run.kind == Delta::Kind::kErase ? -1 : at);
      if (run.kind != Delta::Kind::kErase) ++at;
    }
  }
  while (out.size() < base_size) out.push_back(at++);
  return out;
}

TEST(Moved, ARangeKeepsExactlyWhatStayedOfIt) {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    RandomText random(seed);
    const std::string x = random.text(12);
    const Delta delta = random.delta(x);
    const auto size = static_cast<std::uint32_t>(code_point_count(x));
    const std::uint32_t begin = random.below(size + 1);
    const TextRange range{begin, begin + random.below(size - begin + 1)};
    const TextRange now = moved(range, delta);
    ASSERT_LE(now.begin, now.end) << seed;
    ASSERT_LE(now.end, code_point_count(after(delta, x))) << seed;
    if (range.begin == range.end) ASSERT_EQ(now.begin, now.end) << seed;
    const std::vector<std::int64_t> places = places_after(delta, size);
    for (std::uint32_t i = 0; i < size; ++i) {
      if (places[i] < 0) continue;
      const bool inside = places[i] >= now.begin && places[i] < now.end;
      ASSERT_EQ(inside, i >= range.begin && i < range.end) << seed;
    }
  }
}

TEST(Moved, TextAtItsEdgesDoesNotBelongToIt) {
  EXPECT_EQ(moved({2, 5}, typed(2, "xx")), (TextRange{4, 7}));
  EXPECT_EQ(moved({2, 5}, typed(5, "xx")), (TextRange{2, 5}));
  EXPECT_EQ(moved({2, 5}, typed(3, "xx")), (TextRange{2, 7}));
  EXPECT_EQ(moved({2, 2}, typed(2, "xx")), (TextRange{2, 2}));
  EXPECT_EQ(moved({2, 5}, erased(1, 9)), (TextRange{1, 1}));
}

}  // namespace
}  // namespace navette::sync
