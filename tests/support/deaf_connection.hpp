// A connection without a network, for a session under test.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "navette/net/connection.hpp"
#include "navette/net/io_runtime.hpp"

namespace navette::test {

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

}  // namespace navette::test
