#include "navette/sync/revision.hpp"

#include <algorithm>

#include "navette/sync/message.hpp"
#include "seen.hpp"

namespace navette::sync {
namespace {

void put_number(Bytes& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

// One writing of a value: type, length, bytes. Never changes, since stored digests rest on it.
void put_value(Bytes& out, const Value& value) {
  out += static_cast<char>(value.index());
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    put_number(out, static_cast<std::uint64_t>(*number), 8);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    put_number(out, text->size(), 4);
    out += *text;
  }
}

}  // namespace

Hash first_chain(const DossierId& dossier, Audience audience) {
  const char stream = static_cast<char>(audience);
  return sha256({"navette stream", dossier.bytes(), BytesView(&stream, 1)});
}

Hash next_chain(const Hash& previous, const RevisionEnvelope& envelope) {
  return sha256({previous.bytes(), envelope.digest.bytes(), envelope.body});
}

ShortHash revision_code(BytesView key, const DossierId& dossier, Audience audience, Revision number,
                        const Hash& chain) {
  Bytes place;
  put_number(place, static_cast<std::uint64_t>(audience), 1);
  put_number(place, number.value, 8);
  return shorten(hmac_sha256(key, {dossier.bytes(), place, chain.bytes()}));
}

namespace {

// A permutation of 62 bits by four rounds of Feistel; bit 63 says that a number is sealed, bit 62 stays empty.
constexpr std::uint64_t kSealed = std::uint64_t{1} << 63;
constexpr std::uint64_t kHalf = (std::uint64_t{1} << 31) - 1;
constexpr int kRounds = 4;

std::uint64_t round_of(BytesView key, const DossierId& dossier, const ReplicaId& replica, int round,
                       std::uint64_t half) {
  Bytes input;
  put_number(input, static_cast<std::uint64_t>(round), 1);
  put_number(input, half, 4);
  const Hash mixed = hmac_sha256(key, {"navette push number", dossier.bytes(), replica.bytes(), input});
  std::uint64_t number = 0;
  for (int i = 0; i < 4; ++i) number = number << 8 | mixed.value[static_cast<std::size_t>(i)];
  return number & kHalf;
}

}  // namespace

PushNumber sealed(BytesView key, const DossierId& dossier, const ReplicaId& replica, PushNumber number) {
  if (number.value == 0) return number;
  std::uint64_t left = number.value >> 31 & kHalf;
  std::uint64_t right = number.value & kHalf;
  for (int round = 0; round < kRounds; ++round) {
    left ^= round_of(key, dossier, replica, round, right);
    std::swap(left, right);
  }
  return {kSealed | left << 31 | right};
}

PushNumber opened(BytesView key, const DossierId& dossier, const ReplicaId& replica, PushNumber sealed_number) {
  if ((sealed_number.value & kSealed) == 0) return sealed_number;
  std::uint64_t left = sealed_number.value >> 31 & kHalf;
  std::uint64_t right = sealed_number.value & kHalf;
  for (int round = kRounds; round-- > 0;) {
    std::swap(left, right);
    left ^= round_of(key, dossier, replica, round, right);
  }
  return {left << 31 | right};
}

Hash sealed(BytesView key, const Hash& push_hash) { return hmac_sha256(key, {"navette push hash", push_hash.bytes()}); }

Hash content_hash(const RecordContent& content, Audience audience) {
  Bytes bytes(content.record.bytes());
  if (audience == Audience::kShared) {
    put_number(bytes, content.kind, 2);
    bytes += content.owner.bytes();
  }
  for (const auto& [field, value] : content.values) {
    put_number(bytes, field, 2);
    put_value(bytes, value);
  }
  return sha256(bytes);
}

bool is_member(const RecordContent& content, Audience audience) {
  return audience == Audience::kShared || !content.values.empty();
}

ShortHash readable_hash(const RecordContent& shared, const RecordContent& own, Party reader) {
  const Hash shared_hash = content_hash(shared, Audience::kShared);
  const Hash own_hash = content_hash(own, schema::own_audience(reader));
  return shorten(sha256({shared_hash.bytes(), own_hash.bytes()}));
}

ShortHash seen_hash(std::vector<SeenRecord> seen) {
  std::ranges::sort(seen, {}, &SeenRecord::record);
  Bytes bytes;
  for (const SeenRecord& record : seen) {
    bytes += record.record.bytes();
    bytes += record.digest.bytes();
  }
  return shorten(sha256(bytes));
}

ShortHash standing_hash(const std::vector<FollowOne>& dossiers) {
  Bytes bytes;
  for (const FollowOne& one : dossiers) {
    bytes += one.dossier.bytes();
    for (const StreamHead& head : one.heads) {
      if (head.revision.value == 0) continue;
      put_number(bytes, static_cast<std::uint64_t>(head.audience), 1);
      put_number(bytes, head.revision.value, 8);
      bytes += head.chain.bytes();
    }
  }
  return shorten(sha256({"navette standing", bytes}));
}

ShortHash value_hash(const Value& value) {
  Bytes bytes;
  put_value(bytes, schema::is_empty(value) ? Value{} : value);
  return shorten(sha256(bytes));
}

ShortHash seen_sides(const Value& live, const Value& incoming) {
  return shorten(sha256({value_hash(live).bytes(), value_hash(incoming).bytes()}));
}

void move_range(Conflict& conflict, const FieldRef& at, const Delta& delta) {
  const bool placed = conflict.kind == ConflictKind::kText || conflict.kind == ConflictKind::kSalvaged;
  if (placed && conflict.state == ConflictState::kOpen && conflict.at == at)
    conflict.range = moved(conflict.range, delta);
}

}  // namespace navette::sync
