// The algebra of deltas, on texts that repeat themselves and on any texts at all.
#include "law.hpp"
#include "navette/base/utf8.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/delta.hpp"
#include "script.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

using namespace sync;

constexpr std::uint32_t kLongText = 60;

std::string after(const Delta& delta, std::string_view text) {
  auto applied = sync::apply(delta, text);
  require(applied.has_value(), "a delta applies to the text it was made for");
  return std::move(*applied);
}

void canonical(const Delta& delta) {
  Push push;
  push.changes = {EditText{{}, Carried{}, delta, 0, {}}};
  const auto back = decode<Push>(encode(push));
  require(back && *back == push, "a delta is canonical: it travels unchanged");
  for (std::size_t i = 0; i + 1 < delta.runs().size(); ++i) {
    require(delta.runs()[i].kind != delta.runs()[i + 1].kind, "neighbours of one kind are fused");
  }
  require(delta.empty() || delta.runs().back().kind != Delta::Kind::kRetain, "no retain at the end");
}

void one_after_the_other(const std::string& x, const Delta& a, test::RandomText& random) {
  const std::string y = after(a, x);
  const Delta b = random.delta(y);
  const std::string z = after(b, y);
  const Delta c = random.delta(z);
  const Delta both = compose(a, b);
  canonical(both);
  require(after(both, x) == z, "apply(compose(a, b)) is apply(b) of apply(a)");
  require(compose(both, c) == compose(a, compose(b, c)), "compose is associative");
  require(after(compose_all({a, b, c}), x) == after(c, z), "compose_all is compose, often");
  const Delta back = invert(a, x);
  canonical(back);
  require(after(back, y) == x, "invert undoes");
  require(after(compose(a, back), x) == x, "a, then its inverse, changes nothing");
}

void at_the_same_time(const std::string& x, const Delta& a, const Delta& b) {
  const Delta a2 = transform(a, b, Side::kFirst);
  const Delta b2 = transform(b, a, Side::kSecond);
  canonical(a2);
  require(after(a2, after(b, x)) == after(b2, after(a, x)), "TP1");
  const Delta a3 = transform(a, b, Side::kSecond);
  const Delta b3 = transform(b, a, Side::kFirst);
  require(after(a3, after(b, x)) == after(b3, after(a, x)), "TP1, sides swapped");
}

void differences(std::string_view from, std::string_view to) {
  const Delta between = diff(from, to);
  canonical(between);
  require(after(between, from) == to, "apply(diff(x, y), x) is y");
  require(diff(from, from).empty(), "nothing differs from itself");
}

void ranges(const std::string& x, const Delta& a, Script& script) {
  const auto length = static_cast<std::uint32_t>(code_point_count(x));
  const auto new_length = code_point_count(after(a, x));
  std::uint32_t begin = script.below(length + 1);
  std::uint32_t end = script.below(length + 1);
  if (begin > end) std::swap(begin, end);
  const TextRange range = moved({begin, end}, a);
  require(range.begin <= range.end && range.end <= new_length, "a moved range lies in the new text");
}

// A delta of somebody else's text, with counts up to the edges of their type.
void foreign(Script& script, std::string_view text) {
  Delta hostile;
  for (std::uint32_t left = script.below(6); left > 0; --left) {
    const auto count = static_cast<std::uint32_t>(script.number());
    if (count == 0) continue;
    if (script.chance(50)) {
      hostile.retain(count);
    } else {
      hostile.erase(count);
    }
  }
  hostile.finish();
  const auto applied = sync::apply(hostile, text);
  require(applied.has_value() == (hostile.base_length() <= code_point_count(text)), "a delta fits, or is refused");
  const auto length = static_cast<std::uint32_t>(script.number());
  (void)moved({0, length}, hostile);
}

}  // namespace

void delta(BytesView input) {
  Script script(input);
  test::RandomText random = script.texts();
  const std::string x = random.text(kLongText, U"ab. \né😀");
  const Delta a = random.delta(x);
  const Delta b = random.delta(x);
  canonical(a);
  one_after_the_other(x, a, random);
  at_the_same_time(x, a, b);
  differences(x, after(b, x));
  differences(after(a, x), after(b, x));
  ranges(x, a, script);
  foreign(script, x);
  const auto any = normalized(script.rest());
  if (!any) return;
  differences(x, *any);
  differences(*any, *any + x);
  differences(*any, x + *any);
}

}  // namespace navette::fuzz
