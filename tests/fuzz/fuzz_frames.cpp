// Frames in any order and of any content: an error at most, bounded memory.
#include <algorithm>
#include <cstdint>

#include "navette/sync/frame.hpp"

using namespace navette;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sync::Unpacker unpacker(1024 * 1024);
  std::size_t at = 0;
  while (at < size) {
    const std::size_t length = std::min<std::size_t>(data[at] * 4u + 1, size - at);
    if (!unpacker.feed(BytesView(reinterpret_cast<const char*>(data) + at, length))) return 0;
    at += length;
  }
  return 0;
}
