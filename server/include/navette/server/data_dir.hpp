// The data directory of a server: certificates and keys beside the store. Made by `init`, mode 0700.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "navette/net/identity.hpp"

namespace navette::server {

struct DataDir {
  std::filesystem::path path;
  std::string name;            // of the agency
  net::Credentials authority;  // certificate authority of the devices
  net::Credentials server;

  [[nodiscard]] std::filesystem::path control_socket() const { return path / "control.sock"; }
};

// Errors: kConflict when the directory holds a server already.
[[nodiscard]] Result<void> init_data_dir(const std::filesystem::path& path, const std::string& name,
                                         const std::vector<std::string>& hosts, Timestamp now);
// Errors: kNotFound when `init` was not run there.
[[nodiscard]] Result<DataDir> open_data_dir(const std::filesystem::path& path);

}  // namespace navette::server
