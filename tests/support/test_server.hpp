// A server as the tests' devices and the simulator see it. Two of them: all in memory, and the production one.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "memory_dossier.hpp"
#include "navette/sync/message.hpp"

namespace navette::test {

using Batch = std::vector<sync::Message>;

class TestServer {
 public:
  using SessionNumber = std::uint64_t;

  virtual ~TestServer() = default;

  // ---- connections
  [[nodiscard]] virtual SessionNumber connect(const std::string& account, Timestamp now) = 0;
  virtual void disconnect(SessionNumber session) = 0;
  [[nodiscard]] virtual bool alive(SessionNumber session) const = 0;
  virtual void receive_frame(SessionNumber session, const Bytes& frame, Timestamp now) = 0;
  [[nodiscard]] virtual std::deque<Bytes> take_frames(SessionNumber session) = 0;  // what is to be sent
};

// What the simulator does to a server, and what it looks at.
class SimulatedServer : public TestServer {
 public:
  struct PushDone {
    const sync::Push& push;
    const sync::PushSource& source;
    const std::vector<sync::SuppliedBase>& bases;
    const sync::DossierState& before;
    const sync::DossierState& after;
    const sync::Receipt& receipt;
  };
  struct KeptDone {
    const sync::Kept& kept;
    const sync::StreamState& before;
    const sync::StreamState& after;
  };

  // ---- administration
  virtual void put_account(const std::string& name, const std::string& role) = 0;
  virtual void set_role(const std::string& account, const std::string& role) = 0;  // ends its live sessions
  virtual void set_scope(const std::string& account, const std::vector<DossierId>& dossiers) = 0;  // tells them
  [[nodiscard]] virtual std::vector<DossierId> scope(const std::string& account) const = 0;
  virtual void create_dossier(const DossierId& id, const std::vector<sync::SeedRecord>& records, Timestamp now) = 0;
  virtual void back_up(Timestamp now) = 0;         // covers what it holds: followers may forget it
  virtual void restore_backup(Timestamp now) = 0;  // the latest: a new epoch; every session ends
  virtual void restart(Timestamp now) = 0;         // every session ends

  // A push that was still in some buffer when its connection ended.
  virtual void receive_late(const std::string& account, const ReplicaId& replica, const Bytes& push, Timestamp now) = 0;

  [[nodiscard]] virtual const MemoryDossier& dossier(const DossierId& id) const = 0;
  [[nodiscard]] virtual const sync::Authority& authority() const = 0;
  [[nodiscard]] virtual EpochId epoch() const = 0;

  // Called after every push that was not a repetition, and after every offer of kept revisions.
  std::function<void(const PushDone&)> on_push;
  std::function<void(const KeptDone&)> on_kept;
};

}  // namespace navette::test
