// Compressed snapshots by (dossier, audience, head), bounded in bytes. Thread: any.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <tuple>

#include "navette/server/store_types.hpp"

namespace navette::server {

class SnapshotCache {
 public:
  using Key = std::tuple<DossierId, Audience, Revision>;
  using Entry = std::shared_ptr<const CachedSnapshot>;

  explicit SnapshotCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // The entry, made by `build` if needed; others who want the same one meanwhile wait for it. `build` may throw.
  [[nodiscard]] Entry get(const Key& key, const std::function<Entry()>& build);
  // The estimated size of a snapshot at that head, if it was noted. Of that head only, and never of what `get` made: a
  // reader must not see in it who else asked for that stream, and when.
  [[nodiscard]] std::optional<std::uint64_t> known_size(const Key& key) const;
  void note_size(const Key& key, std::uint64_t bytes);  // forgets that of another head of the stream

 private:
  void insert(const Key& key, const Entry& entry);  // REQUIRES: mutex_ held

  mutable std::mutex mutex_;
  std::condition_variable built_;
  std::set<Key> building_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::list<std::pair<Key, Entry>> entries_;  // the last used first
  std::map<Key, std::list<std::pair<Key, Entry>>::iterator> by_key_;
  std::map<std::pair<DossierId, Audience>, std::pair<Revision, std::uint64_t>> sizes_;
};

// zstd. Throws sql::Failure (kInternal) when memory lacks.
[[nodiscard]] Bytes compressed(BytesView bytes);
// Nothing: that is no frame, or it would hold more than `limit`.
[[nodiscard]] std::optional<Bytes> decompressed(BytesView bytes, std::size_t limit);

}  // namespace navette::server
