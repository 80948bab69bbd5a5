// What people read of an administration command's answer. Each returns the exit code.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace navette::server {

[[nodiscard]] int show_import(const nlohmann::json& answer);
[[nodiscard]] int show_dossiers(const nlohmann::json& answer);
[[nodiscard]] int show_code(const nlohmann::json& answer);
[[nodiscard]] int show_accounts(const nlohmann::json& answer);
[[nodiscard]] int show_status(const nlohmann::json& answer);
[[nodiscard]] int show_problems(const nlohmann::json& answer);
[[nodiscard]] int show_backup(const nlohmann::json& answer);
[[nodiscard]] int show_nothing(const nlohmann::json& answer);

}  // namespace navette::server
