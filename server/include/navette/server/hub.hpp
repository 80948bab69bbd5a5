// Who follows which dossier, and who sees whom in a field: fans committed revisions out to the live sessions.
// Thread: any; committed() is called on the store's writer thread, in commit order.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "navette/server/relay_pace.hpp"
#include "navette/server/store_types.hpp"
#include "navette/sync/message.hpp"

namespace navette::server {

// New revisions of one stream as its followers are told of them: encoded once for all.
struct News {
  CommittedRevisions revisions;
  Bytes message;  // as it stands in the payload of a batch
};
using SharedNews = std::shared_ptr<const News>;

// A live session as the hub sees it. Every member may be called on any thread and returns at once.
class Follower {
 public:
  virtual ~Follower() = default;
  [[nodiscard]] virtual bool reads(Audience audience) const = 0;
  virtual void tell(const sync::Message& message) = 0;
  virtual void tell_revisions(const SharedNews& news) = 0;
  virtual void refresh_scope() = 0;
  virtual void end(const sync::Goodbye& goodbye) = 0;
};

// Where a device stands, for the administrators.
struct LiveDevice {
  DeviceId device;
  std::size_t sessions = 0;
};

class Hub {
 public:
  void join(const std::shared_ptr<Follower>& follower, const DeviceId& device, const AccountId& account);
  void leave(const Follower* follower);  // after it unfollowed what it followed
  void follow(const DossierId& dossier, const std::shared_ptr<Follower>& follower);
  void unfollow(const DossierId& dossier, const Follower* follower);

  void committed(const CommittedRevisions& revisions);
  // How long a session that has something to relay should wait: nothing, unless the server is busy relaying. What comes
  // meanwhile leaves with it.
  [[nodiscard]] std::chrono::milliseconds relay_delay(std::chrono::steady_clock::time_point now);
  void covered(const std::vector<sync::Covered>& covered);
  // To the sessions of an account but one.
  void tell_account(const AccountId& account, const sync::Message& message, const Follower* but);
  void refresh_scopes();
  // Ends the sessions of a device (revoked) or, empty, of all.
  void end(const DeviceId& device, const sync::Goodbye& goodbye);
  [[nodiscard]] std::vector<LiveDevice> live() const;

  // An editor opened or closed in a field: told to the others who follow and read that field.
  void presence(const sync::Presence& presence, Audience audience, const std::string& room, Revision head,
                const Follower* from);
  // Rooms of a session that ended leave their fields.
  void leave_room(const std::string& room);
  // The rule of "together": the editor of `room` is in that field now, and whoever changed it since `base` was there
  // with them. Decided from what this server saw, never from what a push says.
  [[nodiscard]] bool together(const std::string& room, const DossierId& dossier, const sync::FieldRef& at,
                              Revision base) const;
  // Which live room a push of that replica came from, for the log of changes.
  void name_room(const ReplicaId& replica, const std::string& room);

 private:
  struct Entered {
    std::string room;
    Revision since;
  };
  struct Change {
    Revision revision;
    std::set<std::string> rooms;  // that were in the field when it came, its author's among them; empty: author apart
  };
  struct Field {
    std::vector<Entered> inside;
    Revision watched_from;  // changes after this revision are all in `changes`
    std::vector<Change> changes;
  };

  void log_changes(const CommittedRevisions& revisions);
  std::vector<std::shared_ptr<Follower>> followers(const DossierId& dossier) const;

  struct Joined {
    std::weak_ptr<Follower> follower;
    DeviceId device;
    AccountId account;
  };

  RelayPace pace_;
  mutable std::mutex mutex_;
  std::map<const Follower*, Joined> sessions_;
  std::map<DossierId, std::map<const Follower*, std::weak_ptr<Follower>>> by_dossier_;
  // By dossier too: who follows one dossier may name a record of another.
  std::map<std::pair<DossierId, sync::FieldRef>, Field> fields_;
  std::map<ReplicaId, std::string> rooms_;
};

}  // namespace navette::server
