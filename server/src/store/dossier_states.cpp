#include "dossier_states.hpp"

#include <algorithm>

#include "rows.hpp"

namespace navette::server {

sync::DossierState& DossierStates::of(sql::Database& database, const DossierId& dossier) {
  of_job_.push_back(dossier);
  of_batch_.push_back(dossier);
  if (const auto found = by_id_.find(dossier); found != by_id_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().state;
  }
  auto state = rows_.load(database, dossier);
  if (!state) refuse(ErrorCode::kNotFound, "ce dossier n'existe pas sur le serveur");
  const std::size_t bytes = weight_of(*state);
  entries_.push_front({dossier, std::move(*state), bytes});
  bytes_ += bytes;
  by_id_[dossier] = entries_.begin();
  while (bytes_ > most_bytes_ && entries_.size() > 1) drop(entries_.back().dossier);
  return entries_.front().state;
}

void DossierStates::end_batch() {
  std::ranges::sort(of_batch_);
  const auto twice = std::ranges::unique(of_batch_);
  of_batch_.erase(twice.begin(), twice.end());
  for (const DossierId& dossier : of_batch_) {
    const auto found = by_id_.find(dossier);
    if (found == by_id_.end()) continue;
    Entry& entry = *found->second;
    const std::size_t bytes = weight_of(entry.state);
    bytes_ += bytes - entry.bytes;
    entry.bytes = bytes;
  }
  of_batch_.clear();
  while (bytes_ > most_bytes_ && entries_.size() > 1) drop(entries_.back().dossier);
}

void DossierStates::drop_job() {
  for (const DossierId& dossier : of_job_) drop(dossier);
  of_job_.clear();
}

void DossierStates::drop_batch() {
  for (const DossierId& dossier : of_batch_) drop(dossier);
  of_batch_.clear();
}

void DossierStates::drop(const DossierId& dossier) {
  const auto found = by_id_.find(dossier);
  if (found == by_id_.end()) return;
  const auto entry = found->second;  // `dossier` may be that entry's own
  bytes_ -= entry->bytes;
  by_id_.erase(found);
  entries_.erase(entry);
}

}  // namespace navette::server
