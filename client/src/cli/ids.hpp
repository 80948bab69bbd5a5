// Identifiers as people type them: whole, their beginning or their end.
#pragma once

#include <string_view>

#include "navette/base/id.hpp"
#include "navette/sync/replica_store.hpp"

namespace navette::client {

// A whole identifier is taken as it is; a beginning of at least 8 characters, or an end of at least 6, is looked for.
// Call inside read() or transact(). Errors: kInvalidArgument (not an identifier, or several are so), kNotFound.
[[nodiscard]] Result<DossierId> find_dossier(sync::ReplicaStore& store, std::string_view typed);
[[nodiscard]] Result<RecordId> find_record(sync::ReplicaStore& store, std::string_view typed);
[[nodiscard]] Result<ConflictId> find_conflict(sync::ReplicaStore& store, std::string_view typed);
[[nodiscard]] Result<RefusalId> find_refusal(sync::ReplicaStore& store, std::string_view typed);

}  // namespace navette::client
