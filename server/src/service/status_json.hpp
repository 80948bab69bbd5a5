// What administrators see, as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "navette/server/hub.hpp"
#include "navette/server/store_types.hpp"

namespace navette::server {

[[nodiscard]] nlohmann::json status_json(const StoreStatus& status, const std::vector<LiveDevice>& live, Timestamp now,
                                         bool serving);
// "2026-11-22T10:44:05Z"
[[nodiscard]] std::string iso_time(Timestamp time);

}  // namespace navette::server
