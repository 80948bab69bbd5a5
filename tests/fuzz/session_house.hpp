// A server without a network: its store on a real file, its sessions on connections that only remember.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "navette/net/connection.hpp"
#include "navette/net/io_runtime.hpp"
#include "navette/server/authority_store.hpp"
#include "navette/server/hub.hpp"
#include "navette/sync/message.hpp"
#include "support/temporary_directory.hpp"

namespace navette::fuzz {

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

// What a session says is kept as frames; what is said to it is handed over on its strand.
class DeafConnection final : public net::Connection {
 public:
  explicit DeafConnection(net::Strand strand) : strand_(std::move(strand)) {}

  void start(net::ConnectionHandlers handlers) override { handlers_ = std::move(handlers); }
  Result<> send(Bytes frame) override;
  void close(net::CloseCode, std::string) override { closed_ = true; }
  void cut() override { closed_ = true; }
  void pause_reading() override {}
  void resume_reading() override {}
  [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
  [[nodiscard]] std::uint64_t bytes_in() const override { return 0; }
  [[nodiscard]] std::uint64_t bytes_out() const override { return 0; }
  [[nodiscard]] const net::PeerIdentity& peer() const override { return peer_; }
  [[nodiscard]] net::Strand strand() const override { return strand_; }

  void hear(Bytes frame);  // returns once the session has dealt with it
  void end();              // likewise; no frame may follow
  void wait();             // for what was posted before
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] std::vector<Bytes> take();

 private:
  net::Strand strand_;
  net::PeerIdentity peer_;
  net::ConnectionHandlers handlers_;
  std::mutex mutex_;
  std::vector<Bytes> frames_;
  std::atomic<bool> closed_ = false;
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
