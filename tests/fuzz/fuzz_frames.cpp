// Frames in any order and of any content: an error at most, bounded memory; what was packed comes back.
#include <algorithm>
#include <vector>

#include "law.hpp"
#include "navette/sync/frame.hpp"
#include "script.hpp"
#include "sync/sample_messages.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

using namespace sync;

constexpr std::size_t kBatchBytes = 256 * 1024;

// Frames as the script cuts them.
void any_frames(Script& script) {
  Unpacker unpacker(kBatchBytes);
  while (!script.empty()) {
    const std::size_t length = script.below(128) * (script.chance(10) ? 200U : 1U);
    const auto batch = unpacker.feed(script.bytes(length));
    if (!batch) return;
    if (!*batch) continue;
    Bytes together;
    for (const Bytes& frame : pack(**batch)) together += frame;
    require((*batch)->size() <= kBatchBytes, "a batch has less messages than bytes");
  }
}

// A batch that was packed, some of its bytes changed, cut short or repeated.
void packed_frames(Script& script) {
  test::RandomText random = script.texts();
  std::vector<Message> batch;
  for (std::uint32_t left = script.below(12); left > 0; --left) batch.push_back(test::random_message(random));
  std::vector<Bytes> frames = script.chance(50) ? pack(batch) : pack_apart(batch, 1 + script.byte() * 8U);
  Unpacker honest(kBatchBytes);
  std::vector<Message> back;
  for (const Bytes& frame : frames) {
    const auto fed = honest.feed(frame);
    require(fed.has_value(), "what was packed is read");
    if (*fed) std::ranges::copy(**fed, std::back_inserter(back));
  }
  require(back == batch, "what was packed comes back");

  Unpacker unpacker(kBatchBytes);
  for (Bytes& frame : frames) {
    for (std::uint32_t left = script.below(4); left > 0; --left) {
      frame[(script.byte() << 8 | script.byte()) % frame.size()] = static_cast<char>(script.byte());
    }
    if (script.chance(20)) frame.resize(script.byte() % frame.size() + 1);
    if (!unpacker.feed(frame)) return;
    if (script.chance(20) && !unpacker.feed(frame)) return;
  }
}

}  // namespace

void frames(BytesView input) {
  Script script(input);
  if (script.chance(50)) return any_frames(script);
  packed_frames(script);
}

}  // namespace navette::fuzz
