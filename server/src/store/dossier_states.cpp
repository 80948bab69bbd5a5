#include "dossier_states.hpp"

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
  entries_.push_front({dossier, std::move(*state)});
  by_id_[dossier] = entries_.begin();
  while (entries_.size() > capacity_) drop(entries_.back().dossier);
  return entries_.front().state;
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
  by_id_.erase(found);
  entries_.erase(entry);
}

}  // namespace navette::server
