#include "memory_authority.hpp"

#include <algorithm>
#include <utility>

#include "navette/sync/codec.hpp"

namespace navette::test {
namespace {

using sync::Audience;

std::size_t index_of(Audience audience) { return static_cast<std::size_t>(audience); }

bool contains(const std::vector<DossierId>& ids, const DossierId& id) {
  return std::ranges::find(ids, id) != ids.end();
}

std::vector<Audience> readable_by(schema::Party party) { return {Audience::kShared, schema::own_audience(party)}; }

}  // namespace

MemoryAuthority::MemoryAuthority(const schema::Schema& schema, Random& random)
    : schema_(schema),
      random_(random),
      authority_(schema, "une clé de test", random),
      epoch_(EpochId::make_v4(random)) {}

void MemoryAuthority::put_account(const std::string& name, const std::string& role) {
  accounts_[name] = schema_.role(role).value();
  scopes_.try_emplace(name);
}

void MemoryAuthority::set_role(const std::string& account, const std::string& role) {
  put_account(account, role);
  std::vector<SessionNumber> live;
  for (const auto& [number, session] : sessions_) {
    if (session.account == account) live.push_back(number);
  }
  for (const SessionNumber number : live) goodbye(number, Action::kRetry, false);
}

void MemoryAuthority::set_scope(const std::string& account, const std::vector<DossierId>& dossiers) {
  scopes_[account] = dossiers;
  for (auto& [number, session] : sessions_) {
    if (session.account != account || !session.welcomed) continue;
    std::erase_if(session.following, [&](const auto& item) { return !contains(dossiers, item.first); });
    session.out.push_back({sync::Scope{dossiers}});
  }
}

void MemoryAuthority::create_dossier(const DossierId& id, const std::vector<sync::SeedRecord>& records, Timestamp now) {
  MemoryDossier& made = dossiers_.try_emplace(id, id).first->second;
  made.commit(authority_, authority_.seed(made.state, records, {"Agence", schema::Party::kAgence}, now), {}, {});
  tell_followers(id, nullptr, nullptr);
}

MemoryAuthority::Backup MemoryAuthority::backup() {
  for (const auto& [id, dossier] : dossiers_) covered_[id] = dossier.state.streams;
  for (auto& [number, session] : sessions_) {
    for (const auto& [id, following] : session.following) {
      if (!following.served) continue;
      sync::Covered covered{id, {}};
      for (Audience audience : readable_by(schema_.roles[session.role].party)) {
        const sync::StreamState& stream = covered_[id][index_of(audience)];
        covered.heads.push_back({audience, stream.head, shorten(stream.chain)});
      }
      session.out.push_back({covered});
    }
  }
  return dossiers_;
}

void MemoryAuthority::restore(const Backup& backup) {
  restart();
  dossiers_ = backup;
  epoch_ = EpochId::make_v4(random_);
}

void MemoryAuthority::restart(Timestamp) {
  sessions_.clear();
  last_words_.clear();
  rooms_.clear();
}

MemoryAuthority::SessionNumber MemoryAuthority::connect(const std::string& account, Timestamp) {
  Session& session = sessions_[next_session_];
  session.account = account;
  session.role = accounts_.at(account);
  session.room = "session " + std::to_string(next_session_);
  return next_session_++;
}

void MemoryAuthority::disconnect(SessionNumber number) {
  const auto session = sessions_.find(number);
  last_words_.erase(number);
  if (session == sessions_.end()) return;
  for (auto& [dossier, fields] : rooms_) {
    for (auto& [at, rooms] : fields) rooms.erase(session->second.room);
  }
  sessions_.erase(session);
}

std::deque<Batch> MemoryAuthority::take(SessionNumber number) {
  if (const auto last = last_words_.find(number); last != last_words_.end()) return std::exchange(last->second, {});
  const auto session = sessions_.find(number);
  return session == sessions_.end() ? std::deque<Batch>{} : std::exchange(session->second.out, {});
}

std::deque<Bytes> MemoryAuthority::take_frames(SessionNumber number) {
  std::deque<Bytes> frames;
  for (const Batch& batch : take(number)) {
    if (!batch.empty()) std::ranges::move(sync::pack(batch), std::back_inserter(frames));
  }
  return frames;
}

void MemoryAuthority::goodbye(SessionNumber number, Action action, bool new_replica_id) {
  sessions_[number].out.push_back({sync::Goodbye{action, "au revoir", 0, new_replica_id}});
  std::deque<Batch> last = std::move(sessions_[number].out);
  disconnect(number);
  last_words_[number] = std::move(last);
}

void MemoryAuthority::receive(SessionNumber number, const Batch& batch, Timestamp now) {
  for (const sync::Message& message : batch) {
    if (sessions_.contains(number)) handle(number, message, now);
  }
}

void MemoryAuthority::receive_frame(SessionNumber number, const Bytes& frame, Timestamp now) {
  const auto session = sessions_.find(number);
  if (session == sessions_.end()) return;
  const auto batch = session->second.unpacker.feed(frame);
  if (!batch) return goodbye(number, Action::kRetry, false);
  if (*batch) receive(number, **batch, now);
}

void MemoryAuthority::handle(SessionNumber number, const sync::Message& message, Timestamp now) {
  Session& session = sessions_.at(number);
  if (const auto* hello = std::get_if<sync::Hello>(&message)) {
    handle(session, *hello, now);
  } else if (const auto* follow = std::get_if<sync::Follow>(&message)) {
    handle(number, *follow);
  } else if (const auto* kept = std::get_if<sync::Kept>(&message)) {
    handle(session, *kept);
  } else if (const auto* push = std::get_if<sync::PushMessage>(&message)) {
    handle(number, push->push, {}, false, now);
  } else if (const auto* with_bases = std::get_if<sync::PushWithBases>(&message)) {
    handle(number, with_bases->push, with_bases->bases, true, now);
  } else if (const auto* request = std::get_if<sync::RepairRequest>(&message)) {
    if (session.following.contains(request->dossier)) {
      session.out.push_back({authority_.repair(dossiers_.at(request->dossier).state, *request)});
    }
  } else if (const auto* settled = std::get_if<sync::RefusalsSettled>(&message)) {
    handle(session, *settled);
  } else if (const auto* presence = std::get_if<sync::Presence>(&message)) {
    std::set<std::string>& rooms = rooms_[presence->dossier][presence->at];
    if (presence->open) {
      rooms.insert(session.room);
    } else {
      rooms.erase(session.room);
    }
  }
}

void MemoryAuthority::handle(Session& session, const sync::Hello& hello, Timestamp now) {
  session.replica = hello.replica;
  session.welcomed = true;
  sync::Welcome welcome;
  welcome.epoch = epoch_;
  welcome.account = session.account;
  welcome.role = schema_.roles[session.role].name;
  welcome.server_time = now;
  welcome.room = session.room;
  Batch first{welcome};
  if (stands_as(session, hello)) {
    first.push_back(sync::Unchanged{static_cast<std::uint32_t>(session.following.size())});
  } else {
    first.push_back(sync::Scope{scopes_.at(session.account)});
  }
  sync::RefusalsSettled settled;
  for (const Refused& refused : refusals_[session.account]) {
    if (refused.settled) {
      settled.refusals.push_back({refused.notice.id, sync::value_hash(refused.notice.value)});
    } else {
      first.push_back(refused.notice);
    }
  }
  if (!settled.refusals.empty()) first.push_back(settled);
  session.out.push_back(std::move(first));
}

bool MemoryAuthority::stands_as(Session& session, const sync::Hello& hello) {
  if (hello.standing == ShortHash{} || hello.epoch != epoch_) return false;
  std::vector<DossierId> scope = scopes_.at(session.account);
  std::ranges::sort(scope);
  std::vector<sync::FollowOne> here;
  std::map<DossierId, Following> following;
  for (const DossierId& id : scope) {
    const auto dossier = dossiers_.find(id);
    if (dossier == dossiers_.end()) return false;
    sync::FollowOne& one = here.emplace_back(sync::FollowOne{id, {}, {}});
    for (Audience audience : readable_by(schema_.roles[session.role].party)) {
      const sync::StreamState& stream = dossier->second.state.streams[index_of(audience)];
      one.heads.push_back({audience, stream.head, shorten(stream.chain)});
      following[id].sent[index_of(audience)] = stream.head;
    }
    following[id].served = true;
  }
  if (sync::standing_hash(here) != hello.standing) return false;
  session.following = std::move(following);
  return true;
}

void MemoryAuthority::tell_account(const Session& from, const sync::Message& message) {
  for (auto& [number, session] : sessions_) {
    if (&session != &from && session.welcomed && session.account == from.account) session.out.push_back({message});
  }
}

void MemoryAuthority::handle(Session& session, const sync::RefusalsSettled& told) {
  sync::RefusalsSettled settled;
  for (Refused& refused : refusals_[session.account]) {
    const auto named = std::ranges::find(told.refusals, refused.notice.id, &sync::SettledRefusal::id);
    if (named == told.refusals.end() || std::exchange(refused.settled, true)) continue;
    settled.refusals.push_back({refused.notice.id, sync::value_hash(refused.notice.value)});
  }
  if (!settled.refusals.empty()) tell_account(session, settled);
  session.out.push_back({told});
}

void MemoryAuthority::handle(SessionNumber number, const sync::Follow& follow) {
  Session& session = sessions_.at(number);
  const schema::Party party = schema_.roles[session.role].party;
  for (const sync::FollowOne& one : follow.dossiers) {
    if (!contains(scopes_.at(session.account), one.dossier)) continue;
    const auto found = dossiers_.find(one.dossier);
    if (found == dossiers_.end()) continue;
    const sync::DossierState& state = found->second.state;
    if (const auto mark = state.marks.find(session.replica); mark != state.marks.end()) {
      if (mark->second.number > one.last_push) {
        goodbye(number, Action::kRetry, true);
        return;
      }
    }
    Following& following = session.following[one.dossier];
    following = {};
    following.heads = one.heads;
    for (Audience audience : readable_by(party)) {
      const auto head = std::ranges::find(one.heads, audience, &sync::StreamHead::audience);
      if (head == one.heads.end() || head->revision <= state.streams[index_of(audience)].head) continue;
      following.to_ask.push_back(audience);
    }
    Batch batch;
    go_on(session, one.dossier, batch);
    session.out.push_back(std::move(batch));
  }
}

// Asks for the next stream of which the replica holds more, or serves the dossier.
void MemoryAuthority::go_on(Session& session, const DossierId& id, Batch& batch) {
  Following& following = session.following.at(id);
  if (following.to_ask.empty()) {
    serve(session, id, batch);
    return;
  }
  const Audience audience = following.to_ask.front();
  batch.push_back(sync::AskKept{id, audience, dossiers_.at(id).state.streams[index_of(audience)].head});
}

void MemoryAuthority::handle(Session& session, const sync::Kept& kept) {
  const auto place = session.following.find(kept.dossier);
  if (place == session.following.end() || place->second.served || place->second.to_ask.empty()) return;
  MemoryDossier& dossier = dossiers_.at(kept.dossier);
  const sync::StreamState& stream = dossier.state.streams[index_of(kept.audience)];
  const sync::StreamState before = stream;
  const sync::Applied adopted = authority_.adopt(dossier.state, kept.audience, kept.envelopes);
  dossier.commit(authority_, adopted, {}, {});
  if (on_kept) on_kept({kept, before, stream});
  tell_followers(kept.dossier, nullptr, nullptr);
  if (!kept.last) return;
  place->second.to_ask.pop_front();
  Batch batch;
  go_on(session, kept.dossier, batch);
  session.out.push_back(std::move(batch));
}

void MemoryAuthority::serve(Session& session, const DossierId& id, Batch& batch) {
  const MemoryDossier& dossier = dossiers_.at(id);
  Following& following = session.following.at(id);
  sync::Covered covered{id, {}};
  for (Audience audience : readable_by(schema_.roles[session.role].party)) {
    const sync::StreamState& stream = dossier.state.streams[index_of(audience)];
    const auto at = std::ranges::find(following.heads, audience, &sync::StreamHead::audience);
    const bool unknown = at == following.heads.end();
    const auto chain = unknown ? std::nullopt : dossier.chain_at(audience, at->revision);
    const bool ours = chain && shorten(*chain) == at->chain;
    if (!ours || stream.head.value - at->revision.value > snapshot_after_) {
      batch.push_back(sync::Snapshot{id, !unknown && !ours, authority_.snapshot(dossier.state, audience)});
    } else if (at->revision < stream.head) {
      batch.push_back(sync::Revisions{id, audience, dossier.after(audience, at->revision)});
    }
    following.sent[index_of(audience)] = stream.head;
    if (const auto cover = covered_.find(id); cover != covered_.end()) {
      const sync::StreamState& backed = cover->second[index_of(audience)];
      covered.heads.push_back({audience, backed.head, shorten(backed.chain)});
    }
  }
  following.served = true;
  batch.push_back(sync::CaughtUp{id});
  if (!covered.heads.empty()) batch.push_back(covered);
}

void MemoryAuthority::tell_followers(const DossierId& id, Session* pusher, const sync::Receipt* receipt) {
  const MemoryDossier& dossier = dossiers_.at(id);
  for (auto& [number, session] : sessions_) {
    const auto place = session.following.find(id);
    Batch batch;
    if (place != session.following.end() && place->second.served) {
      for (Audience audience : readable_by(schema_.roles[session.role].party)) {
        Revision& sent = place->second.sent[index_of(audience)];
        const Revision head = dossier.state.streams[index_of(audience)].head;
        if (sent < head) batch.push_back(sync::Revisions{id, audience, dossier.after(audience, sent)});
        sent = head;
      }
    }
    if (&session == pusher) batch.push_back(sync::ReceiptMessage{*receipt});
    if (!batch.empty()) session.out.push_back(std::move(batch));
  }
}

sync::PushAnswer MemoryAuthority::process(Session& session, const sync::Push& push, const Bytes& encoded,
                                          const std::vector<sync::SuppliedBase>& bases, Timestamp now) {
  MemoryDossier& dossier = dossiers_.at(push.dossier);
  sync::PushSource source;
  source.author = {session.account, schema_.roles[session.role].party};
  source.role = session.role;
  source.replica = session.replica;
  source.together = [&](const std::string& room, const sync::FieldRef& at, Revision since) {
    const schema::Field* field = schema_.kind(at.kind)->field(at.field);
    return room == session.room && rooms_[push.dossier][at].contains(room) &&
           dossier.together(room, at, field->audience, since);
  };
  const sync::DossierState before = on_push ? dossier.state : sync::DossierState{};
  sync::PushAnswer answer = authority_.process(dossier.state, dossier, source, push, encoded, bases, now);
  if (const auto* applied = std::get_if<sync::Applied>(&answer); applied != nullptr && !applied->repeated) {
    dossier.commit(authority_, *applied, rooms_[push.dossier], session.room);
    for (const sync::RefusedChange& refused : applied->refusals) {
      const sync::RefusalNotice notice{refused.id,    push.dossier, refused.at,     refused.act, refused.owner,
                                       refused.value, refused.base, refused.reason, now};
      refusals_[session.account].push_back({notice, false});
      tell_account(session, notice);
    }
    if (on_push) on_push({push, source, bases, before, dossier.state, applied->receipt});
  }
  return answer;
}

void MemoryAuthority::handle(SessionNumber number, const Bytes& encoded, const std::vector<sync::SuppliedBase>& bases,
                             bool second, Timestamp now) {
  Session& session = sessions_.at(number);
  const auto push = sync::decode<sync::Push>(encoded);
  const auto place = push ? session.following.find(push->dossier) : session.following.end();
  if (place == session.following.end() || !place->second.served || push->replica != session.replica) {
    goodbye(number, Action::kStop, false);
    return;
  }
  const sync::PushAnswer answer = process(session, *push, encoded, bases, now);
  if (std::holds_alternative<sync::ReplicaReused>(answer)) {
    goodbye(number, Action::kRetry, true);
  } else if (const auto* need = std::get_if<sync::NeedBases>(&answer)) {
    if (second) {
      goodbye(number, Action::kStop, false);  // asked already: this end never answers it
      return;
    }
    session.out.push_back({*need});
  } else {
    tell_followers(push->dossier, &session, &std::get<sync::Applied>(answer).receipt);
  }
}

void MemoryAuthority::receive_late(const std::string& account, const ReplicaId& replica, const Bytes& encoded,
                                   Timestamp now) {
  const auto push = sync::decode<sync::Push>(encoded);
  if (!push || !dossiers_.contains(push->dossier)) return;
  if (!contains(scopes_.at(account), push->dossier)) return;
  Session session;
  session.account = account;
  session.role = accounts_.at(account);
  session.replica = replica;
  const sync::PushAnswer answer = process(session, *push, encoded, {}, now);
  if (std::holds_alternative<sync::Applied>(answer)) tell_followers(push->dossier, nullptr, nullptr);
}

}  // namespace navette::test
