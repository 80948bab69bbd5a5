#include "session.hpp"

#include <algorithm>

#include "navette/base/hex.hpp"
#include "navette/server/tuning.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/tuning.hpp"

namespace navette::server {
namespace {

constexpr std::uint32_t kHeartbeatMs = 20'000;  // what net sends; told so that the other end can judge a silence
constexpr std::size_t kOpenFields = 32;
// A full queue of the writer is a second or two of its work: whoever comes then waits, rather than dialling anew and
// making it fuller. A third of the heartbeats that a replica waits for in silence.
constexpr std::chrono::milliseconds kBusyRetry{50};
constexpr std::chrono::seconds kBusyLimit{20};
constexpr std::uint32_t kRetryDiskMs = 30'000;  // an administrator needs time to make room

schema::RoleNumber role_number(const schema::Schema& schema, const Account& account) {
  return schema.role(account.role).value_or(0);
}

}  // namespace

Session::Session(AuthorityStore& store, Hub& hub, Clock& clock, Random& random,
                 std::shared_ptr<net::Connection> connection, Device device, Account account)
    : store_(store),
      hub_(hub),
      clock_(clock),
      random_(random),
      connection_(std::move(connection)),
      device_(std::move(device)),
      account_(std::move(account)),
      role_(role_number(store.authority().schema(), account_)),
      party_(store.authority().schema().roles[role_].party) {
  room_ = to_hex(DeviceId::make_v4(random_).bytes());
}

void Session::start() {
  const auto self = shared_from_this();
  hub_.join(self, device_.id, account_.id);
  store_.note_seen(device_.id, clock_.now(), std::nullopt);
  net::ConnectionHandlers handlers;
  handlers.on_frame = [self](Bytes frame) { self->on_frame(std::move(frame)); };
  handlers.on_closed = [self](std::optional<Error>) { self->on_closed(); };
  connection_->start(std::move(handlers));
}

void Session::on_frame(Bytes frame) {
  if (ended_) return;
  auto batch = unpacker_.feed(frame);
  if (!batch) return give_up(batch.error());
  if (!*batch) return;
  for (sync::Message& message : **batch) {
    if (ended_) return;
    if (early_) {
      early_->push_back(std::move(message));
    } else {
      handle(message);
    }
  }
  flush();
}

void Session::on_closed() {
  ended_ = true;
  for (const auto& [dossier, following] : following_) hub_.unfollow(dossier, this);
  hub_.leave(this);
  for (const auto& [dossier, at] : presences_) {
    const schema::Field* field = store_.authority().schema().kind(at.kind)->field(at.field);
    hub_.presence({dossier, at, false, {account_.name, party_}}, field->audience, room_, {}, this);
  }
  hub_.leave_room(room_);
  store_.note_seen(device_.id, clock_.now(), std::nullopt);
  note_standing();
}

void Session::handle(const sync::Message& message) {
  if (const auto* hello = std::get_if<sync::Hello>(&message)) return handle(*hello);
  if (!introduced_) return goodbye(Action::kUpgrade, "le poste ne s'est pas présenté : mettez Navette à jour");
  if (const auto* follow = std::get_if<sync::Follow>(&message)) return handle(*follow);
  if (const auto* push = std::get_if<sync::PushMessage>(&message)) return handle_push(push->push, {});
  if (const auto* push = std::get_if<sync::PushWithBases>(&message)) {
    // Marks the second try even when nothing could be supplied: what is missing is refused then.
    std::vector<sync::SuppliedBase> bases = push->bases;
    if (bases.empty()) bases.push_back({~std::uint32_t{0}, {}});
    return handle_push(push->push, std::move(bases));
  }
  if (const auto* kept = std::get_if<sync::Kept>(&message)) return handle(*kept);
  if (const auto* repair = std::get_if<sync::RepairRequest>(&message)) return handle(*repair);
  if (const auto* history = std::get_if<sync::HistoryRequest>(&message)) return handle(*history);
  if (const auto* presence = std::get_if<sync::Presence>(&message)) return handle(*presence);
  if (const auto* settled = std::get_if<sync::RefusalsSettled>(&message)) return handle(*settled);
  if (const auto* report = std::get_if<sync::Report>(&message)) {
    return store_.note_seen(device_.id, clock_.now(), *report);
  }
  if (std::holds_alternative<sync::Goodbye>(message)) {
    ended_ = true;
    return connection_->close(net::CloseCode::kNormal, "");
  }
  goodbye(Action::kUpgrade, "message qu'un poste n'envoie pas : mettez Navette à jour");
}

void Session::handle(const sync::Hello& hello) {
  if (introduced_) return goodbye(Action::kStop, "le poste s'est présenté deux fois");
  if (hello.oldest_version > sync::kProtocolVersion || hello.newest_version < sync::kProtocolVersion) {
    return goodbye(Action::kUpgrade, "cette version de Navette ne parle plus avec ce serveur : mettez-la à jour");
  }
  if (hello.schema_version > store_.authority().schema().version) {
    return goodbye(Action::kRetry, "le serveur n'est pas encore à jour de votre version : réessayez plus tard",
                   3'600'000);
  }
  if (hello.replica.empty()) return goodbye(Action::kStop, "poste sans identité");
  replica_ = hello.replica;
  early_.emplace();
  connection_->pause_reading();  // until the claim is durable
  store_.claim_replica(device_.id, hello.replica, clock_.now(), [self = shared_from_this(), hello](Result<> outcome) {
    self->connection_->strand().post([self, hello, outcome = std::move(outcome)] {
      self->claimed(hello, outcome);
      self->flush();
    });
  });
}

void Session::claimed(const sync::Hello& hello, const Result<>& outcome) {
  connection_->resume_reading();
  if (ended_) return;
  const std::vector<sync::Message> early = std::exchange(early_, std::nullopt).value_or(std::vector<sync::Message>{});
  if (!outcome) {
    if (outcome.error().code != ErrorCode::kConflict) return give_up(outcome.error());
    return goodbye(Action::kRetry, "ce poste est la copie d'un autre : il reçoit une nouvelle identité", 0, true);
  }
  introduced_ = true;
  sync::Welcome welcome;
  welcome.epoch = store_.epoch();
  welcome.heartbeat_ms = kHeartbeatMs;
  welcome.account = account_.name;
  welcome.role = account_.role;
  welcome.server_time = clock_.now();
  welcome.room = room_;
  say(std::move(welcome));
  const auto unchanged = stands_as(hello);
  if (!unchanged) return give_up(unchanged.error());
  if (!*unchanged) send_scope();
  send_refusals();
  for (const sync::Message& message : early) {
    if (ended_) return;
    handle(message);
  }
}

// What the account's other devices were refused, and what somebody has settled since.
void Session::send_refusals() {
  auto open = store_.refusals(account_.id);
  auto settled = store_.settled_refusals(account_.id);
  if (!open || !settled) return give_up(open ? settled.error() : open.error());
  for (const Refusal& refusal : *open) say(refusal.notice);
  if (!settled->empty()) say(sync::RefusalsSettled{std::move(*settled)});
}

void Session::handle(const sync::RefusalsSettled& told) {
  if (!within(settlements_)) return;
  auto settled = store_.settle_refusals(account_.id, told.refusals, clock_.now());
  if (!settled) return give_up(settled.error());
  if (!settled->empty()) hub_.tell_account(account_.id, sync::RefusalsSettled{std::move(*settled)}, this);
  say(told);
}

void Session::send_scope() {
  const auto dossiers = store_.in_scope(account_.id);
  if (!dossiers) return give_up(dossiers.error());
  scope_ = {dossiers->begin(), dossiers->end()};
  for (auto following = following_.begin(); following != following_.end();) {
    if (scope_.contains(following->first)) {
      ++following;
    } else {
      hub_.unfollow(following->first, this);
      following = following_.erase(following);
    }
  }
  say(sync::Scope{*dossiers});
}

void Session::handle(const sync::Follow& follow) {
  // A session that follows is the one its replica pushes through; one that only asks for history is not.
  hub_.name_room(replica_, room_);
  sync::Totals totals;
  for (const sync::FollowOne& one : follow.dossiers) {
    if (!scope_.contains(one.dossier) || following_.contains(one.dossier)) continue;
    Following& following = following_[one.dossier];
    following.wanted = one;
    // Followed before its heads are read: what is committed from here on waits in `waiting`, nothing falls between.
    hub_.follow(one.dossier, shared_from_this());
    to_catch_up_.push_back(one.dossier);
    ++totals.dossiers;
    auto plan = store_.plan_follow(one, readable());
    if (!plan) return give_up(plan.error());
    following.plan = std::move(*plan);
    for (const CatchUp& stream : following.plan.streams)
      totals.bytes += stream.by_snapshot ? stream.snapshot_bytes : stream.revision_bytes;
  }
  say(totals);
  if (!catching_up_) catch_up_next();
}

std::vector<Audience> Session::readable() const {
  std::vector<Audience> audiences;
  for (Audience audience : schema::kAudiences) {
    if (reads(audience)) audiences.push_back(audience);
  }
  return audiences;
}

void Session::handle(const sync::RepairRequest& request) {
  if (!within(repairs_)) return;
  const auto following = following_.find(request.dossier);
  if (following == following_.end() || !reads(request.audience)) return;
  auto repair = store_.repair(request);
  if (!repair) return give_up(repair.error());
  say(std::move(*repair));
}

void Session::handle(const sync::HistoryRequest& request) {
  if (!within(histories_)) return;
  sync::HistoryReply reply;
  reply.request = request.request;
  if (scope_.contains(request.dossier)) {
    HistoryFilter filter;
    filter.dossier = request.dossier;
    filter.audiences = readable();
    filter.record = request.record;
    filter.field = request.field;
    if (request.limit != 0) filter.limit = std::min(request.limit, tuning::kHistoryEntries);
    auto page = store_.history(filter);
    if (!page) return give_up(page.error());
    reply.entries = std::move(page->entries);
    reply.more = page->more;
  }
  say(std::move(reply));
}

void Session::handle(const sync::Presence& presence) {
  if (!within(presence_changes_)) return;
  const auto following = following_.find(presence.dossier);
  const schema::Kind* kind = store_.authority().schema().kind(presence.at.kind);
  const schema::Field* field = kind == nullptr ? nullptr : kind->field(presence.at.field);
  if (following == following_.end() || field == nullptr || !reads(field->audience)) return;
  // A person has a few fields open; more is a fault of the program.
  const std::pair place{presence.dossier, presence.at};
  if (presence.open && presences_.size() >= kOpenFields && !presences_.contains(place)) return;
  if (presence.open) {
    presences_.insert(place);
  } else {
    presences_.erase(place);
  }
  sync::Presence told = presence;
  told.who = {account_.name, party_};
  hub_.presence(told, field->audience, room_, following->second.sent[field->audience], this);
}

void Session::handle_push(Bytes encoded, std::vector<sync::SuppliedBase> bases) {
  const auto header = sync::peek_push(encoded);
  if (!header)
    return goodbye(Action::kUpgrade, "envoi illisible : mettez Navette à jour, vos brouillons restent sur le poste");
  if (header->replica != replica_) return goodbye(Action::kStop, "cet envoi porte l'identité d'un autre poste");
  const auto following = following_.find(header->dossier);
  if (following == following_.end() || !following->second.live)
    return;  // left the scope meanwhile: it is told by Scope
  if (following->second.pushing)
    return goodbye(Action::kRetry, "un envoi est arrivé avant la réponse au précédent", tuning::kAskedTooMuchRetryMs);
  const DossierId dossier = header->dossier;
  const auto self = shared_from_this();
  const auto answer = [self, dossier](Result<PushResult> result) {
    self->connection_->strand().post([self, dossier, result = std::move(result)]() mutable {
      self->drain_after_answer();
      self->answered(dossier, std::move(result));
      self->flush();
    });
  };
  {
    const std::lock_guard lock(mutex_);
    ++answers_awaited_;
  }
  Result<> queued;
  const auto push = sync::decode<sync::Push>(encoded);
  if (push && push->changes.size() <= sync::tuning::kPushChanges && encoded.size() <= 2 * sync::tuning::kPushBytes) {
    PushRequest request;
    request.dossier = dossier;
    request.account = account_.id;
    request.source.author = {account_.name, party_};
    request.source.role = role_;
    request.source.replica = replica_;
    request.source.together = [self, dossier](const std::string& room, const sync::FieldRef& at, Revision since) {
      return room == self->room_ && self->hub_.together(room, dossier, at, since);
    };
    request.encoded = encoded;
    request.bases = bases;
    request.now = clock_.now();
    queued = store_.push(std::move(request), answer);
  } else {
    queued = store_.unreadable({dossier, replica_, header->number, sha256(encoded), clock_.now()}, answer);
  }
  if (queued) {
    following->second.pushing = true;
    return;
  }
  drain_after_answer();
  if (queued.error().code != ErrorCode::kBusy) return give_up(queued.error());
  postpone(std::move(encoded), std::move(bases), queued.error());
}

void Session::postpone(Bytes encoded, std::vector<sync::SuppliedBase> bases, const Error& busy) {
  const auto now = std::chrono::steady_clock::now();
  if (!busy_since_) {
    busy_since_ = now;
    connection_->pause_reading();
  }
  if (now - *busy_since_ > kBusyLimit) return give_up(busy);
  postponed_.push_back({std::move(encoded), std::move(bases)});
  if (postponed_.size() > 1) return;
  connection_->strand().run_after(kBusyRetry, [self = shared_from_this()] {
    self->try_postponed();
    self->flush();
  });
}

void Session::try_postponed() {
  for (Postponed& push : std::exchange(postponed_, {})) {
    if (!ended_) handle_push(std::move(push.encoded), std::move(push.bases));
  }
  if (!postponed_.empty() || !busy_since_) return;
  busy_since_.reset();
  connection_->resume_reading();
}

void Session::answered(const DossierId& dossier, Result<PushResult> result) {
  if (ended_) return;
  if (const auto found = following_.find(dossier); found != following_.end()) found->second.pushing = false;
  if (!result) return give_up(result.error());
  if (const auto* need = std::get_if<sync::NeedBases>(&result->answer)) return say(*need);
  if (std::holds_alternative<sync::ReplicaReused>(result->answer)) {
    return goodbye(Action::kRetry, "ce poste a été restauré ou copié : il reçoit une nouvelle identité", 0, true);
  }
  const auto& applied = std::get<sync::Applied>(result->answer);
  for (const sync::RefusedChange& refused : applied.refusals) {  // none in a repeated answer
    hub_.tell_account(account_.id,
                      sync::RefusalNotice{refused.id, dossier, refused.at, refused.act, refused.owner, refused.value,
                                          refused.base, refused.reason, applied.receipt.server_time},
                      this);
  }
  if (!following_.contains(dossier)) return;
  say(sync::ReceiptMessage{applied.receipt});
}

void Session::tell(const sync::Message& message) { queue(message, true); }
void Session::tell_revisions(const SharedNews& news) { queue(news, false); }

void Session::refresh_scope() {
  connection_->strand().post([self = shared_from_this()] {
    if (self->ended_ || !self->introduced_) return;
    // A scope that stays as it is is not told: other people's rights and dossiers are no news here.
    const auto dossiers = self->store_.in_scope(self->account_.id);
    if (dossiers && std::ranges::equal(*dossiers, self->scope_)) return;
    self->drain();
    self->send_scope();
    self->flush();
  });
}

void Session::end(const sync::Goodbye& goodbye_message) {
  connection_->strand().post([self = shared_from_this(), goodbye_message] {
    self->goodbye(goodbye_message.action, goodbye_message.reason, goodbye_message.retry_after_ms);
  });
}

void Session::queue(Item item, bool at_once) {
  const auto* news = std::get_if<SharedNews>(&item);
  const bool own = news != nullptr && (*news)->revisions.from == replica_ && !replica_.empty();
  std::chrono::milliseconds delay{0};
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(item));
    // What this replica pushed itself leaves with the receipt, which is on its way.
    if (drain_ == Drain::kSoon || (own && answers_awaited_ != 0)) return;
    if (!at_once) {
      if (drain_ == Drain::kLater) return;
      delay = hub_.relay_delay(std::chrono::steady_clock::now());
    }
    drain_ = delay.count() == 0 ? Drain::kSoon : Drain::kLater;
  }
  auto look = [self = shared_from_this()] {
    self->drain();
    self->flush();
  };
  if (delay.count() == 0) return connection_->strand().post(std::move(look));
  connection_->strand().run_after(delay, std::move(look));
}

void Session::drain_after_answer() {
  {
    const std::lock_guard lock(mutex_);
    --answers_awaited_;
  }
  drain();
}

void Session::drain() {
  std::vector<Item> items;
  {
    const std::lock_guard lock(mutex_);
    items.swap(inbox_);
    drain_ = Drain::kNotDue;
  }
  if (ended_) return;
  for (Item& item : items) {
    if (const auto* message = std::get_if<sync::Message>(&item)) {
      // What the account's other devices did before this one said hello comes with the answer to that.
      if (introduced_) say(*message);
      continue;
    }
    auto& news = std::get<SharedNews>(item);
    const auto following = following_.find(news->revisions.dossier);
    if (following == following_.end()) continue;
    if (following->second.live) {
      send_revisions(following->second, *news);
    } else {
      following->second.waiting.push_back(std::move(news));
    }
  }
}

void Session::say(const sync::Message& message) {
  if (!ended_) sync::append_message(outgoing_, message);
}

void Session::flush() {
  if (outgoing_.empty()) return;
  send_frames(sync::pack_payload(std::exchange(outgoing_, {})));
}

void Session::send_frames(const std::vector<Bytes>& frames) {
  for (const Bytes& frame : frames) {
    if (!connection_->send(frame)) return;
  }
}

void Session::goodbye(Action action, std::string reason, std::uint32_t retry_after_ms, bool new_replica_id) {
  if (ended_) return;
  say(sync::Goodbye{action, std::move(reason), retry_after_ms, new_replica_id});
  flush();
  ended_ = true;
  connection_->close(net::CloseCode::kNormal, "");
}

bool Session::within(TokenBucket& budget) {
  if (budget.take(clock_.now().milliseconds)) return true;
  goodbye(Action::kRetry, "trop de demandes à la fois : reprise automatique", tuning::kAskedTooMuchRetryMs);
  return false;
}

void Session::give_up(const Error& error) {
  const bool disk = error.code == ErrorCode::kDiskFull;
  const Action action = action_of(error.code) == Action::kCorrect ? Action::kRetry : action_of(error.code);
  goodbye(action, disk ? "le disque du serveur est plein : vos brouillons restent sur le poste" : error.message,
          disk ? kRetryDiskMs : 1'000);
}

}  // namespace navette::server
