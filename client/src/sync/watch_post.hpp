// What the programs of one replica say to the one that watches, over its local socket: JSON, one request, one reply.
//   {"op":"status"}                                             → {"connected","last_sync"}
//   {"op":"sync"}               exchange now                    → {"ticket"}
//   {"op":"result","ticket"}    how that went                   → {"done"} and, once done, {"code","message"}
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "navette/base/bytes.hpp"
#include "replica/directory.hpp"

namespace navette::client {

struct WatchStatus {
  bool connected = false;
  std::string last_sync;  // empty: never
};
struct SyncOutcome {
  int code = 0;
  std::string message;       // French, for a failure
  bool interrupted = false;  // by the person, not by the network
};

// Something was written here. Nobody watches: no matter.
void wake_watcher(const ReplicaDirectory& directory);
// Whether a program is in a live session for this replica right now: what is written here leaves at once.
[[nodiscard]] bool somebody_sends(const ReplicaDirectory& directory);

// ---- asking. A watcher that is not there or does not answer is no error for the status.
[[nodiscard]] std::optional<WatchStatus> ask_watcher(const ReplicaDirectory& directory);
// Waits for an exchange of the watcher. Errors: kUnreachable when nobody watches (any more).
[[nodiscard]] Result<SyncOutcome> sync_by_watcher(const ReplicaDirectory& directory);

// ---- answering. Thread: any.
class WatchPost {
 public:
  // `sync` is called outside the lock, on the thread of the local socket.
  explicit WatchPost(std::function<void(std::uint64_t ticket)> sync) : sync_(std::move(sync)) {}

  [[nodiscard]] Bytes answer(const Bytes& request);

  void set_status(WatchStatus status);
  // All tickets up to this one are served.
  void settle(std::uint64_t ticket, SyncOutcome outcome);

 private:
  std::function<void(std::uint64_t ticket)> sync_;
  std::mutex mutex_;  // of what follows
  WatchStatus status_;
  std::uint64_t tickets_ = 0;
  std::uint64_t served_ = 0;
  SyncOutcome outcome_;
};

}  // namespace navette::client
