// What people read of an administration command's answer. Each returns the exit code.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "navette/base/bytes.hpp"

namespace navette::server {

[[nodiscard]] int show_import(const nlohmann::json& answer);
[[nodiscard]] int show_dossiers(const nlohmann::json& answer);
[[nodiscard]] int show_code(const nlohmann::json& answer);
[[nodiscard]] int show_accounts(const nlohmann::json& answer);
[[nodiscard]] int show_status(const nlohmann::json& answer);
[[nodiscard]] int show_problems(const nlohmann::json& answer);
[[nodiscard]] int show_backup(const nlohmann::json& answer);
[[nodiscard]] int show_nothing(const nlohmann::json& answer);

// Bytes of a file as JSON can carry them: UTF-8 as it is, anything else read as CP1252.
[[nodiscard]] std::string as_json_text(const Bytes& bytes);

}  // namespace navette::server
