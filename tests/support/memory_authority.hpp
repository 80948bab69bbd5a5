// A whole server in memory: dossiers, accounts, sessions that speak the real protocol, backups. No thread, no clock.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "navette/sync/frame.hpp"
#include "test_server.hpp"

namespace navette::test {

class MemoryAuthority final : public SimulatedServer {
 public:
  using Backup = std::map<DossierId, MemoryDossier>;
  MemoryAuthority(const schema::Schema& schema, Random& random);

  // ---- administration
  void put_account(const std::string& name, const std::string& role) override;
  void set_role(const std::string& account, const std::string& role) override;
  void set_scope(const std::string& account, const std::vector<DossierId>& dossiers) override;
  [[nodiscard]] std::vector<DossierId> scope(const std::string& account) const override { return scopes_.at(account); }
  void create_dossier(const DossierId& id, const std::vector<sync::SeedRecord>& records, Timestamp now) override;
  [[nodiscard]] Backup backup();       // covers what it holds: followers may forget it
  void restore(const Backup& backup);  // a new epoch; every session ends
  void back_up(Timestamp) override { latest_ = backup(); }
  void restore_backup(Timestamp) override { restore(latest_); }
  void restart(Timestamp = {}) override;
  // Revisions that a catch-up sends at most before it prefers a snapshot.
  void set_snapshot_after(std::size_t revisions) { snapshot_after_ = revisions; }

  // ---- connections
  [[nodiscard]] SessionNumber connect(const std::string& account, Timestamp = {}) override;
  void disconnect(SessionNumber session) override;
  [[nodiscard]] bool alive(SessionNumber session) const override { return sessions_.contains(session); }
  void receive(SessionNumber session, const Batch& batch, Timestamp now);
  void receive_frame(SessionNumber session, const Bytes& frame, Timestamp now) override;
  void receive_late(const std::string& account, const ReplicaId& replica, const Bytes& push, Timestamp now) override;
  [[nodiscard]] std::deque<Batch> take(SessionNumber session);  // what is to be sent
  [[nodiscard]] std::deque<Bytes> take_frames(SessionNumber session) override;

  [[nodiscard]] const MemoryDossier& dossier(const DossierId& id) const override { return dossiers_.at(id); }
  [[nodiscard]] MemoryDossier& dossier(const DossierId& id) { return dossiers_.at(id); }
  [[nodiscard]] const sync::Authority& authority() const override { return authority_; }
  [[nodiscard]] EpochId epoch() const override { return epoch_; }

 private:
  struct Following {
    std::array<Revision, schema::kAudienceCount> sent;
    std::vector<sync::StreamHead> heads;  // where the replica says it stands
    std::deque<sync::Audience> to_ask;    // streams of which it holds more than we do
    bool served = false;
  };
  struct Refused {
    sync::RefusalNotice notice;
    bool settled = false;
  };
  struct Session {
    std::string account;
    schema::RoleNumber role = 0;
    ReplicaId replica;
    std::string room;
    bool welcomed = false;
    sync::Unpacker unpacker{sync::kBatchBytesFromReplica};
    std::map<DossierId, Following> following;
    std::deque<Batch> out;
  };

  void handle(SessionNumber number, const sync::Message& message, Timestamp now);
  void handle(Session& session, const sync::Hello& hello, Timestamp now);
  // Whether all that the account follows stands as the replica said; if so it is followed from here on.
  [[nodiscard]] bool stands_as(Session& session, const sync::Hello& hello);
  void handle(SessionNumber number, const sync::Follow& follow);
  void handle(Session& session, const sync::Kept& kept);
  void handle(Session& session, const sync::RefusalsSettled& told);
  void tell_account(const Session& from, const sync::Message& message);
  void handle(SessionNumber number, const Bytes& push, const std::vector<sync::SuppliedBase>& bases, bool second,
              Timestamp now);
  void go_on(Session& session, const DossierId& id, Batch& batch);
  void serve(Session& session, const DossierId& id, Batch& batch);
  void tell_followers(const DossierId& id, Session* pusher, const sync::Receipt* receipt);
  [[nodiscard]] sync::PushAnswer process(Session& session, const sync::Push& push, const Bytes& encoded,
                                         const std::vector<sync::SuppliedBase>& bases, Timestamp now);
  void goodbye(SessionNumber number, Action action, bool new_replica_id);

  const schema::Schema& schema_;
  Random& random_;
  sync::Authority authority_;
  EpochId epoch_;
  std::map<std::string, schema::RoleNumber> accounts_;
  std::map<std::string, std::vector<DossierId>> scopes_;
  std::map<DossierId, MemoryDossier> dossiers_;
  std::map<DossierId, std::array<sync::StreamState, schema::kAudienceCount>> covered_;
  std::map<DossierId, std::map<sync::FieldRef, std::set<std::string>>> rooms_;
  std::map<std::string, std::vector<Refused>> refusals_;  // by account
  std::map<SessionNumber, Session> sessions_;
  std::map<SessionNumber, std::deque<Batch>> last_words_;
  SessionNumber next_session_ = 1;
  std::size_t snapshot_after_ = 1000;
  Backup latest_;
};

}  // namespace navette::test
