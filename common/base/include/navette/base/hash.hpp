// SHA-256 and HMAC-SHA-256, by OpenSSL.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>

#include "navette/base/bytes.hpp"

namespace navette {

struct Hash {
  std::array<unsigned char, 32> value{};
  [[nodiscard]] BytesView bytes() const { return {reinterpret_cast<const char*>(value.data()), value.size()}; }
  friend auto operator<=>(const Hash&, const Hash&) = default;
};

// The first half of a hash: enough against accidents and for a keyed code (128 bits).
struct ShortHash {
  std::array<unsigned char, 16> value{};
  [[nodiscard]] BytesView bytes() const { return {reinterpret_cast<const char*>(value.data()), value.size()}; }
  friend auto operator<=>(const ShortHash&, const ShortHash&) = default;
};

[[nodiscard]] Hash sha256(BytesView bytes);
[[nodiscard]] Hash sha256(std::initializer_list<BytesView> parts);  // of the parts one after the other
[[nodiscard]] Hash hmac_sha256(BytesView key, std::initializer_list<BytesView> parts);
[[nodiscard]] ShortHash shorten(const Hash& hash);
[[nodiscard]] bool equal_in_constant_time(BytesView a, BytesView b);

// Order-independent digest of a set: the sum of its members' hashes, lane by lane. Adding and removing are inverse.
struct SetDigest {
  std::array<std::uint64_t, 4> lanes{};
  void add(const Hash& member);
  void remove(const Hash& member);
  [[nodiscard]] ShortHash short_hash() const;
  friend bool operator==(const SetDigest&, const SetDigest&) = default;
};

}  // namespace navette
