#include "snapshot_cache.hpp"

#include <zstd.h>

#include "navette/server/tuning.hpp"
#include "rows.hpp"

namespace navette::server {

SnapshotCache::Entry SnapshotCache::get(const Key& key, const std::function<Entry()>& build) {
  {
    std::unique_lock lock(mutex_);
    built_.wait(lock, [&] { return !building_.contains(key); });
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return entries_.front().second;
    }
    building_.insert(key);
  }
  struct Built {
    SnapshotCache& cache;
    const Key& key;
    Entry entry;
    ~Built() {
      {
        const std::lock_guard lock(cache.mutex_);
        cache.building_.erase(key);
        if (entry) cache.insert(key, entry);
      }
      cache.built_.notify_all();
    }
  } built{*this, key, nullptr};
  built.entry = build();
  return built.entry;
}

void SnapshotCache::insert(const Key& key, const Entry& entry) {
  if (entry->bytes.size() > max_bytes_) return;
  entries_.emplace_front(key, entry);
  by_key_[key] = entries_.begin();
  bytes_ += entry->bytes.size();
  while (bytes_ > max_bytes_) {
    bytes_ -= entries_.back().second->bytes.size();
    by_key_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

std::optional<std::uint64_t> SnapshotCache::known_size(const Key& key) const {
  const auto& [dossier, audience, head] = key;
  const std::lock_guard lock(mutex_);
  const auto found = sizes_.find({dossier, audience});
  if (found == sizes_.end() || found->second.first != head) return std::nullopt;
  return found->second.second;
}

void SnapshotCache::note_size(const Key& key, std::uint64_t bytes) {
  const auto& [dossier, audience, head] = key;
  const std::lock_guard lock(mutex_);
  sizes_[{dossier, audience}] = {head, bytes};
}

Bytes compressed(BytesView bytes) {
  Bytes out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), tuning::kSnapshotLevel);
  if (ZSTD_isError(size) != 0) refuse(ErrorCode::kInternal, "la compression d'un instantané a échoué");
  out.resize(size);
  out.shrink_to_fit();
  return out;
}

std::optional<Bytes> decompressed(BytesView bytes, std::size_t limit) {
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > limit) return std::nullopt;
  Bytes out(static_cast<std::size_t>(size), '\0');
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != out.size()) return std::nullopt;
  return out;
}

}  // namespace navette::server
