// What stands where in the directory of a replica.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "navette/base/error.hpp"
#include "navette/net/client.hpp"

namespace navette::client {

struct ServerRecord {
  std::string url;   // wss://HOST:PORT
  std::string name;  // of the agency
};

struct ReplicaDirectory {
  std::filesystem::path path;

  [[nodiscard]] std::filesystem::path database() const { return path / "replica.sqlite"; }
  [[nodiscard]] std::filesystem::path key() const { return path / "device.key"; }
  [[nodiscard]] std::filesystem::path certificate() const { return path / "device.pem"; }
  [[nodiscard]] std::filesystem::path authority() const { return path / "authority.pem"; }
  [[nodiscard]] std::filesystem::path server() const { return path / "server.json"; }
  [[nodiscard]] std::filesystem::path sync_lock() const { return path / "sync.lock"; }      // one sync session
  [[nodiscard]] std::filesystem::path live_lock() const { return path / "live.lock"; }      // held while live
  [[nodiscard]] std::filesystem::path watch_socket() const { return path / "watch.sock"; }  // of the one that watches
  [[nodiscard]] std::filesystem::path bell() const { return path / "bell.sock"; }  // rung when something was written

  // The certificate is written last: without it the enrolment may be repeated.
  [[nodiscard]] bool enrolled() const;
};

// "wss://HOST:PORT". Errors: kInvalidArgument.
[[nodiscard]] Result<net::Endpoint> parse_server_url(std::string_view url);

[[nodiscard]] Result<ServerRecord> read_server(const ReplicaDirectory& directory);
[[nodiscard]] Result<void> write_server(const ReplicaDirectory& directory, const ServerRecord& server);

// How this device dials its server. Errors: kNotFound for a directory that was never enrolled.
[[nodiscard]] Result<net::ClientOptions> dialling(const ReplicaDirectory& directory);

}  // namespace navette::client
