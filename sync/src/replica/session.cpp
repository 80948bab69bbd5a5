#include <algorithm>

#include "navette/sync/codec.hpp"
#include "navette/sync/replica_session.hpp"

namespace navette::sync {
namespace {

// A stream that still differs after that many repairs is left as it is and reported: repairing must not loop.
constexpr int kRepairsPerStream = 2;

}  // namespace

ReplicaSession::ReplicaSession(const schema::Schema& schema, Replica& replica, ReplicaStore& store,
                               std::string software)
    : schema_(schema), replica_(replica), store_(store), software_(std::move(software)) {}

Result<Message> ReplicaSession::hello() {
  Hello hello;
  hello.schema_version = schema_.version;
  hello.software = software_;
  NAVETTE_TRY(store_.transact([&]() -> Result<void> {
    hello.replica = replica_.replica_id();
    if (const auto epoch = store_.meta("epoch"); epoch && !epoch->empty()) {
      NAVETTE_ASSIGN(hello.epoch, EpochId::from_bytes(*epoch));
      hello.standing = replica_.standing_hash();
    }
    return {};
  }));
  stood_ = hello.standing != ShortHash{};
  return Message(std::move(hello));
}

Result<Step> ReplicaSession::receive(const std::vector<Message>& batch, Timestamp now) {
  Step step;
  NAVETTE_TRY(store_.transact([&]() -> Result<void> {
    for (const Message& message : batch) NAVETTE_TRY(handle(message, step, now));
    if (state_ == State::kLive) compare_digests(step);
    return {};
  }));
  return step;
}

Result<void> ReplicaSession::handle(const Message& message, Step& step, Timestamp now) {
  if (const auto* goodbye = std::get_if<Goodbye>(&message)) return handle(*goodbye, step);
  if (state_ == State::kHello) {
    if (const auto* welcome = std::get_if<Welcome>(&message)) return handle(*welcome, step, now);
    return fail(ErrorCode::kMalformed, "le serveur n'a pas répondu à la présentation");
  }
  if (const auto* scope = std::get_if<Scope>(&message)) {
    handle(*scope, step, now);
    return {};
  }
  if (const auto* unchanged = std::get_if<Unchanged>(&message)) return handle(*unchanged, step);
  if (state_ == State::kScope) return fail(ErrorCode::kMalformed, "le serveur n'a pas dit quels dossiers suivre");
  if (const auto* totals = std::get_if<Totals>(&message)) {
    progress_.bytes = totals->bytes;
    return {};
  }
  if (const auto* snapshot = std::get_if<Snapshot>(&message)) {
    step.changed = true;
    return replica_.apply(*snapshot);
  }
  if (const auto* revisions = std::get_if<Revisions>(&message)) {
    step.changed = true;
    return replica_.apply(*revisions);
  }
  if (const auto* caught_up = std::get_if<CaughtUp>(&message)) {
    handle(*caught_up, step);
    return {};
  }
  if (const auto* need = std::get_if<NeedBases>(&message)) {
    const auto outbox = store_.outbox(need->dossier);
    const auto bases = replica_.bases(*need);
    if (!outbox || !bases) return {};  // answered meanwhile
    step.send.push_back(PushWithBases{outbox->push, *bases});
    return {};
  }
  if (const auto* receipt = std::get_if<ReceiptMessage>(&message)) {
    NAVETTE_TRY(replica_.apply(receipt->receipt, now));
    sent_.erase(receipt->receipt.dossier);
    step.changed = true;
    return {};
  }
  if (const auto* ask = std::get_if<AskKept>(&message)) {
    replica_.history_went_back();
    step.send.push_back(kept_after(*ask));
    return {};
  }
  if (const auto* repair = std::get_if<Repair>(&message)) {
    ++step.repairs;
    step.changed = true;
    return replica_.apply(*repair);
  }
  if (const auto* covered = std::get_if<Covered>(&message)) {
    replica_.apply(*covered);
    return {};
  }
  if (const auto* notice = std::get_if<RefusalNotice>(&message)) {
    replica_.apply(*notice);
    step.changed = true;
    return {};
  }
  if (const auto* settled = std::get_if<RefusalsSettled>(&message)) {
    replica_.apply(*settled);
    for (const SettledRefusal& each : settled->refusals) settled_sent_.erase(each.id);
    step.changed = true;
    return {};
  }
  if (const auto* presence = std::get_if<Presence>(&message)) {
    step.presences.push_back(*presence);
    return {};
  }
  if (const auto* history = std::get_if<HistoryReply>(&message)) {
    step.histories.push_back(*history);
    return {};
  }
  return fail(ErrorCode::kMalformed, "message que le serveur n'envoie pas à un poste");
}

// One message's worth: the server asks again for what follows, so that neither end holds more than that.
Kept ReplicaSession::kept_after(const AskKept& ask) {
  Kept kept{ask.dossier, ask.audience, store_.kept(ask.dossier, ask.audience, ask.after, tuning::kRevisionsPerMessage),
            true};
  kept.last = kept.envelopes.size() < tuning::kRevisionsPerMessage;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kept.envelopes.size(); ++i) {
    bytes += kept.envelopes[i].body.size();
    if (i == 0 || bytes <= tuning::kRevisionBytes) continue;
    kept.envelopes.resize(i);
    kept.last = false;
  }
  return kept;
}

Result<void> ReplicaSession::handle(const Welcome& welcome, Step& step, Timestamp now) {
  if (welcome.version != kProtocolVersion) {
    return fail(ErrorCode::kUnsupported, "le serveur parle une autre version : mettez Navette à jour");
  }
  if (!schema_.role(welcome.role)) {
    return fail(ErrorCode::kUnsupported, "rôle inconnu de cette version : mettez Navette à jour");
  }
  const bool had_role = replica_.role().has_value();
  const Party was = replica_.party();
  replica_.become(welcome.account, welcome.role);
  if (had_role && replica_.party() != was) replica_.change_sides(schema::own_audience(was), now);
  restored_ = replica_.welcome(welcome.epoch);
  step.welcome = welcome;
  state_ = State::kScope;
  return {};
}

void ReplicaSession::handle(const Scope& scope, Step& step, Timestamp now) {
  const bool first = state_ == State::kScope;
  std::set<DossierId> known;
  if (!first) {
    for (const DossierRow& row : store_.dossiers()) {
      if (row.followed) known.insert(row.id);
    }
  }
  replica_.scope(scope.dossiers, restored_, now);
  Follow follow;
  for (FollowOne& one : replica_.standing()) {
    if (known.contains(one.dossier)) continue;
    awaited_.insert(one.dossier);
    follow.dossiers.push_back(std::move(one));
  }
  progress_.dossiers = scope.dossiers.size();
  std::erase_if(ready_, [&](const DossierId& id) { return !store_.dossier(id); });
  std::erase_if(sent_, [&](const auto& item) { return !store_.dossier(item.first); });
  std::erase_if(awaited_, [&](const DossierId& id) { return !store_.dossier(id); });
  step.changed = true;
  state_ = awaited_.empty() ? State::kLive : State::kCatchingUp;
  if (first || !follow.dossiers.empty()) step.send.push_back(std::move(follow));
}

Result<void> ReplicaSession::handle(const Unchanged& unchanged, Step& step) {
  std::set<DossierId> followed;
  for (const DossierRow& row : store_.dossiers()) {
    if (row.followed) followed.insert(row.id);
  }
  if (state_ != State::kScope || !stood_ || restored_ || unchanged.dossiers != followed.size()) {
    return fail(ErrorCode::kMalformed, "le serveur dit inchangé ce qu'il ne peut pas savoir");
  }
  ready_ = std::move(followed);
  progress_.dossiers = ready_.size();
  progress_.dossiers_done = ready_.size();
  state_ = State::kLive;
  step.changed = true;
  return {};
}

void ReplicaSession::handle(const CaughtUp& caught_up, Step& step) {
  replica_.caught_up(caught_up.dossier);
  if (awaited_.erase(caught_up.dossier) != 0) ++progress_.dossiers_done;
  ready_.insert(caught_up.dossier);
  if (state_ == State::kCatchingUp && awaited_.empty()) {
    state_ = State::kLive;
    replica_.compared();
  }
  step.changed = true;
}

Result<void> ReplicaSession::handle(const Goodbye& goodbye, Step& step) {
  if (goodbye.new_replica_id) replica_.renew_identity();
  step.goodbye = goodbye;
  return {};
}

void ReplicaSession::compare_digests(Step& step) {
  for (const DigestMismatch& mismatch : replica_.mismatches()) {
    int& asked = repairs_[{mismatch.dossier, mismatch.audience}];
    if (++asked > kRepairsPerStream) continue;
    step.send.push_back(replica_.repair_request(mismatch));
  }
}

// Writes nothing: most looks find nothing, and a look that would write waits for the other programs of this replica.
Result<bool> ReplicaSession::has_pushes() {
  bool found = false;
  NAVETTE_TRY(store_.read([&]() -> Result<void> {
    const auto unsent = [&](const SettledRefusal& each) { return !settled_sent_.contains(each.id); };
    found = std::ranges::any_of(store_.settled_refusals(), unsent);
    work_left_ = false;
    for (const DossierId& id : store_.dossiers_with_work()) {
      const auto dossier = store_.dossier(id);
      if (!dossier || !dossier->followed) continue;
      work_left_ = true;
      found = found || (ready_.contains(id) && !sent_.contains(id) && sent_bytes() <= tuning::kOutstandingBytes);
    }
    if (!live()) return {};
    const auto unasked = [&](const DigestMismatch& each) {
      return !doubts_asked_.contains({each.dossier, each.audience});
    };
    found = found || std::ranges::any_of(replica_.doubts(), unasked);
    return {};
  }));
  return found;
}

Result<std::vector<Message>> ReplicaSession::pushes(Timestamp now) {
  NAVETTE_ASSIGN(const bool found, has_pushes());
  if (!found) return std::vector<Message>{};
  std::vector<Message> messages;
  NAVETTE_TRY(store_.transact([&]() -> Result<void> {
    RefusalsSettled settled;
    for (const SettledRefusal& each : store_.settled_refusals()) {
      if (settled_sent_.insert(each.id).second) settled.refusals.push_back(each);
    }
    if (!settled.refusals.empty()) messages.push_back(std::move(settled));
    bool left = false;
    for (const DossierId& id : store_.dossiers_with_work()) {
      const auto dossier = store_.dossier(id);
      if (!dossier || !dossier->followed) continue;
      left = true;
      if (!ready_.contains(id) || sent_.contains(id) || sent_bytes() > tuning::kOutstandingBytes) continue;
      NAVETTE_ASSIGN(const std::optional<OutboxRow> outbox, replica_.freeze(id, now));
      if (!outbox) continue;
      sent_[id] = outbox->push.size();
      messages.push_back(PushMessage{outbox->push});
    }
    work_left_ = left;
    if (!live()) return {};
    for (const DigestMismatch& doubt : replica_.doubts()) {
      if (doubts_asked_.insert({doubt.dossier, doubt.audience}).second) {
        messages.push_back(replica_.repair_request(doubt));
      }
    }
    return {};
  }));
  return messages;
}

std::size_t ReplicaSession::sent_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [id, size] : sent_) bytes += size;
  return bytes;
}

bool ReplicaSession::settled() const { return live() && sent_.empty() && settled_sent_.empty() && !work_left_; }

}  // namespace navette::sync
