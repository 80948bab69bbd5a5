// The production server in one process without network: its sessions, hub and store, over a disk that can lose power.
//
// The store's writer is a thread; every action waits until it rests, so that one seed is one run. Beside it stands a
// copy of each dossier made from the stored revisions alone: what the simulator's checks look at.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "faulty_vfs.hpp"
#include "navette/server/authority_store.hpp"
#include "navette/server/hub.hpp"
#include "navette/sync/frame.hpp"
#include "seeded_random.hpp"
#include "simulated_network.hpp"
#include "test_server.hpp"

namespace navette::test {

class ProductionServer final : public SimulatedServer {
 public:
  ProductionServer(const schema::Schema& schema, std::uint64_t seed, FaultyVfs& disk,
                   const std::filesystem::path& directory);
  ~ProductionServer() override;

  void put_account(const std::string& name, const std::string& role) override;
  void set_role(const std::string& account, const std::string& role) override;
  void set_scope(const std::string& account, const std::vector<DossierId>& dossiers) override;
  [[nodiscard]] std::vector<DossierId> scope(const std::string& account) const override;
  void create_dossier(const DossierId& id, const std::vector<sync::SeedRecord>& records, Timestamp now) override;
  void back_up(Timestamp now) override;
  void restore_backup(Timestamp now) override;
  void restart(Timestamp now) override;  // in good order
  // The machine loses power: what nobody had flushed is found again or not.
  void crash(Unflushed unflushed, unsigned seed, Timestamp now);
  // Likewise, and the journal beside the database is gone: an older state under the same epoch.
  void lose_journal(unsigned seed, Timestamp now);
  // The next frame that arrives meets a power cut in that flush of the disk, if it comes to one.
  void crash_in_next_commit(std::size_t flush, Unflushed unflushed, unsigned seed);
  [[nodiscard]] bool crashed() { return std::exchange(crashed_, false); }  // since asked last

  [[nodiscard]] SessionNumber connect(const std::string& account, Timestamp now) override;
  void disconnect(SessionNumber session) override;
  [[nodiscard]] bool alive(SessionNumber session) const override;
  void receive_frame(SessionNumber session, const Bytes& frame, Timestamp now) override;
  [[nodiscard]] std::deque<Bytes> take_frames(SessionNumber session) override;
  void receive_late(const std::string& account, const ReplicaId& replica, const Bytes& push, Timestamp now) override;

  [[nodiscard]] const MemoryDossier& dossier(const DossierId& id) const override { return copies_.at(id); }
  [[nodiscard]] const sync::Authority& authority() const override { return store_->authority(); }
  [[nodiscard]] EpochId epoch() const override { return store_->epoch(); }
  // What the store's own verification finds, and what its limits say.
  [[nodiscard]] std::vector<std::string> defects() const;

 private:
  struct Line {
    std::shared_ptr<SimulatedConnection> connection;
    std::string account;
    ReplicaId replica;
    sync::Unpacker up{sync::kBatchBytesFromReplica};  // what the session hears and says, read along
    sync::Unpacker down{sync::kBatchBytesFromServer};
    std::deque<Bytes> out;
    std::set<std::pair<DossierId, sync::Audience>> asked;  // kept revisions asked for
  };
  class SetClock final : public Clock {
   public:
    Timestamp now() override { return time; }
    Timestamp time;
  };
  // A crash that waits for its commit.
  struct Fate {
    std::size_t flush;
    Unflushed unflushed;
    unsigned seed;
  };

  void open();
  void close_sessions();
  void settle();  // until neither the writer nor a strand has anything to do
  void start_from(const std::filesystem::path& left_behind);
  void refresh(const DossierId& id);
  void rebuild_copies();
  [[nodiscard]] std::optional<server::Account> account(const std::string& name) const;
  [[nodiscard]] sync::PushSource source_of(const std::string& account, const ReplicaId& replica) const;
  void perform(const sync::Message& message, Line& line, const std::function<void()>& act);
  void listen_along(Line& line);

  const schema::Schema& schema_;
  SeededRandom rooms_, deciding_;  // of the sessions; of the writer's thread
  FaultyVfs& disk_;
  std::filesystem::path root_, directory_, backup_;
  unsigned generation_ = 0;
  SetClock clock_;
  EventLoop loop_;
  std::unique_ptr<server::Hub> hub_;
  std::unique_ptr<server::AuthorityStore> store_;
  std::map<std::string, std::string> roles_;
  std::map<std::string, std::vector<DossierId>> scopes_;
  std::map<DossierId, std::string> finess_;
  std::map<DossierId, MemoryDossier> copies_;
  std::map<std::string, DeviceId> devices_;
  std::map<SessionNumber, Line> lines_;
  SessionNumber next_session_ = 1;
  std::optional<Fate> fate_;
  bool crashed_ = false;
};

}  // namespace navette::test
