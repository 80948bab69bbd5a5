// The revisions kept for a restore of the server. A block of 64 that is complete is packed into one row: revisions of
// one author and one field say nearly the same things.
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <map>

#include "columns.hpp"
#include "state.hpp"

namespace navette::client {
namespace {

using sync::Audience;
using sync::RevisionEnvelope;

// Sixty-four small revisions are some ten kilobytes: enough for zstd, little to unpack for one of them.
constexpr std::uint64_t kBlockRevisions = 64;
// Higher levels gain nothing on so little.
constexpr int kLevel = 6;
// Larger blocks stay loose: large revisions are large texts, each compresses little by the others. What unpacks to more
// is damage.
constexpr std::size_t kBlockBytes = 1024 * 1024;
constexpr std::size_t kLengthBytes = 4;

using Block = std::map<std::uint64_t, RevisionEnvelope>;  // by number

// SQLite's numbers are signed; nobody counts so far.
std::int64_t number_of(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
}

// Nothing: too large.
Bytes packed(const Block& block) {
  Bytes plain;
  for (const auto& [number, envelope] : block) {
    const Bytes bytes = sync::encode(envelope);
    for (std::size_t i = 0; i < kLengthBytes; ++i) plain += static_cast<char>(bytes.size() >> (8 * i));
    plain += bytes;
    if (plain.size() > kBlockBytes) return {};
  }
  Bytes out(ZSTD_compressBound(plain.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), kLevel);
  if (ZSTD_isError(size) != 0) {
    throw sync::StoreFailure{{ErrorCode::kInternal, "la mémoire manque pour ranger des révisions"}};
  }
  out.resize(size);
  return out;
}

Block unpacked(BytesView bytes) {
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kBlockBytes) {
    Row::corrupt("révisions gardées illisibles");
  }
  Bytes plain(static_cast<std::size_t>(size), '\0');
  const std::size_t got = ZSTD_decompress(plain.data(), plain.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != plain.size()) Row::corrupt("révisions gardées illisibles");
  Block block;
  for (BytesView rest = plain; !rest.empty();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes && i < rest.size(); ++i) {
      length |= std::size_t{static_cast<unsigned char>(rest[i])} << (8 * i);
    }
    if (rest.size() < kLengthBytes || length > rest.size() - kLengthBytes) Row::corrupt("révision gardée trop courte");
    auto envelope = sync::decode<RevisionEnvelope>(rest.substr(kLengthBytes, length));
    if (!envelope) Row::corrupt(envelope.error().message);
    block[envelope->number.value] = std::move(*envelope);
    rest.remove_prefix(kLengthBytes + length);
  }
  return block;
}

// One stream's kept revisions. The caller holds the transaction.
class KeptStream {
 public:
  using Query = std::function<sql::Statement(std::string_view)>;

  KeptStream(Query query, const DossierId& dossier, Audience audience)
      : query_(std::move(query)), dossier_(dossier), audience_(audience) {}

  [[nodiscard]] Block block(std::uint64_t number) const {
    auto query =
        bound("SELECT envelopes FROM sync_kept_block WHERE dossier = ? AND audience = ? AND block = ?", number);
    return query.step() ? unpacked(query.blob(0)) : Block{};
  }
  // False: it is too large, and nothing was done.
  [[nodiscard]] bool put_block(std::uint64_t number, const Block& block) const {
    const Bytes bytes = packed(block);
    if (bytes.empty()) return false;
    auto change =
        query_("INSERT OR REPLACE INTO sync_kept_block (dossier, audience, block, envelopes) VALUES (?, ?, ?, ?)");
    Binder(change).add(dossier_).add(audience_).add(number_of(number)).blob(bytes);
    change.run();
    return true;
  }
  void drop_block(std::uint64_t number) const {
    bound("DELETE FROM sync_kept_block WHERE dossier = ? AND audience = ? AND block = ?", number).run();
  }
  // Those not yet in a block, after a number; `most` of them.
  [[nodiscard]] Block loose(Revision after, std::size_t most) const {
    auto query = query_(
        "SELECT envelope FROM sync_kept WHERE dossier = ? AND audience = ? AND number > ? ORDER BY number LIMIT ?");
    Binder(query).add(dossier_).add(audience_).add(number_of(after.value)).add(number_of(most));
    Block found;
    while (query.step()) {
      auto envelope = Row(query).decoded<RevisionEnvelope>();
      found[envelope.number.value] = std::move(envelope);
    }
    return found;
  }
  // Puts a block together, unless it is too large.
  void pack(std::uint64_t number) const {
    const std::uint64_t begin = number * kBlockRevisions;
    const std::uint64_t last = begin + kBlockRevisions - 1;
    auto weight = query_(
        "SELECT sum(length(envelope)) FROM sync_kept WHERE dossier = ? AND audience = ? AND number BETWEEN ? AND ?");
    Binder(weight).add(dossier_).add(audience_).add(number_of(begin)).add(number_of(last));
    if (!weight.step() || weight.integer(0) > static_cast<std::int64_t>(kBlockBytes)) return;
    Block whole = block(number);
    for (auto& [at, envelope] : loose(Revision{begin == 0 ? 0 : begin - 1}, kBlockRevisions)) {
      if (at <= last) whole[at] = std::move(envelope);
    }
    if (!put_block(number, whole)) return;
    auto change = query_("DELETE FROM sync_kept WHERE dossier = ? AND audience = ? AND number BETWEEN ? AND ?");
    Binder(change).add(dossier_).add(audience_).add(number_of(begin)).add(number_of(last));
    change.run();
  }
  sql::Statement bound(std::string_view text, std::uint64_t number) const {
    auto statement = query_(text);
    Binder(statement).add(dossier_).add(audience_).add(number_of(number));
    return statement;
  }

 private:
  Query query_;
  DossierId dossier_;
  Audience audience_;
};

}  // namespace

void SqliteReplicaStore::keep(const DossierId& dossier, Audience audience, const RevisionEnvelope& envelope) {
  auto change =
      state_->change("INSERT OR REPLACE INTO sync_kept (dossier, audience, number, envelope) VALUES (?, ?, ?, ?)");
  Binder(change).add(dossier).add(audience).add(envelope.number).blob(sync::encode(envelope));
  change.run();
  if ((envelope.number.value + 1) % kBlockRevisions != 0) return;
  const KeptStream stream([&](std::string_view text) { return state_->change(text); }, dossier, audience);
  stream.pack(envelope.number.value / kBlockRevisions);
}

std::vector<RevisionEnvelope> SqliteReplicaStore::kept(const DossierId& dossier, Audience audience, Revision after,
                                                       std::size_t most) {
  const KeptStream stream([&](std::string_view text) { return state_->query(text); }, dossier, audience);
  Block found = stream.loose(after, most);
  auto blocks = stream.bound(
      "SELECT block, envelopes FROM sync_kept_block WHERE dossier = ? AND audience = ? AND block >= ? ORDER BY block",
      after.value / kBlockRevisions);
  std::size_t in_order = 0;  // found and before the next block
  while (in_order < most && blocks.step()) {
    for (auto& [number, envelope] : unpacked(blocks.blob(1))) {
      if (number > after.value) found.try_emplace(number, std::move(envelope));
    }
    const auto next = (static_cast<std::uint64_t>(blocks.integer(0)) + 1) * kBlockRevisions;
    in_order = static_cast<std::size_t>(std::distance(found.begin(), found.lower_bound(next)));
  }
  std::vector<RevisionEnvelope> all;
  for (auto& [number, envelope] : found) {
    if (all.size() == most) break;
    all.push_back(std::move(envelope));
  }
  return all;
}

void SqliteReplicaStore::forget_kept(const DossierId& dossier, Audience audience, Revision up_to) {
  const KeptStream stream([&](std::string_view text) { return state_->change(text); }, dossier, audience);
  stream.bound("DELETE FROM sync_kept WHERE dossier = ? AND audience = ? AND number <= ?", up_to.value).run();
  const std::uint64_t torn = up_to.value / kBlockRevisions;  // the block of which some may stay
  stream.bound("DELETE FROM sync_kept_block WHERE dossier = ? AND audience = ? AND block < ?", torn).run();
  Block left = stream.block(torn);
  if (left.empty() || left.begin()->first > up_to.value) return;
  left.erase(left.begin(), left.upper_bound(up_to.value));
  if (left.empty()) return stream.drop_block(torn);
  (void)stream.put_block(torn, left);  // fits: it is smaller than it was
}

}  // namespace navette::client
