// Steps that the commands about fields and the batch share.
#pragma once

#include <string>

#include "replica/open_replica.hpp"

namespace navette::client {

[[nodiscard]] Result<sync::FieldRef> locate(OpenReplica& replica, const std::string& record, const std::string& field);
[[nodiscard]] Result<sync::Shown> shown_value(OpenReplica& replica, const sync::FieldRef& at);
[[nodiscard]] const schema::Field* field_of(const sync::FieldRef& at);
[[nodiscard]] Result<RecordId> record_in(OpenReplica& replica, const std::string& record);
[[nodiscard]] Result<DossierId> dossier_in(OpenReplica& replica, const std::string& dossier);
// An empty field: the whole record.
[[nodiscard]] Result<void> discard_in(OpenReplica& replica, const std::string& record, const std::string& field);

}  // namespace navette::client
