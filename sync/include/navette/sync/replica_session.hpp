// The replica's side of one connection: which message follows which. No I/O: the shell carries the messages.
//
//   hello → welcome, scope → follow → (totals, snapshots, revisions, caught-up)* → live: push ⇄ receipt, revisions
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "navette/sync/replica.hpp"

namespace navette::sync {

struct Progress {
  std::size_t dossiers = 0;       // followed
  std::size_t dossiers_done = 0;  // caught up in this session
  std::uint64_t bytes = 0;        // announced by the server, before compression
  std::uint64_t bytes_done = 0;
};

// What a batch of messages led to.
struct Step {
  std::vector<Message> send;
  std::vector<HistoryReply> histories;
  std::vector<Presence> presences;
  std::optional<Goodbye> goodbye;
  std::optional<Welcome> welcome;
  std::size_t repairs = 0;
  bool changed = false;  // something that a person sees changed
};

class ReplicaSession {
 public:
  ReplicaSession(const schema::Schema& schema, Replica& replica, ReplicaStore& store, std::string software);

  // The first message.
  [[nodiscard]] Result<Message> hello();
  // All messages that arrived together, in one transaction. An error ends the session; what was applied before stays.
  [[nodiscard]] Result<Step> receive(const std::vector<Message>& batch, Timestamp now);
  // Pushes that may go now: frozen, one per dossier that has caught up; and, once live, what verify() doubts is asked
  // for. The caller makes the freeze durable before the
  // first byte leaves. Call after receive() and after every local change.
  [[nodiscard]] Result<std::vector<Message>> pushes(Timestamp now);

  [[nodiscard]] bool live() const { return state_ == State::kLive; }  // every followed dossier has caught up
  // Live, and nothing is left to push or to be answered.
  [[nodiscard]] bool settled() const;
  [[nodiscard]] const Progress& progress() const { return progress_; }
  [[nodiscard]] std::size_t outstanding() const { return sent_.size(); }

 private:
  enum class State : std::uint8_t { kHello, kScope, kCatchingUp, kLive };

  Result<void> handle(const Message& message, Step& step, Timestamp now);
  Result<void> handle(const Welcome& welcome, Step& step, Timestamp now);
  void handle(const Scope& scope, Step& step, Timestamp now);
  Result<void> handle(const Unchanged& unchanged, Step& step);
  void handle(const CaughtUp& caught_up, Step& step);
  Result<void> handle(const Goodbye& goodbye, Step& step);
  void compare_digests(Step& step);
  [[nodiscard]] Kept kept_after(const AskKept& ask);
  [[nodiscard]] Result<bool> has_pushes();
  [[nodiscard]] std::size_t sent_bytes() const;

  const schema::Schema& schema_;
  Replica& replica_;
  ReplicaStore& store_;
  std::string software_;
  State state_ = State::kHello;
  bool restored_ = false;
  bool stood_ = false;                     // the server was told where this replica stands in all that it follows
  std::set<DossierId> awaited_;            // not caught up yet
  std::set<DossierId> ready_;              // pushes are welcome
  std::set<RefusalId> settled_sent_;       // told to the server, not confirmed yet
  std::map<DossierId, std::size_t> sent_;  // unanswered pushes and their bytes
  std::map<std::pair<DossierId, Audience>, int> repairs_;  // asked in this session: a mismatch never loops
  std::set<std::pair<DossierId, Audience>> doubts_asked_;
  bool work_left_ = true;
  Progress progress_;
};

}  // namespace navette::sync
