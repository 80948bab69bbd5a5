// What people call a contract, a record, a field: identifiers are for programs.
#pragma once

#include <string>
#include <vector>

#include "navette/sync/replica_store.hpp"

namespace navette::client {

// The establishment's name; of its first site where the référentiel gives none. "" for a contract that is not here.
[[nodiscard]] std::string dossier_name(const std::vector<sync::RecordRow>& records);
[[nodiscard]] std::string dossier_name(sync::ReplicaStore& store, const DossierId& dossier);  // inside a transaction

// « engagement n° 3 · Objectif opérationnel »; without a field, the record alone. Inside a transaction.
[[nodiscard]] std::string place_label(sync::ReplicaStore& store, const sync::FieldRef& at);

}  // namespace navette::client
