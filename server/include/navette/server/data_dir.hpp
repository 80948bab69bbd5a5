// The data directory of a server: certificates and keys beside the store. Made by `init`, mode 0700.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "navette/net/identity.hpp"
#include "navette/server/authority_store.hpp"

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
// In place of the present ones. A crash leaves the former pair or the new one.
[[nodiscard]] Result<void> save_server_credentials(const std::filesystem::path& path, const net::Credentials& server);
// Errors: kNotFound when `init` was not run there.
[[nodiscard]] Result<DataDir> open_data_dir(const std::filesystem::path& path);
// Its store, for whoever serves or administers it. Errors: those of AuthorityStore; kCorrupt when the database that
// `init` made is gone or empty. `random` outlives the store.
[[nodiscard]] Result<std::unique_ptr<AuthorityStore>> open_store(const DataDir& data, Random& random);

}  // namespace navette::server
