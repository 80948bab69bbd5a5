#include "sync/backoff.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace navette::client {
namespace {

constexpr unsigned kDoublingsMost = 20;

}  // namespace

std::chrono::milliseconds Backoff::next() {
  const auto bound = std::min(base_ * (1 << std::min(failures_, kDoublingsMost)), most_);
  ++failures_;
  std::array<unsigned char, 8> bytes{};
  random_.fill(bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return std::chrono::milliseconds(static_cast<std::int64_t>(number % static_cast<std::uint64_t>(bound.count() + 1)));
}

}  // namespace navette::client
