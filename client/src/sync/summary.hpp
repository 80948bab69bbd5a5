// Where this replica stands, in numbers.
#pragma once

#include <optional>
#include <string>

#include "replica/open_replica.hpp"

namespace navette::client {

struct Summary {
  std::size_t dossiers = 0;
  std::size_t behind = 0;  // dossiers that never were complete here
  sync::WorkCounts work;   // all dossiers together
  std::optional<Timestamp> oldest_outbox;
  std::optional<EpochId> epoch;
  std::string last_sync;  // ISO, UTC; empty: never

  // Something that waits for a decision.
  [[nodiscard]] bool waits() const { return work.conflicts + work.refusals != 0; }
};

inline constexpr std::string_view kLastSyncMeta = "last_sync";

[[nodiscard]] Result<Summary> summarise(OpenReplica& replica);

}  // namespace navette::client
