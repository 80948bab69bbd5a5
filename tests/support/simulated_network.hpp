// The network of one process without a network: strands that run when they are told to, and connections between them.
//
// net::Strand and net::Timer are defined here for the programs that link it, instead of those over Asio.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "navette/base/clock.hpp"
#include "navette/net/connection.hpp"

namespace navette::test {

// Tasks in an order that only the seed decides: what other threads post comes after what its owner posted before
// it let them run. Created, run and destroyed by one thread.
class EventLoop {
 public:
  EventLoop() : owner_(std::this_thread::get_id()) {}

  void post(net::Task task);  // thread: any
  void run_after(std::chrono::milliseconds delay, net::Task task);
  // One round of what is due; false: nothing was. REQUIRES: the other threads rest.
  bool run(Timestamp now);
  void drop();  // what is left never runs
  [[nodiscard]] net::Strand strand();

 private:
  std::thread::id owner_;
  std::mutex mutex_;
  std::deque<net::Task> own_, of_others_;
  std::multimap<Timestamp, net::Task> timers_;  // those of one moment in the order they were set
  Timestamp now_;
};

// The server's end of a connection; the simulator is the other one.
class SimulatedConnection final : public net::Connection {
 public:
  explicit SimulatedConnection(EventLoop& loop) : loop_(loop) {}

  void start(net::ConnectionHandlers handlers) override { handlers_ = std::move(handlers); }
  Result<> send(Bytes frame) override;
  void close(net::CloseCode code, std::string text) override;
  void cut() override { close(net::CloseCode::kNormal, ""); }
  void pause_reading() override {}
  void resume_reading() override {}
  [[nodiscard]] std::size_t queued_bytes() const override { return queued_bytes_; }
  [[nodiscard]] std::uint64_t bytes_in() const override { return 0; }
  [[nodiscard]] std::uint64_t bytes_out() const override { return 0; }
  [[nodiscard]] const net::PeerIdentity& peer() const override { return peer_; }
  [[nodiscard]] net::Strand strand() const override { return loop_.strand(); }

  // ---- the other end
  void arrive(const Bytes& frame);
  void end();  // the other end is gone; once
  [[nodiscard]] std::deque<Bytes> take();
  [[nodiscard]] bool open() const { return !closed_; }
  [[nodiscard]] std::size_t most_queued() const { return most_queued_; }

 private:
  EventLoop& loop_;
  net::ConnectionHandlers handlers_;
  net::PeerIdentity peer_;
  std::deque<Bytes> sent_;
  std::size_t queued_bytes_ = 0;
  std::size_t most_queued_ = 0;
  bool closed_ = false;
};

}  // namespace navette::test
