#include "navette/server/hub.hpp"

#include <algorithm>

#include "navette/sync/codec.hpp"
#include "navette/sync/frame.hpp"

namespace navette::server {
namespace {

// Changes remembered per field while somebody is in it: an editor pushes a few times a second, a base is seconds old.
constexpr std::size_t kChangesPerField = 256;

}  // namespace

void Hub::join(const std::shared_ptr<Follower>& follower, const DeviceId& device, const AccountId& account) {
  const std::lock_guard lock(mutex_);
  sessions_[follower.get()] = {follower, device, account};
}

void Hub::leave(const Follower* follower) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(follower);
}

void Hub::follow(const DossierId& dossier, const std::shared_ptr<Follower>& follower) {
  const std::lock_guard lock(mutex_);
  by_dossier_[dossier][follower.get()] = follower;
}

void Hub::unfollow(const DossierId& dossier, const Follower* follower) {
  const std::lock_guard lock(mutex_);
  const auto found = by_dossier_.find(dossier);
  if (found == by_dossier_.end()) return;
  found->second.erase(follower);
  if (found->second.empty()) by_dossier_.erase(found);
}

std::vector<std::shared_ptr<Follower>> Hub::followers(const DossierId& dossier) const {
  std::vector<std::shared_ptr<Follower>> all;
  const std::lock_guard lock(mutex_);
  const auto found = by_dossier_.find(dossier);
  if (found == by_dossier_.end()) return all;
  for (const auto& [key, weak] : found->second) {
    if (auto follower = weak.lock()) all.push_back(std::move(follower));
  }
  return all;
}

void Hub::committed(const CommittedRevisions& revisions) {
  log_changes(revisions);
  SharedNews news;
  for (const auto& follower : followers(revisions.dossier)) {
    if (!follower->reads(revisions.audience)) continue;
    if (!news) {
      News made{revisions, {}};
      sync::append_message(made.message, sync::Revisions{revisions.dossier, revisions.audience, revisions.envelopes});
      news = std::make_shared<const News>(std::move(made));
    }
    follower->tell_revisions(news);
  }
}

std::chrono::milliseconds Hub::relay_delay(std::chrono::steady_clock::time_point now) { return pace_.take(now); }

void Hub::covered(const std::vector<sync::Covered>& all) {
  for (const sync::Covered& covered : all) {
    for (const auto& follower : followers(covered.dossier)) {
      sync::Covered readable = covered;
      std::erase_if(readable.heads, [&](const sync::StreamHead& head) { return !follower->reads(head.audience); });
      follower->tell(readable);
    }
  }
}

void Hub::tell_account(const AccountId& account, const sync::Message& message, const Follower* but) {
  std::vector<std::shared_ptr<Follower>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, session] : sessions_) {
      if (key == but || session.account != account) continue;
      if (auto follower = session.follower.lock()) all.push_back(std::move(follower));
    }
  }
  for (const auto& follower : all) follower->tell(message);
}

void Hub::refresh_scopes() {
  std::vector<std::shared_ptr<Follower>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, session] : sessions_) {
      if (auto follower = session.follower.lock()) all.push_back(std::move(follower));
    }
  }
  for (const auto& follower : all) follower->refresh_scope();
}

void Hub::end(const DeviceId& device, const sync::Goodbye& goodbye) {
  std::vector<std::shared_ptr<Follower>> ended;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, session] : sessions_) {
      if (!device.empty() && session.device != device) continue;
      if (auto follower = session.follower.lock()) ended.push_back(std::move(follower));
    }
  }
  for (const auto& follower : ended) follower->end(goodbye);
}

std::vector<LiveDevice> Hub::live() const {
  std::map<DeviceId, std::size_t> counts;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, session] : sessions_) ++counts[session.device];
  std::vector<LiveDevice> all;
  for (const auto& [device, sessions] : counts) all.push_back({device, sessions});
  return all;
}

void Hub::presence(const sync::Presence& presence, Audience audience, const std::string& room, Revision head,
                   const Follower* from) {
  {
    const std::lock_guard lock(mutex_);
    Field& field = fields_[{presence.dossier, presence.at}];
    if (field.inside.empty()) field = {{}, head, {}};
    std::erase_if(field.inside, [&](const Entered& entered) { return entered.room == room; });
    if (presence.open) field.inside.push_back({room, head});
    if (field.inside.empty()) fields_.erase({presence.dossier, presence.at});
  }
  for (const auto& follower : followers(presence.dossier)) {
    if (follower.get() != from && follower->reads(audience)) follower->tell(presence);
  }
}

void Hub::leave_room(const std::string& room) {
  const std::lock_guard lock(mutex_);
  for (auto field = fields_.begin(); field != fields_.end();) {
    std::erase_if(field->second.inside, [&](const Entered& entered) { return entered.room == room; });
    field = field->second.inside.empty() ? fields_.erase(field) : std::next(field);
  }
  std::erase_if(rooms_, [&](const auto& item) { return item.second == room; });
}

void Hub::name_room(const ReplicaId& replica, const std::string& room) {
  const std::lock_guard lock(mutex_);
  rooms_[replica] = room;
}

void Hub::log_changes(const CommittedRevisions& revisions) {
  const std::lock_guard lock(mutex_);
  if (fields_.empty()) return;
  const auto author = rooms_.find(revisions.from);
  for (const sync::RevisionEnvelope& envelope : revisions.envelopes) {
    const auto body = sync::decode<sync::RevisionBody>(envelope.body);
    if (!body) continue;
    for (const sync::Operation& operation : body->operations) {
      const auto* text = std::get_if<sync::TextChanged>(&operation);
      const auto* set = std::get_if<sync::ValueSet>(&operation);
      if (text == nullptr && set == nullptr) continue;
      const auto field = fields_.find({revisions.dossier, text != nullptr ? text->at : set->at});
      if (field == fields_.end()) continue;
      Change change{envelope.number, {}};
      const auto inside = [&](const std::string& room) {
        return std::ranges::any_of(field->second.inside, [&](const Entered& e) { return e.room == room; });
      };
      if (author != rooms_.end() && inside(author->second)) {
        for (const Entered& entered : field->second.inside) change.rooms.insert(entered.room);
      }
      field->second.changes.push_back(std::move(change));
      if (field->second.changes.size() > kChangesPerField) {
        field->second.watched_from = field->second.changes.front().revision;
        field->second.changes.erase(field->second.changes.begin());
      }
    }
  }
}

bool Hub::together(const std::string& room, const DossierId& dossier, const sync::FieldRef& at, Revision base) const {
  const std::lock_guard lock(mutex_);
  const auto found = fields_.find({dossier, at});
  if (found == fields_.end() || base < found->second.watched_from) return false;
  const Field& field = found->second;
  const bool here = std::ranges::any_of(field.inside, [&](const Entered& entered) { return entered.room == room; });
  return here && std::ranges::all_of(field.changes, [&](const Change& change) {
           return change.revision <= base || change.rooms.contains(room);
         });
}

}  // namespace navette::server
