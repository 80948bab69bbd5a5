// How a replica comes from where it stands to the present: revisions or a snapshot, whichever is smaller; after a
// restore first what it holds beyond this server.
#include <algorithm>

#include "navette/sync/tuning.hpp"
#include "session.hpp"

namespace navette::server {
namespace {

// A replica on a bad line gets the next dossier when this much is still unsent: memory stays bounded, and what a
// person waits for is not behind megabytes.
constexpr std::size_t kCatchUpQueueBytes = 2 * 1024 * 1024;
constexpr std::chrono::milliseconds kQueueRetry{5};
// How late the administrators' view of a connected device may be: one row every so often, whatever the traffic.
constexpr std::chrono::seconds kStandingInterval{2};

sync::StreamHead head_of(const sync::FollowOne& one, Audience audience) {
  for (const sync::StreamHead& head : one.heads) {
    if (head.audience == audience) return head;
  }
  return {audience, {}, {}};
}

bool has(const sync::FollowOne& one, Audience audience) {
  return std::ranges::any_of(one.heads, [&](const sync::StreamHead& head) { return head.audience == audience; });
}

}  // namespace

Result<bool> Session::stands_as(const sync::Hello& hello) {
  if (hello.standing == ShortHash{} || hello.epoch != store_.epoch()) return false;
  NAVETTE_ASSIGN(const std::vector<DossierId> dossiers, store_.in_scope(account_.id));
  // Followed before the heads are read: what is committed from here on is told.
  for (const DossierId& id : dossiers) hub_.follow(id, shared_from_this());
  const auto here = store_.standing(dossiers, party_);
  if (!here || sync::standing_hash(*here) != hello.standing) {
    for (const DossierId& id : dossiers) hub_.unfollow(id, this);
    return here ? Result<bool>(false) : std::unexpected(here.error());
  }
  scope_ = {dossiers.begin(), dossiers.end()};
  for (const sync::FollowOne& one : *here) {
    Following& following = following_[one.dossier];
    following.live = true;
    for (const sync::StreamHead& head : one.heads) following.sent[head.audience] = head.revision;
  }
  hub_.name_room(replica_, room_);
  say(sync::Unchanged{static_cast<std::uint32_t>(dossiers.size())});
  return true;
}

void Session::catch_up_next() {
  catching_up_ = false;
  if (ended_ || to_catch_up_.empty()) return;
  catching_up_ = true;
  const auto again = [self = shared_from_this()] {
    self->catch_up_next();
    self->flush();
  };
  if (connection_->queued_bytes() > kCatchUpQueueBytes) {
    connection_->strand().run_after(kQueueRetry, again);
    return;
  }
  const DossierId id = to_catch_up_.front();
  to_catch_up_.pop_front();
  if (const auto found = following_.find(id); found != following_.end()) {
    Following& following = found->second;
    if (ask_kept(following)) {
      if (const auto done = catch_up(following); !done) return give_up(done.error());
    }
  }
  connection_->strand().post(again);  // other work of this strand in between
}

bool Session::ask_kept(Following& following) {
  for (const CatchUp& stream : following.plan.streams) {
    const sync::StreamHead theirs = head_of(following.wanted, stream.head.audience);
    if (theirs.revision <= stream.head.revision) continue;
    following.asked.insert(theirs.audience);
    say(sync::AskKept{following.wanted.dossier, theirs.audience, stream.head.revision});
  }
  return following.asked.empty();
}

void Session::handle(const sync::Kept& kept) {
  const auto found = following_.find(kept.dossier);
  if (found == following_.end() || !found->second.asked.contains(kept.audience)) return;
  const auto self = shared_from_this();
  const Revision offered = kept.envelopes.empty() ? Revision{} : kept.envelopes.back().number;
  const auto adopted = [self, dossier = kept.dossier, audience = kept.audience, offered,
                        last = kept.last](Result<PushResult> result) {
    self->connection_->strand().post([self, dossier, audience, offered, last, result = std::move(result)] {
      const auto following = self->following_.find(dossier);
      if (self->ended_ || following == self->following_.end()) return;
      if (!result) return self->give_up(result.error());
      const Revision head = result->heads[static_cast<std::size_t>(audience)].revision;
      if (!last && head >= offered) {
        self->say(sync::AskKept{dossier, audience, head});
        return self->flush();
      }
      following->second.asked.erase(audience);
      if (!following->second.asked.empty()) return;
      self->drain();
      // What it held is adopted as far as it continues our chain; asking again would not bring more.
      auto plan = self->store_.plan_follow(following->second.wanted, self->readable());
      if (!plan) return self->give_up(plan.error());
      following->second.plan = std::move(*plan);
      if (const auto done = self->catch_up(following->second); !done) return self->give_up(done.error());
      self->flush();
    });
  };
  const auto queued = store_.adopt({kept.dossier, replica_, kept.audience, kept.envelopes}, adopted);
  if (!queued) give_up(queued.error());
}

Result<void> Session::catch_up(Following& following) {
  FollowPlan plan = std::exchange(following.plan, {});
  for (const CatchUp& stream : plan.streams) NAVETTE_TRY(catch_up_stream(following, stream));
  if (!plan.covered.empty()) say(sync::Covered{following.wanted.dossier, std::move(plan.covered)});
  go_live(following);
  return {};
}

Result<void> Session::catch_up_stream(Following& following, const CatchUp& plan) {
  const DossierId& dossier = following.wanted.dossier;
  const Audience audience = plan.head.audience;
  const sync::StreamHead at = head_of(following.wanted, audience);
  const bool present = has(following.wanted, audience);
  const bool diverged = present && !plan.known;
  if (diverged || (!present && plan.head.revision.value != 0) ||
      (plan.by_snapshot && plan.head.revision > at.revision)) {
    flush();
    if (diverged) {
      NAVETTE_ASSIGN(sync::StreamSnapshot snapshot, store_.snapshot(dossier, audience));
      following.sent[audience] = snapshot.head;
      say(sync::Snapshot{dossier, true, std::move(snapshot)});
      flush();
      return {};
    }
    NAVETTE_ASSIGN(
        const auto cached,
        store_.cached_snapshot(dossier, audience, [](const DossierId& id, const sync::StreamSnapshot& stream) {
          return sync::payload_of({sync::Snapshot{id, false, stream}});
        }));
    following.sent[audience] = cached->head;
    send_frames(sync::frames_of_compressed(cached->bytes));
    return {};
  }
  following.sent[audience] = at.revision;
  while (following.sent[audience] < plan.head.revision) {
    NAVETTE_ASSIGN(std::vector<sync::RevisionEnvelope> envelopes,
                   store_.revisions_after(dossier, audience, following.sent[audience],
                                          sync::tuning::kRevisionsPerMessage, sync::tuning::kRevisionBytes));
    if (envelopes.empty()) break;
    following.sent[audience] = envelopes.back().number;
    say(sync::Revisions{dossier, audience, std::move(envelopes)});
  }
  return {};
}

void Session::go_live(Following& following) {
  for (const SharedNews& news : std::exchange(following.waiting, {})) send_revisions(following, *news);
  following.live = true;
  say(sync::CaughtUp{following.wanted.dossier});
  note_standing_soon(following.wanted.dossier);
}

void Session::send_revisions(Following& following, const News& news) {
  const CommittedRevisions& revisions = news.revisions;
  Revision& sent = following.sent[revisions.audience];
  if (revisions.envelopes.front().number == sent.next()) {
    if (!ended_) outgoing_ += news.message;
    sent = revisions.envelopes.back().number;
    return note_standing_soon(revisions.dossier);
  }
  sync::Revisions message{revisions.dossier, revisions.audience, {}};
  for (const sync::RevisionEnvelope& envelope : revisions.envelopes) {
    if (envelope.number != sent.next()) continue;  // went out with the catch-up
    message.envelopes.push_back(envelope);
    sent = envelope.number;
  }
  if (message.envelopes.empty()) return;
  say(message);
  note_standing_soon(revisions.dossier);
}

void Session::note_standing_soon(const DossierId& dossier) {
  const bool due = !moved_.empty();
  moved_.insert(dossier);
  if (due) return;
  connection_->strand().run_after(kStandingInterval, [self = shared_from_this()] {
    if (!self->ended_) self->note_standing();
  });
}

// In one job, however many dossiers moved: the writer's queue is there for pushes.
void Session::note_standing() {
  std::vector<DossierHeads> moved;
  for (const DossierId& id : std::exchange(moved_, {})) {
    const auto following = following_.find(id);
    if (following == following_.end() || !following->second.live) continue;
    DossierHeads& one = moved.emplace_back(DossierHeads{id, {}});
    for (const auto& [audience, revision] : following->second.sent) one.heads.push_back({audience, revision, {}});
  }
  if (!moved.empty()) store_.note_heads(replica_, std::move(moved));
}

}  // namespace navette::server
