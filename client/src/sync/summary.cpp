#include "sync/summary.hpp"

#include <algorithm>

namespace navette::client {

Result<Summary> summarise(OpenReplica& replica) {
  sync::ReplicaStore& store = replica.store();
  return read_one<Summary>(store, [&]() -> Result<Summary> {
    Summary summary;
    for (const sync::DossierRow& row : store.dossiers()) {
      ++summary.dossiers;
      if (row.followed && !row.caught_up) ++summary.behind;
      summary.work.conflicts += replica.engine().undecided(row.id);
    }
    for (const DossierId& id : store.dossiers_with_work()) {
      const sync::WorkCounts counts = replica.engine().counts(id);
      summary.work.drafts += counts.drafts;
      summary.work.outbox += counts.outbox;
      if (const auto outbox = store.outbox(id)) {
        summary.oldest_outbox = std::min(summary.oldest_outbox.value_or(outbox->frozen_at), outbox->frozen_at);
      }
    }
    summary.work.refusals = store.refusals().size();
    if (const auto epoch = store.meta("epoch"); epoch && !epoch->empty()) {
      NAVETTE_ASSIGN(summary.epoch, EpochId::from_bytes(*epoch));
    }
    summary.last_sync = store.meta(kLastSyncMeta).value_or("");
    return summary;
  });
}

}  // namespace navette::client
