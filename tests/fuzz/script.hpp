// Fuzzer input read as decisions, one byte each, so that a mutated byte is a mutated decision. Beyond the end the
// decisions go on, always the same ones: loops that wait for a certain one end.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "navette/base/bytes.hpp"
#include "support/random_text.hpp"

namespace navette::fuzz {

class Script {
 public:
  explicit Script(BytesView input) : input_(input) {}

  [[nodiscard]] bool empty() const { return at_ >= input_.size(); }
  std::uint8_t byte() {
    if (!empty()) return static_cast<std::uint8_t>(input_[at_++]);
    beyond_ = beyond_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint8_t>(beyond_ >> 56U);
  }
  // REQUIRES: 0 < limit ≤ 256.
  std::uint32_t below(std::uint32_t limit) { return byte() % limit; }
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  template <class Items>
  auto& pick(Items& items) {  // REQUIRES: not empty
    return *std::next(items.begin(), static_cast<std::ptrdiff_t>((byte() | byte() << 8) % items.size()));
  }
  // Small numbers, edges of every width, or anything.
  std::uint64_t number() {
    static constexpr std::array<std::uint64_t, 8> kEdges{
        0x7f, 0x80, 0x7fff'ffff, 0xffff'ffff, 0x1'0000'0000, 0x7fff'ffff'ffff'ffff, 0xffff'ffff'ffff'fffe, ~0ULL};
    const std::uint8_t first = byte();
    if (first < 0xe0) return first;
    if (first < 0xf0) return kEdges[first % kEdges.size()];
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8U | byte();
    return value;
  }
  // At most that many of the bytes that are left.
  BytesView bytes(std::size_t most) {
    const BytesView part = input_.substr(std::min(at_, input_.size()), most);
    at_ += part.size();
    return part;
  }
  BytesView rest() { return bytes(input_.size()); }
  // Texts, deltas and stories that this script decides.
  [[nodiscard]] test::RandomText texts() {
    return test::RandomText([this] { return std::uint64_t{byte()}; });
  }

 private:
  BytesView input_;
  std::size_t at_ = 0;
  std::uint64_t beyond_ = 1;
};

}  // namespace navette::fuzz
