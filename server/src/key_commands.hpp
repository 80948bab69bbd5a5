// Commands about keys that need no server, and how the others' answers are shown.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace navette::server {

// A certificate to encrypt backups to, and its key. Neither file may be there already.
int make_recipient_files(const std::string& name, const std::string& certificate_path, const std::string& key_path);
int show_rotated(const nlohmann::json& answer);

}  // namespace navette::server
