// Deciding a conflict: what the command and the batch share.
#pragma once

#include <optional>
#include <string>

#include "replica/open_replica.hpp"

namespace navette::client {

// `take`: "committed", "incoming", "suggestion"; otherwise `paragraph` replaces the paragraph shown.
[[nodiscard]] Result<void> decide(OpenReplica& replica, const std::string& conflict, const std::string& take,
                                  const std::optional<std::string>& paragraph);

}  // namespace navette::client
