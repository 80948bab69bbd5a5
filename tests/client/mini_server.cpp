#include "client/mini_server.hpp"

#include <algorithm>

#include "navette/cpom/schema.hpp"
#include "navette/sync/codec.hpp"

namespace navette::test {

using sync::Audience;

// Every state the dossier was in, by audience and revision.
struct MiniServer::Memory : sync::History {
  std::map<std::pair<Audience, Revision>, sync::DossierState> states;

  void remember(const sync::DossierState& state) {
    for (const Audience audience : schema::kAudiences) {
      states.try_emplace({audience, state.streams[static_cast<std::size_t>(audience)].head}, state);
    }
  }
  schema::Value value_at(const sync::FieldRef& at, Audience audience, Revision revision) const override {
    const auto found = states.find({audience, revision});
    const sync::RecordState* record = found == states.end() ? nullptr : found->second.record(at.record);
    const sync::FieldState* field = record == nullptr ? nullptr : record->field(at.field);
    return field == nullptr ? schema::Value{} : field->value;
  }
  std::optional<Hash> chain_at(Audience audience, Revision revision) const override {
    const auto found = states.find({audience, revision});
    if (found == states.end()) return std::nullopt;
    return found->second.streams[static_cast<std::size_t>(audience)].chain;
  }
  std::optional<sync::Author> remover_of(const RecordId&) const override { return std::nullopt; }
  std::optional<sync::Author> author_at(Audience, Revision) const override { return sync::Author{"Une personne", {}}; }
  std::optional<sync::Conflict> closed_conflict(const ConflictId&) const override { return std::nullopt; }
  bool ever_held(const sync::FieldRef&, Audience, const schema::Value&) const override { return false; }
  bool taken_elsewhere(const RecordId&) const override { return false; }
};

struct MiniServer::Peer {
  std::shared_ptr<net::Connection> connection;
  sync::Unpacker unpacker{sync::kBatchBytesFromReplica};
  ReplicaId replica;
  bool live = false;
};

MiniServer::MiniServer(net::ServerOptions options, std::vector<sync::SeedRecord> records)
    : authority_(cpom::cpom_schema(), "key", random_),
      dossier_(DossierId::make_v7(clock_.now(), random_)),
      epoch_(EpochId::make_v4(random_)),
      state_(sync::empty_dossier(dossier_)),
      memory_(std::make_unique<Memory>()) {
  memory_->remember(state_);
  const auto applied = authority_.seed(state_, records, {"Import", schema::Party::kAgence}, clock_.now());
  for (const sync::NewRevision& made : applied.revisions) revisions_[made.audience].push_back(made.envelope);
  memory_->remember(state_);
  net::ServerHandlers handlers;
  handlers.on_connection = [this](const std::shared_ptr<net::Connection>& connection) { take(connection); };
  server_ = net::Server::start(std::move(options), std::move(handlers)).value();
  port_ = server_->port();
}

MiniServer::~MiniServer() { server_->stop(); }

std::size_t MiniServer::hellos() const {
  const std::lock_guard lock(mutex_);
  return hellos_;
}

std::vector<sync::Report> MiniServer::reports() const {
  const std::lock_guard lock(mutex_);
  return reports_;
}

void MiniServer::turn_away(const sync::Goodbye& goodbye) {
  const std::lock_guard lock(mutex_);
  goodbyes_.push_back(goodbye);
}

void MiniServer::cut_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& peer : peers_) peer->connection->cut();
}

void MiniServer::take(const std::shared_ptr<net::Connection>& connection) {
  const auto peer = std::make_shared<Peer>();
  peer->connection = connection;
  {
    const std::lock_guard lock(mutex_);
    peers_.insert(peer);
  }
  connection->start({.on_frame =
                         [this, peer](const Bytes& frame) {
                           const auto batch = peer->unpacker.feed(frame);
                           if (!batch || !*batch) return;
                           const std::lock_guard lock(mutex_);
                           for (const sync::Message& message : **batch) hear(*peer, message);
                         },
                     .on_closed =
                         [this, peer](const std::optional<Error>&) {
                           const std::lock_guard lock(mutex_);
                           peers_.erase(peer);
                         }});
}

void MiniServer::say(Peer& peer, const std::vector<sync::Message>& batch) {
  for (Bytes& frame : sync::pack(batch)) (void)peer.connection->send(std::move(frame));
}

void MiniServer::hear(Peer& peer, const sync::Message& message) {
  if (const auto* hello = std::get_if<sync::Hello>(&message)) {
    ++hellos_;
    peer.replica = hello->replica;
    if (!goodbyes_.empty()) {
      say(peer, {goodbyes_.front()});
      goodbyes_.pop_front();
      return peer.connection->close(net::CloseCode::kTryLater, {});
    }
    sync::Welcome welcome;
    welcome.epoch = epoch_;
    welcome.account = "Une personne";
    welcome.role = "correspondant";
    say(peer, {welcome, sync::Scope{{dossier_}}});
  } else if (const auto* asked = std::get_if<sync::Follow>(&message)) {
    for (const sync::FollowOne& one : asked->dossiers) follow(peer, one);
    peer.live = true;
  } else if (const auto* sent = std::get_if<sync::PushMessage>(&message)) {
    push(peer, sent->push);
  } else if (const auto* report = std::get_if<sync::Report>(&message)) {
    reports_.push_back(*report);
  } else if (const auto* question = std::get_if<sync::HistoryRequest>(&message)) {
    sync::HistoryReply reply{question->request, {}, false};
    reply.entries.resize(1);
    reply.entries[0].author.name = "Une personne";
    reply.entries[0].what = "set";
    say(peer, {reply});
  }
}

void MiniServer::follow(Peer& peer, const sync::FollowOne& one) {
  std::vector<sync::Message> batch;
  for (const Audience audience : {Audience::kShared, Audience::kStructure}) {
    const auto* head = &one.heads;
    const auto known = std::ranges::find(*head, audience, &sync::StreamHead::audience);
    if (known == head->end()) {
      batch.emplace_back(sync::Snapshot{dossier_, false, authority_.snapshot(state_, audience)});
      continue;
    }
    sync::Revisions missing{dossier_, audience, {}};
    for (const sync::RevisionEnvelope& envelope : revisions_[audience]) {
      if (envelope.number > known->revision) missing.envelopes.push_back(envelope);
    }
    if (!missing.envelopes.empty()) batch.emplace_back(std::move(missing));
  }
  batch.emplace_back(sync::CaughtUp{one.dossier});
  say(peer, batch);
}

void MiniServer::push(Peer& peer, const Bytes& encoded) {
  const sync::Push push = sync::decode<sync::Push>(encoded).value();
  const sync::PushSource source{{"Une personne", schema::Party::kStructure}, 0, push.replica, {}};
  const auto answer = authority_.process(state_, *memory_, source, push, encoded, {}, clock_.now());
  const auto& applied = std::get<sync::Applied>(answer);
  memory_->remember(state_);
  std::vector<sync::Message> news;
  for (const sync::NewRevision& made : applied.revisions) {
    revisions_[made.audience].push_back(made.envelope);
    news.emplace_back(sync::Revisions{dossier_, made.audience, {made.envelope}});
  }
  for (const auto& other : peers_) {
    if (other.get() != &peer && other->live) say(*other, news);
  }
  news.emplace_back(sync::ReceiptMessage{applied.receipt});
  say(peer, news);
}

}  // namespace navette::test
