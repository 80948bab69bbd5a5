#include "production_server.hpp"

#include <algorithm>
#include <future>
#include <stdexcept>

#include "../../server/src/session/session.hpp"
#include "navette/net/tuning.hpp"
#include "navette/sync/codec.hpp"

namespace navette::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kCodeLifetimeMs = 1'000'000;
constexpr int kManyRounds = 10'000;
constexpr std::size_t kManyRevisions = 100'000;

// What this server may not refuse.
template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error("the server failed: " + result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

ProductionServer::ProductionServer(const schema::Schema& schema, std::uint64_t seed, FaultyVfs& disk,
                                   const fs::path& directory)
    : schema_(schema),
      rooms_(seed),
      deciding_(seed + 1),
      disk_(disk),
      root_(directory),
      directory_(directory / "0"),
      backup_(directory / "sauvegarde.sqlite") {
  fs::create_directories(directory_);
  open();
}

ProductionServer::~ProductionServer() {
  close_sessions();
  store_.reset();
  disk_.forget(directory_);
}

void ProductionServer::open() {
  hub_ = std::make_unique<server::Hub>();
  store_ = value_of(server::AuthorityStore::open(value_of(server::AuthorityStore::lock(directory_)), directory_,
                                                 schema_, deciding_, "essai"));
  store_->listen([this](const server::CommittedRevisions& revisions) { hub_->committed(revisions); });
}

// Every job before this one is done when it is answered.
void ProductionServer::settle() {
  for (int round = 0; round < kManyRounds; ++round) {
    std::promise<void> answered;
    value_of(store_->adopt({finess_.empty() ? DossierId{} : finess_.begin()->first, {}, sync::Audience::kShared, {}},
                           [&](const Result<server::PushResult>&) { answered.set_value(); }));
    answered.get_future().wait();
    if (!loop_.run(clock_.time)) return;
  }
  throw std::runtime_error("the server never comes to rest");
}

void ProductionServer::close_sessions() {
  for (auto& [number, line] : lines_) line.connection->end();
  settle();
  lines_.clear();
  loop_.drop();
}

void ProductionServer::put_account(const std::string& name, const std::string& role) {
  if (!roles_.emplace(name, role).second) return;
  const server::Account account{AccountId::make_v4(rooms_), name, role, "ej:000000000", clock_.time, false};
  scopes_.try_emplace(name);
  value_of(store_->add_account(account));
  const std::string code = value_of(store_->new_enrolment_code(account.id, clock_.time, kCodeLifetimeMs));
  server::Device device;
  device.id = devices_[name] = DeviceId::make_v4(rooms_);
  device.account = account.id;
  device.name = "poste";
  device.serial = device.fingerprint = device.id.text();
  device.enrolled = clock_.time;
  value_of(store_->enrol(code, device, clock_.time));
}

void ProductionServer::set_role(const std::string& account_name, const std::string& role) {
  roles_[account_name] = role;
  server::Account account = value_of(store_->account_named(account_name));
  account.role = role;
  value_of(store_->change_account(account));
  hub_->end(devices_.at(account_name), {Action::kRetry, "au revoir", 0, false});
  settle();
}

void ProductionServer::set_scope(const std::string& account_name, const std::vector<DossierId>& dossiers) {
  scopes_[account_name] = dossiers;
  server::Account account = value_of(store_->account_named(account_name));
  account.scope.clear();
  for (const DossierId& id : dossiers) account.scope += (account.scope.empty() ? "ej:" : " ej:") + finess_.at(id);
  value_of(store_->change_account(account));
  hub_->refresh_scopes();
  settle();
}

std::vector<DossierId> ProductionServer::scope(const std::string& account) const { return scopes_.at(account); }

void ProductionServer::create_dossier(const DossierId& id, const std::vector<sync::SeedRecord>& records,
                                      Timestamp now) {
  clock_.time = now;
  finess_[id] = std::to_string(990'000'000 + finess_.size());
  value_of(store_->create_dossier({id, finess_[id], "CH de l'essai", "2027-01-01", now, {}}, records,
                                  {"Agence", schema::Party::kAgence}));
  copies_.try_emplace(id, id);
  refresh(id);
}

void ProductionServer::back_up(Timestamp now) {
  clock_.time = now;
  disk_.forget(root_);
  fs::remove(backup_);
  value_of(store_->backup_to(backup_, now));
  std::vector<sync::Covered> covered;
  for (const auto& [id, finess] : finess_) covered.push_back({id, value_of(store_->covered(id))});
  hub_->covered(covered);
  settle();
}

void ProductionServer::restore_backup(Timestamp now) {
  clock_.time = now;
  close_sessions();
  store_.reset();
  {
    const os::FileLock lock = value_of(server::AuthorityStore::lock(directory_));
    (void)value_of(server::AuthorityStore::restore(lock, directory_, backup_, schema_, deciding_, now));
  }
  disk_.forget(directory_);
  disk_.forget(root_);
  open();
  rebuild_copies();
}

void ProductionServer::restart(Timestamp now) {
  clock_.time = now;
  close_sessions();
  store_.reset();
  open();
  rebuild_copies();
}

void ProductionServer::crash(Unflushed unflushed, unsigned seed, Timestamp now) {
  clock_.time = now;
  disk_.cut_power(directory_);
  close_sessions();
  store_.reset();
  const fs::path next = root_ / std::to_string(++generation_);
  fs::create_directories(next);
  disk_.leave_behind(directory_, next, unflushed, seed);
  start_from(next);
  crashed_ = true;
}

void ProductionServer::lose_journal(unsigned seed, Timestamp now) {
  clock_.time = now;
  disk_.cut_power(directory_);
  close_sessions();
  store_.reset();
  const fs::path next = root_ / std::to_string(++generation_);
  fs::create_directories(next);
  disk_.leave_behind(directory_, next, Unflushed::kLost, seed);
  fs::remove((next / server::AuthorityStore::kFileName).string() + "-wal");
  start_from(next);
}

void ProductionServer::start_from(const fs::path& left_behind) {
  disk_.forget(directory_);
  fs::remove_all(directory_);
  directory_ = left_behind;
  open();
  rebuild_copies();
}

void ProductionServer::crash_in_next_commit(std::size_t flush, Unflushed unflushed, unsigned seed) {
  fate_ = Fate{flush, unflushed, seed};
}

// From the revisions alone, but for the state, which is the store's own.
void ProductionServer::refresh(const DossierId& id) {
  MemoryDossier& copy = copies_.at(id);
  copy.state = value_of(store_->state(id));
  sync::Applied fresh;
  for (const sync::Audience audience : schema::kAudiences) {
    const sync::StreamState& known = copy.replayed_stream(audience);
    Hash chain = known.chain;
    for (sync::RevisionEnvelope& envelope :
         value_of(store_->revisions_after(id, audience, known.head, kManyRevisions, SIZE_MAX))) {
      chain = sync::next_chain(chain, envelope);
      fresh.revisions.push_back({audience, std::move(envelope), chain, {}});
    }
  }
  copy.commit(store_->authority(), fresh, {}, {});
}

void ProductionServer::rebuild_copies() {
  for (auto& [id, copy] : copies_) {
    copy = MemoryDossier(id);
    refresh(id);
  }
  // What was administered since is administered again.
  for (const auto& [name, role] : roles_) {
    server::Account account = value_of(store_->account_named(name));
    if (account.role != role) set_role(name, role);
    set_scope(name, scopes_.at(name));
  }
}

TestServer::SessionNumber ProductionServer::connect(const std::string& account_name, Timestamp now) {
  clock_.time = now;
  Line& line = lines_[next_session_];
  line.connection = std::make_shared<SimulatedConnection>(loop_);
  line.account = account_name;
  const server::Account account = value_of(store_->account_named(account_name));
  std::make_shared<server::Session>(*store_, *hub_, clock_, rooms_, line.connection,
                                    value_of(store_->device(devices_.at(account_name))), account)
      ->start();
  settle();
  return next_session_++;
}

void ProductionServer::disconnect(SessionNumber number) {
  const auto line = lines_.find(number);
  if (line == lines_.end()) return;
  line->second.connection->end();
  settle();
  lines_.erase(number);
}

bool ProductionServer::alive(SessionNumber number) const {
  const auto line = lines_.find(number);
  return line != lines_.end() && line->second.connection->open();
}

void ProductionServer::listen_along(Line& line) {
  for (Bytes& frame : line.connection->take()) {
    const auto batch = line.down.feed(frame);
    if (batch && *batch) {
      for (const sync::Message& message : **batch) {
        if (const auto* ask = std::get_if<sync::AskKept>(&message)) line.asked.emplace(ask->dossier, ask->audience);
      }
    }
    line.out.push_back(std::move(frame));
  }
}

std::deque<Bytes> ProductionServer::take_frames(SessionNumber number) {
  const auto line = lines_.find(number);
  if (line == lines_.end()) return {};
  listen_along(line->second);
  return std::exchange(line->second.out, {});
}

void ProductionServer::receive_frame(SessionNumber number, const Bytes& frame, Timestamp now) {
  clock_.time = now;
  const auto found = lines_.find(number);
  if (found == lines_.end()) return;
  Line& line = found->second;
  listen_along(line);
  const auto batch = line.up.feed(frame);
  const auto connection = line.connection;
  const auto act = [&] {
    connection->arrive(frame);
    settle();
  };
  if (!batch || !*batch || (*batch)->empty()) return act();
  if (const auto* hello = std::get_if<sync::Hello>(&(*batch)->front())) line.replica = hello->replica;
  perform((*batch)->front(), line, act);
}

sync::PushSource ProductionServer::source_of(const std::string& account, const ReplicaId& replica) const {
  const schema::RoleNumber role = schema_.role(roles_.at(account)).value();
  return {{account, schema_.roles[role].party}, role, replica, {}};
}

// A push or an adoption is one commit. It may be the last thing that this machine does.
void ProductionServer::perform(const sync::Message& message, Line& line, const std::function<void()>& act) {
  const auto* plain = std::get_if<sync::PushMessage>(&message);
  const auto* with_bases = std::get_if<sync::PushWithBases>(&message);
  const auto* kept = std::get_if<sync::Kept>(&message);
  const bool asked = kept != nullptr && line.asked.erase({kept->dossier, kept->audience}) != 0;
  std::optional<sync::Push> push;
  if (plain != nullptr || with_bases != nullptr) {
    auto decoded = sync::decode<sync::Push>(plain != nullptr ? plain->push : with_bases->push);
    if (decoded) push = std::move(*decoded);
  }
  const DossierId id = push ? push->dossier : asked ? kept->dossier : DossierId{};
  if (!copies_.contains(id)) return act();
  const sync::PushSource source = source_of(line.account, line.replica);
  const sync::DossierState before = copies_.at(id).state;
  if (fate_) disk_.cut_power_at_flush(directory_, fate_->flush);
  act();
  const std::optional<Fate> fate = std::exchange(fate_, std::nullopt);
  if (disk_.power_is_off(directory_)) {
    crash(fate->unflushed, fate->seed, clock_.time);
  } else {
    disk_.cut_power_at_flush(directory_, 0);
    refresh(id);
  }
  const sync::DossierState& after = copies_.at(id).state;
  if (push) {
    const auto mark = after.marks.find(push->replica);
    const auto old = before.marks.find(push->replica);
    const bool done = mark != after.marks.end() && mark->second.number == push->number &&
                      (old == before.marks.end() || old->second.number != push->number);
    if (!done || !on_push) return;
    const sync::Receipt receipt = value_of(sync::decode<sync::Receipt>(mark->second.receipt));
    on_push({*push, source, with_bases != nullptr ? with_bases->bases : std::vector<sync::SuppliedBase>{}, before,
             after, receipt});
  } else if (on_kept) {
    const auto index = static_cast<std::size_t>(kept->audience);
    sync::Kept taken = *kept;
    if (crashed_)
      std::erase_if(taken.envelopes, [&](const auto& one) { return one.number > after.streams[index].head; });
    on_kept({taken, before.streams[index], after.streams[index]});
  }
}

void ProductionServer::receive_late(const std::string& account, const ReplicaId& replica, const Bytes& encoded,
                                    Timestamp now) {
  clock_.time = now;
  const auto push = sync::decode<sync::Push>(encoded);
  if (!push || !copies_.contains(push->dossier)) return;
  if (std::ranges::find(scopes_.at(account), push->dossier) == scopes_.at(account).end()) return;
  Line line;
  line.account = account;
  line.replica = replica;
  perform(sync::PushMessage{encoded}, line, [&] {
    value_of(store_->push(
        {push->dossier, value_of(store_->account_named(account)).id, source_of(account, replica), encoded, {}, now},
        [](const Result<server::PushResult>&) {}));
    settle();
  });
}

std::vector<std::string> ProductionServer::defects() const {
  std::vector<std::string> found;
  for (const server::Problem& problem : value_of(store_->verify())) {
    found.push_back(std::string(server::name_of(problem.kind)) + ": " + problem.text);
  }
  for (const auto& [number, line] : lines_) {
    if (line.connection->most_queued() > net::ConnectionLimits{}.send_queue_max_bytes)
      found.emplace_back("a connection queues more than its limit");
  }
  return found;
}

}  // namespace navette::test
