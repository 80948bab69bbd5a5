// Keeps a replica in step with its server: dials, runs sessions, comes back after a loss. Owns the replica while it
// lives; everything below `strand_` happens there, one thing at a time.
//
//   resting → dialling → in session → (lost: resting, with a delay) … → finished
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "navette/net/client.hpp"
#include "navette/net/local_bell.hpp"
#include "navette/os/file_lock.hpp"
#include "navette/sync/replica_session.hpp"
#include "replica/open_replica.hpp"
#include "sync/backoff.hpp"
#include "sync/event.hpp"
#include "sync/link.hpp"
#include "sync/watch_post.hpp"

namespace navette::client {

enum class SyncMode : std::uint8_t { kOneShot, kWatch };

class Syncer {
 public:
  // `listener` is called on the strand.
  Syncer(OpenReplica replica, ReplicaDirectory directory, net::ClientOptions options, SyncMode mode,
         SyncListener listener);
  ~Syncer();
  Syncer(const Syncer&) = delete;
  Syncer& operator=(const Syncer&) = delete;

  // ---- any thread
  // Before start(), of a watcher: hears when other programs write here. REQUIRES: the lock of the one that syncs.
  [[nodiscard]] Result<> hang_bell();
  void start();
  // In good order; wait() returns then. A one shot that had not finished was interrupted, and says so.
  void stop();
  // Until everything is exchanged (one shot), or until stopped or turned away (watch).
  [[nodiscard]] SyncOutcome wait();
  [[nodiscard]] net::IoRuntime& network() { return network_; }
  [[nodiscard]] WatchPost& post() { return post_; }
  void end_threads();  // after wait(); not on one of them. Idempotent
  // REQUIRES: after end_threads(), or in the listener.
  [[nodiscard]] OpenReplica& replica() { return replica_; }

 private:
  using Clock = std::chrono::steady_clock;

  // ---- connection (syncer.cpp)
  void dial();
  void on_connected(Result<std::shared_ptr<net::Connection>> connected);
  void on_closed(std::optional<Error> error);
  void lost(const Error& error);
  void come_back(const Error& error, std::chrono::milliseconds delay);
  void give_up(const Error& error);
  void finish(SyncOutcome outcome);
  void end();
  void check_stall();
  [[nodiscard]] bool out_of_patience(std::chrono::milliseconds delay) const;

  // ---- session (syncer_session.cpp)
  void on_batch(std::vector<sync::Message> batch);
  void process(const std::vector<sync::Message>& batch);
  void perform(sync::Step step);
  void push();
  void check_settled();
  void serve_tickets();
  [[nodiscard]] bool ask_barrier();
  void note_refusals();
  void note_progress(bool always);
  void send_report();
  void remember_exchange(bool at_once);
  void fail_session(const Error& error);
  void look();

  OpenReplica replica_;
  ReplicaDirectory directory_;
  net::ClientOptions options_;
  SyncMode mode_;
  SyncListener listener_;
  os::SystemRandom random_;
  Backoff backoff_;
  WatchPost post_;
  std::promise<SyncOutcome> finished_;

  // ---- of the strand
  std::optional<SyncOutcome> outcome_;  // set: on the way out
  bool ended_ = false;
  bool dialling_ = false;
  net::Timer rest_;
  Clock::time_point started_;
  int tries_ = 0;
  int renewals_ = 0;

  std::shared_ptr<Link> link_;
  std::unique_ptr<sync::ReplicaSession> session_;
  std::optional<os::FileLock> live_;  // held while a watcher's session is live: commands freeze what they write
  ReplicaId self_;
  bool welcomed_ = false;
  bool caught_up_told_ = false;
  bool report_due_ = false;
  std::optional<sync::Goodbye> goodbye_;
  std::optional<Error> failure_;  // ours: what ended the session
  std::vector<sync::Message> held_;
  bool holding_ = false;  // the server asked for patience before going on
  std::uint64_t session_number_ = 0;
  std::size_t repairs_awaited_ = 0;
  std::uint64_t repairs_ = 0;
  Clock::time_point session_began_;
  Clock::time_point last_heard_;
  Clock::time_point progress_told_;

  std::set<RefusalId> known_refusals_;
  std::string last_sync_;
  Clock::time_point last_sync_stored_;
  std::uint64_t ticket_ = 0;  // the newest asked for
  std::uint64_t served_ = 0;
  std::uint64_t barrier_ = 0;  // asked in this session: what the server had before comes before its answer
  std::uint64_t barrier_answered_ = 0;

  net::IoRuntime network_{1};  // never waits for the disk
  net::IoRuntime disk_{1};
  net::Strand strand_ = disk_.make_strand();
  std::unique_ptr<net::LocalBell> bell_;
};

}  // namespace navette::client
