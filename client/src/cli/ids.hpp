// Identifiers as people type them: whole, or their beginning.
#pragma once

#include <string_view>

#include "navette/base/id.hpp"
#include "navette/sync/replica_store.hpp"

namespace navette::client {

// A whole identifier is taken as it is; a beginning of at least 8 characters is looked for. Call inside read() or
// transact(). Errors: kInvalidArgument (not an identifier, or several begin so), kNotFound.
[[nodiscard]] Result<DossierId> find_dossier(sync::ReplicaStore& store, std::string_view typed);
[[nodiscard]] Result<RecordId> find_record(sync::ReplicaStore& store, std::string_view typed);
[[nodiscard]] Result<ConflictId> find_conflict(sync::ReplicaStore& store, std::string_view typed);
[[nodiscard]] Result<RefusalId> find_refusal(sync::ReplicaStore& store, std::string_view typed);

}  // namespace navette::client
