// Merge of three arbitrary texts: the laws that hold for all of them.
#include <cstdint>
#include <cstdlib>

#include "navette/base/utf8.hpp"
#include "navette/sync/merge.hpp"

using namespace navette;
using namespace navette::sync;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Unit unit = static_cast<Unit>(data[0] % 3);
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t a = all.find('\xff');
  const std::size_t b = a == all.npos ? all.npos : all.find('\xff', a + 1);
  if (b == all.npos) return 0;
  const auto base = normalized(all.substr(0, a));
  const auto left = normalized(all.substr(a + 1, b - a - 1));
  const auto right = normalized(all.substr(b + 1));
  if (!base || !left || !right) return 0;
  const Delta delta = diff(*base, *left);
  const auto applied = sync::apply(delta, *base);
  if (!applied || *applied != *left) std::abort();
  const MergedText one = merge_apart(*base, *left, *right, unit);
  const MergedText other = merge_apart(*base, *right, *left, unit);
  if (one.contested.size() != other.contested.size()) std::abort();
  const std::u32string merged = to_code_points(one.text);
  for (const Contested& group : one.contested) {
    if (group.merged_range.end > merged.size()) std::abort();
    const auto [begin, end] = group.merged_range;
    if (to_utf8(merged.substr(begin, end - begin)) != group.committed) std::abort();
  }
  (void)merge_together(*base, *left, *right);
  return 0;
}
