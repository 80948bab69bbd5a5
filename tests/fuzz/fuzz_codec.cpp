// Whatever decodes is encoded in one way only; nothing crashes or asks for unbounded memory (-malloc_limit_mb).
#include "law.hpp"
#include "navette/sync/codec.hpp"
#include "script.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

using namespace sync;

template <class T>
void round_trip(BytesView bytes) {
  const auto item = decode<T>(bytes);
  if (!item) {
    require(item.error().code == ErrorCode::kMalformed, "what does not decode is malformed");
    return;
  }
  const Bytes encoded = encode(*item);
  const auto again = decode<T>(encoded);
  require(again && *again == *item, "decode, encode, decode is decode");
  require(encode(*again) == encoded, "one encoding");
}

void header(BytesView bytes) {
  const auto peeked = peek_push(bytes);
  const auto push = decode<Push>(bytes);
  if (!push) return;
  require(
      peeked && peeked->dossier == push->dossier && peeked->replica == push->replica && peeked->number == push->number,
      "the header is that of the push");
}

}  // namespace

void codec(BytesView input) {
  Script script(input);
  const std::uint32_t type = script.below(11);
  const BytesView bytes = script.rest();
  switch (type) {
    case 0:
      return round_trip<Push>(bytes);
    case 1:
      return round_trip<RevisionBody>(bytes);
    case 2:
      return round_trip<Receipt>(bytes);
    case 3:
      return round_trip<Conflict>(bytes);
    case 4:
      return round_trip<Base>(bytes);
    case 5:
      return round_trip<Value>(bytes);
    case 6:
      return round_trip<std::vector<SeenRecord>>(bytes);
    case 7:
      return round_trip<std::vector<SuppliedBase>>(bytes);
    case 8:
      return round_trip<RevisionEnvelope>(bytes);
    case 9:
      return header(bytes);
    default:
      return round_trip<Message>(bytes);
  }
}

}  // namespace navette::fuzz
