// Whatever decodes is encoded in one way only, and nothing crashes or asks for unbounded memory.
#include <cstdint>
#include <cstdlib>

#include "navette/sync/codec.hpp"

using namespace navette;
using namespace navette::sync;

template <class T>
static void round_trip(BytesView bytes) {
  const auto item = decode<T>(bytes);
  if (!item) return;
  const auto again = decode<T>(encode(*item));
  if (!again || !(*again == *item)) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  round_trip<Message>(bytes);
  round_trip<Push>(bytes);
  round_trip<RevisionBody>(bytes);
  round_trip<Receipt>(bytes);
  (void)peek_push(bytes);
  return 0;
}
