// A server without a network: its store on a real file, its sessions on connections that only remember.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "navette/net/io_runtime.hpp"
#include "navette/server/authority_store.hpp"
#include "navette/server/hub.hpp"
#include "navette/sync/message.hpp"
#include "support/deaf_connection.hpp"
#include "support/temporary_directory.hpp"

namespace navette::fuzz {

using test::DeafConnection;

// Several threads draw from it: the store's writer and the sessions.
class SharedRandom final : public Random {
 public:
  void fill(std::span<unsigned char> out) override {
    for (unsigned char& byte : out) byte = static_cast<unsigned char>(next_++ * 167U >> 3U);
  }

 private:
  std::atomic<unsigned> next_ = 1;
};

class FixedClock final : public Clock {
 public:
  Timestamp now() override { return {1'800'000'000'000}; }
};

// Somebody at a device of theirs.
struct Visitor {
  server::Account account;
  server::Device device;
  ReplicaId replica;
  std::shared_ptr<DeafConnection> connection;
};

class SessionHouse {
 public:
  SessionHouse();
  ~SessionHouse();

  [[nodiscard]] const DossierId& dossier() const { return dossier_; }
  [[nodiscard]] server::AuthorityStore& store() { return *store_; }
  [[nodiscard]] Visitor& visitor(std::size_t index) { return visitors_[index]; }
  void connect(Visitor& visitor);
  // Everything that was asked of the writer is durable and told.
  void settle();

 private:
  void open();

  test::TemporaryDirectory directory_{"navette-fuzz"};
  SharedRandom random_;
  FixedClock clock_;
  server::Hub hub_;
  DossierId dossier_;
  std::unique_ptr<server::AuthorityStore> store_;
  std::vector<Visitor> visitors_;
  net::IoRuntime runtime_;  // last: its threads use all that is above
};

}  // namespace navette::fuzz
