// The least server that a replica can talk to: one dossier, in memory, everybody a correspondent of its structure.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "navette/net/server.hpp"
#include "navette/os/system.hpp"
#include "navette/sync/authority.hpp"
#include "navette/sync/frame.hpp"

namespace navette::test {

class MiniServer {
 public:
  MiniServer(net::ServerOptions options, std::vector<sync::SeedRecord> records);
  ~MiniServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] DossierId dossier() const { return dossier_; }
  [[nodiscard]] std::size_t hellos() const;
  [[nodiscard]] std::vector<sync::Report> reports() const;
  // The next one who says hello gets this instead of a welcome.
  void turn_away(const sync::Goodbye& goodbye);
  void cut_all();  // as a network that fails

 private:
  struct Peer;
  struct Memory;
  void take(const std::shared_ptr<net::Connection>& connection);
  void hear(Peer& peer, const sync::Message& message);
  void follow(Peer& peer, const sync::FollowOne& one);
  void push(Peer& peer, const Bytes& encoded);
  static void say(Peer& peer, const std::vector<sync::Message>& batch);

  os::SystemClock clock_;
  os::SystemRandom random_;
  sync::Authority authority_;
  DossierId dossier_;
  EpochId epoch_;

  mutable std::mutex mutex_;  // of what follows: frames come on several threads
  sync::DossierState state_;
  std::unique_ptr<Memory> memory_;
  std::map<sync::Audience, std::vector<sync::RevisionEnvelope>> revisions_;
  std::set<std::shared_ptr<Peer>> peers_;
  std::deque<sync::Goodbye> goodbyes_;
  std::vector<sync::Report> reports_;
  std::size_t hellos_ = 0;

  std::uint16_t port_ = 0;
  std::unique_ptr<net::Server> server_;
};

}  // namespace navette::test
