// One connected replica: what it may follow, what it has been sent, what it pushes.
//
// Owned by its connection's handlers. Everything but the Follower members runs on the connection's strand; those only
// queue. What several commits have to say while the strand is busy leaves as one batch.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "navette/base/token_bucket.hpp"
#include "navette/net/connection.hpp"
#include "navette/server/authority_store.hpp"
#include "navette/server/hub.hpp"
#include "navette/server/tuning.hpp"
#include "navette/sync/frame.hpp"

namespace navette::server {

class Session final : public Follower, public std::enable_shared_from_this<Session> {
 public:
  Session(AuthorityStore& store, Hub& hub, Clock& clock, Random& random, std::shared_ptr<net::Connection> connection,
          Device device, Account account);
  void start();

  [[nodiscard]] bool reads(Audience audience) const override { return schema::readable(audience, party_); }
  void tell(const sync::Message& message) override;
  void tell_revisions(const SharedNews& news) override;
  void refresh_scope() override;
  void end(const sync::Goodbye& goodbye) override;

 private:
  // A dossier on its way to this replica.
  struct Following {
    bool live = false;  // caught up: commits go out as they come
    std::map<Audience, Revision> sent;
    std::vector<SharedNews> waiting;  // commits that came during the catch-up
    FollowPlan plan;                  // made after it was followed: later commits are all in `waiting`
    bool pushing = false;             // a push waits for the writer: a replica has one outstanding per dossier
    sync::FollowOne wanted;
    std::set<Audience> asked;  // kept revisions asked for after a restore, not all received yet
  };

  void on_frame(Bytes frame);
  void on_closed();
  void handle(const sync::Message& message);
  void handle(const sync::Hello& hello);
  void claimed(const sync::Hello& hello, const Result<>& outcome);
  void handle(const sync::Follow& follow);
  void handle(const sync::Kept& kept);
  void handle_push(Bytes encoded, std::vector<sync::SuppliedBase> bases);
  // The writer's queue is full: the push waits here and nothing more is read meanwhile.
  void postpone(Bytes encoded, std::vector<sync::SuppliedBase> bases, const Error& busy);
  void try_postponed();
  void handle(const sync::RepairRequest& request);
  void handle(const sync::HistoryRequest& request);
  void handle(const sync::Presence& presence);
  void handle(const sync::RefusalsSettled& told);
  void send_refusals();
  void answered(const DossierId& dossier, Result<PushResult> result);
  void send_scope();
  // Whether all that the account follows stands as the replica said; if so it is followed, live, from here on.
  [[nodiscard]] Result<bool> stands_as(const sync::Hello& hello);
  void catch_up_next();
  // False: it waits for kept revisions.
  [[nodiscard]] bool ask_kept(Following& following);
  [[nodiscard]] Result<void> catch_up(Following& following);
  [[nodiscard]] Result<void> catch_up_stream(Following& following, const CatchUp& plan);
  [[nodiscard]] std::vector<Audience> readable() const;
  void go_live(Following& following);
  void send_revisions(Following& following, const News& news);
  void note_standing();
  void note_standing_soon(const DossierId& dossier);
  void say(const sync::Message& message);
  void flush();
  void send_frames(const std::vector<Bytes>& frames);
  // False, and the session ends: it asks more than its part.
  [[nodiscard]] bool within(TokenBucket& budget);
  void goodbye(Action action, std::string reason, std::uint32_t retry_after_ms = 0, bool new_replica_id = false);
  void give_up(const Error& error);

  AuthorityStore& store_;
  Hub& hub_;
  Clock& clock_;
  Random& random_;
  std::shared_ptr<net::Connection> connection_;
  const Device device_;
  const Account account_;
  const schema::RoleNumber role_;
  const schema::Party party_;
  std::string room_;
  ReplicaId replica_;
  bool introduced_ = false;
  std::optional<std::vector<sync::Message>> early_;  // set while the replica's claim is being written
  bool ended_ = false;
  sync::Unpacker unpacker_{sync::kBatchBytesFromReplica};
  std::map<DossierId, Following> following_;
  std::deque<DossierId> to_catch_up_;
  bool catching_up_ = false;
  std::set<DossierId> scope_;
  struct Postponed {
    Bytes encoded;
    std::vector<sync::SuppliedBase> bases;
  };
  std::vector<Postponed> postponed_;
  std::optional<std::chrono::steady_clock::time_point> busy_since_;
  std::set<DossierId> moved_;                                 // whose heads the administrators do not know yet
  std::set<std::pair<DossierId, sync::FieldRef>> presences_;  // fields that this replica's editors are in
  Bytes outgoing_;                                            // payload of the next batch
  TokenBucket histories_{tuning::kHistoryPerSecond, tuning::kHistoryBurst};
  TokenBucket repairs_{tuning::kRepairPerSecond, tuning::kRepairBurst};
  TokenBucket presence_changes_{tuning::kPresencePerSecond, tuning::kPresenceBurst};
  TokenBucket settlements_{tuning::kSettledPerSecond, tuning::kSettledBurst};

  // When the strand looks into the inbox next.
  enum class Drain : std::uint8_t { kNotDue, kLater, kSoon };
  using Item = std::variant<sync::Message, SharedNews>;

  std::mutex mutex_;  // of what follows: what other threads queue for the strand
  std::vector<Item> inbox_;
  Drain drain_ = Drain::kNotDue;
  std::size_t answers_awaited_ = 0;  // of pushes: each one drains the inbox
  void queue(Item item, bool at_once);
  void drain();
  void drain_after_answer();
};

}  // namespace navette::server
