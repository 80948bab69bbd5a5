#include "simulation.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "look.hpp"
#include "navette/sync/codec.hpp"

namespace navette::test {
namespace {

constexpr int kManyRounds = 60;
// Ends of sessions that are part of the protocol; any other is a defect.
const std::set<std::string> kExpectedEnds{"", "the server is gone", "au revoir",
                                          "ce poste a été restauré ou copié : il reçoit une nouvelle identité"};
// A dossier that leaves and comes back while its catch-up is on its way: the session ends, the next one recovers.
constexpr auto kCrossed = "il manque des révisions : reprise";

std::string shared_memory() { return std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp"; }

}  // namespace

struct Simulation::World {
  World() { vfs.count(); }
  std::filesystem::path next_directory() { return directory.path() / std::to_string(number++); }

  TemporaryDirectory directory{"navette-sim", shared_memory()};
  FaultyVfs vfs;
  unsigned number = 0;
};

std::unique_ptr<SimulatedServer> Simulation::new_server(std::uint64_t seed) {
  if (world_) {
    return std::make_unique<ProductionServer>(test_schema(), seed, world_->vfs, world_->next_directory());
  }
  return std::make_unique<MemoryAuthority>(test_schema(), random_);
}

Simulation::Simulation(std::uint64_t seed, int steps, Restores restores, Stores stores)
    : steps_(steps),
      restoring_(restores),
      dice_(seed),
      random_(seed + 1),
      world_(stores == Stores::kSqlite ? std::make_unique<World>() : nullptr),
      owned_server_(new_server(seed)),
      server_(*owned_server_),
      production_(dynamic_cast<ProductionServer*>(owned_server_.get())) {
  const int dossiers = chance(0.7) ? 1 : 2;
  for (int i = 0; i < dossiers; ++i) {
    dossiers_.push_back(DossierId::make_v7(clock_, random_));
    const RecordId root = RecordId::make_v7(clock_, random_);
    const RecordId engagement = RecordId::make_v7(clock_, random_);
    server_.create_dossier(dossiers_.back(),
                           {{root, contrat::kKind, {}, {{contrat::kPhase, sync::Value("negociation")}}},
                            {engagement, engagement::kKind, {}, {}}},
                           clock_);
  }
  std::vector<std::string> accounts{"anne", "bob agence", "claire", "dan agence", "eve"};
  accounts.resize(2 + below(4));
  if (accounts.size() > 2 && chance(0.3)) accounts[2] = accounts[0];
  for (const std::string& account : accounts) {
    if (account.ends_with("agence")) agence_.insert(account);
    server_.put_account(account, account.ends_with("agence") ? "negociateur" : "correspondant");
    server_.set_scope(account, dossiers_);
    const schema::Schema& program = chance(0.1) ? older_test_schema() : test_schema();
    devices_.push_back(new_device(account, program, new_disk(program)));
  }
  static constexpr std::size_t kSnapshots[] = {0, 3, 1000};
  const std::size_t snapshot_after = kSnapshots[below(3)];
  if (auto* memory = dynamic_cast<MemoryAuthority*>(&server_)) memory->set_snapshot_after(snapshot_after);
  server_.on_push = [this](const SimulatedServer::PushDone& done) { on_push(done); };
  server_.on_kept = [this](const SimulatedServer::KeptDone& done) { on_kept(done); };
  static constexpr double kLive[] = {0.1, 0.5, 0.9};
  static constexpr double kBusy[] = {0.38, 0.2, 0.12};
  live_ = kLive[below(3)];
  busy_ = kBusy[below(3)];
  quarrel_ = chance(0.5) ? 0.12 : 0.3;
  hot_ = chance(0.4);
  part_bytes_ = chance(0.3) ? 40 + below(400) : 0;
  for (const auto& device : devices_) device->travel_in_parts(part_bytes_);
  away_ = chance(0.3) ? below(devices_.size()) : devices_.size();
  roles_ = restoring_ == Restores::kNone && chance(0.3);
  power_ = production_ != nullptr && chance(0.7) ? 0.02 : 0;
}

Simulation::~Simulation() {
  devices_.clear();
  owned_server_.reset();
}

std::unique_ptr<ReplicaDisk> Simulation::new_disk(const schema::Schema& program) {
  if (!world_) return std::make_unique<MemoryDisk>();
  return std::make_unique<SqliteDisk>(program, world_->vfs, world_->next_directory());
}

std::unique_ptr<Device> Simulation::new_device(const std::string& account, const schema::Schema& program,
                                               std::unique_ptr<ReplicaDisk> disk) {
  auto device = std::make_unique<Device>(program, server_, account, random_, std::move(disk));
  device->travel_in_parts(part_bytes_);
  device->on_receive = [this, account](const sync::Message& message) {
    const schema::Party party = agence_.contains(account) ? schema::Party::kAgence : schema::Party::kStructure;
    // One's own words come back to oneself, on whichever side one is by now.
    if (roles_ && std::holds_alternative<sync::RefusalNotice>(message)) return;
    if (const auto* repair = std::get_if<sync::Repair>(&message)) {
      tell(account + " repairs " + std::string(name_of(repair->stream.audience)) + ": " +
           std::to_string(repair->stream.records.size()) + " records, " + std::to_string(repair->superfluous.size()) +
           " superfluous");
    }
    const Words leaked = book_.leaked(sync::encode(message), party);
    if (!leaked.empty())
      throw Hole("privacy: " + account + " received " + shown(leaked) + " in message " +
                 std::to_string(message.index()));
  };
  return device;
}

std::optional<std::string> Simulation::run() {
  try {
    heal();
    const int upgrade_at = chance(0.5) ? steps_ * 2 / 3 : steps_;
    for (int i = 0; i < steps_; ++i) {
      if (i == upgrade_at) upgrade();
      step();
    }
    heal();
    check();
    // What an older program could not show, it held.
    if (upgrade()) {
      heal();
      check();
    }
    return std::nullopt;
  } catch (const Hole& hole) {
    return hole.what();
  }
}

bool Simulation::unexpected(const std::string& end) const {
  return !kExpectedEnds.contains(end) && !(end == kCrossed && counts_.contains("scope changes"));
}

// Away from the first fifth of the story to the last one.
bool Simulation::away(std::size_t device) const {
  return device == away_ && steps_done_ > steps_ / 5 && steps_done_ < steps_ * 4 / 5;
}

bool Simulation::powerless(const Device& device) const {
  const auto* disk = dynamic_cast<const SqliteDisk*>(&device.disk());
  return disk != nullptr && disk->power_is_off();
}

Unflushed Simulation::some_unflushed() {
  static constexpr Unflushed kAll[] = {Unflushed::kLost, Unflushed::kWritten, Unflushed::kTorn};
  return kAll[below(3)];
}

// The power may go off in one of the flushes that this leads to.
void Simulation::risk_power_cut(std::size_t number, Unflushed unflushed, const std::function<void()>& action) {
  Device& device = *devices_[number];
  auto* disk = dynamic_cast<SqliteDisk*>(&device.disk());
  const bool risky = disk != nullptr && chance(power_);
  if (risky) disk->cut_power_at_flush(1 + below(2));
  try {
    action();
  } catch (const PowerOff&) {
  }
  if (!risky) return;
  disk->cut_power_at_flush(0);
  if (!disk->power_is_off()) return;
  ++counts_["power cuts of devices"];
  crash(number, unflushed);
}

void Simulation::crash(std::size_t number, Unflushed unflushed) {
  Device& device = *devices_[number];
  tell(device.account() + " crashes");
  editors_.erase(&device);
  cut(device);
  start_again(number, device.schema(), unflushed);
}

void Simulation::start_again(std::size_t number, const schema::Schema& program, Unflushed unflushed) {
  Device& device = *devices_[number];
  const std::string account = device.account();
  const std::size_t repairs = device.repairs;
  std::unique_ptr<ReplicaDisk> disk = device.leave_disk();
  if (auto* sqlite = dynamic_cast<SqliteDisk*>(disk.get())) sqlite->start_again(program, unflushed, below(1'000'000));
  devices_[number] = new_device(account, program, std::move(disk));
  devices_[number]->repairs = repairs;
}

bool Simulation::upgrade() {
  bool upgraded = false;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (&devices_[i]->schema() == &test_schema()) continue;
    tell(devices_[i]->account() + " gets the new program");
    editors_.erase(devices_[i].get());
    cut(*devices_[i]);
    start_again(i, test_schema(), Unflushed::kWritten);
    ++counts_["upgrades"];
    upgraded = true;
  }
  return upgraded;
}

void Simulation::crash_server() {
  if (production_ == nullptr) {
    tell("server restarts");
    server_.restart(clock_);
  } else if (chance(0.4)) {
    tell("the server will lose power in its next commit");
    production_->crash_in_next_commit(1 + below(2), some_unflushed(), below(1'000'000));
    return;
  } else if (chance(0.5)) {
    tell("the server loses power");
    production_->crash(some_unflushed(), below(1'000'000), clock_);
    (void)production_->crashed();
  } else {
    tell("server restarts");
    server_.restart(clock_);
  }
  late_.clear();
}

void Simulation::after_server_crash() {
  if (production_ == nullptr || !production_->crashed()) return;
  tell("the server lost power in a commit");
  ++counts_["power cuts of the server"];
  late_.clear();
}

void Simulation::step() {
  clock_.milliseconds += 1'000;
  ++steps_done_;
  const std::size_t number = below(devices_.size());
  work(number);
  after_server_crash();
  if (restoring_ == Restores::kStorms && chance(0.04)) {
    if (!backed_up_ || chance(0.4)) {
      back_up();
    } else {
      restore();
    }
  }
  if (live_ > 0.8 && chance(0.3)) {
    const std::size_t other = below(devices_.size());
    if (!away(other)) {
      devices_[other]->connect(clock_);
      risk_power_cut(other, some_unflushed(), [&] { devices_[other]->offer(clock_); });
    }
  }
  for (const auto& each : devices_) {
    if (unexpected(each->last_error)) throw Hole("session of " + each->account() + ": " + each->last_error);
  }
}

void Simulation::work(std::size_t number) {
  Device& device = *devices_[number];
  const double roll = below(1'000'000) / 1'000'000.0;
  if (roll < busy_) {
    // What was not told to be kept is not found again: else the books would not know of it.
    risk_power_cut(number, Unflushed::kLost, [&] { act(device); });
  } else if (roll < 0.50) {
    if (device.session() != nullptr) risk_power_cut(number, some_unflushed(), [&] { device.offer(clock_); });
    if (chance(0.05)) devices_[number]->repeat_up();
  } else if (roll < 0.64) {
    device.deliver_up(clock_);
  } else if (roll < 0.86) {
    risk_power_cut(number, some_unflushed(), [&] {
      for (int i = 1 + static_cast<int>(below(4)); i > 0; --i) device.deliver_down(clock_);
    });
  } else if (roll < 0.92) {
    if (away(number)) return cut(device);
    device.connect(clock_);
  } else if (roll < 0.92 + 0.05 * (1 - live_)) {
    cut(device);
  } else if (roll < 0.975) {
    if (late_.empty()) return;
    const std::size_t which = below(late_.size());
    const Late late = late_[which];
    late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(which));
    tell("late push of " + late.account);
    server_.receive_late(late.account, late.replica, late.push, clock_);
  } else if (roll < 0.980) {
    crash(number, some_unflushed());
  } else {
    disturb(roll, number);
  }
}

void Simulation::disturb(double roll, std::size_t number) {
  if (roll < 0.983) {
    crash_server();
  } else if (roll < 0.987) {
    back_up();
  } else if (roll < 0.990) {
    if (backed_up_ && restoring_ != Restores::kNone) {
      production_ != nullptr&& chance(0.5) ? lose_journal() : restore();
    }
  } else if (roll < 0.994) {
    roles_&& chance(0.5) ? change_role() : change_scope();
  } else if (roll >= (hot_ ? 0.995 : 0.998)) {
    lose(number);
  }
}

// Pushes that were under way may still be in some buffer of the server.
void Simulation::cut(Device& device) {
  if (!device.connected()) return;
  // Of a dossier that left the scope nothing is read any more.
  const auto follows = [&](const std::string& account, const Bytes& push) {
    const auto header = sync::peek_push(push);
    const std::vector<DossierId> scope = server_.scope(account);
    return header && std::ranges::find(scope, header->dossier) != scope.end();
  };
  if (powerless(device)) {
    device.cut();
    return;
  }
  ReplicaId replica;
  look(device, [&] {
    replica = ReplicaId::from_bytes(*device.store.meta("replica_id")).value();
    return 0;
  });
  sync::Unpacker unpacker(sync::kBatchBytesFromReplica);
  for (const Bytes& frame : device.cut()) {
    const auto batch = unpacker.feed(frame);
    if (!batch || !*batch) continue;
    for (const sync::Message& message : **batch) {
      const auto* push = std::get_if<sync::PushMessage>(&message);
      if (push != nullptr && chance(0.5) && follows(device.account(), push->push)) {
        late_.push_back({device.account(), replica, push->push});
      }
    }
  }
}

// A laptop falls into the water, with nothing unsynchronised on it, while a colleague is as far as it is.
void Simulation::lose(std::size_t number) {
  Device& device = *devices_[number];
  const auto standing = [&](Device& each) {
    std::map<std::pair<DossierId, schema::Audience>, Hash> chains;
    look(each, [&] {
      for (const DossierId& dossier : dossiers_) {
        for (const schema::Audience audience : schema::kAudiences) {
          if (const auto stream = each.store.stream(dossier, audience)) chains[{dossier, audience}] = stream->chain;
        }
      }
      return 0;
    });
    return chains;
  };
  const bool busy =
      look(device, [&] { return !device.store.dossiers_with_work().empty() || !device.store.refusals().empty(); });
  const auto mine = standing(device);
  const auto epoch = [&](Device& each) { return look(each, [&] { return each.store.meta("epoch"); }); };
  const bool covered = std::ranges::any_of(devices_, [&](const auto& other) {
    return other.get() != &device && standing(*other) == mine && epoch(*other) == epoch(device);
  });
  if (busy || !covered || !epoch(device) || *epoch(device) != server_.epoch().bytes()) return;
  tell(device.account() + " loses the device");
  cut(device);
  late_.clear();
  editors_.erase(&device);
  const std::string account = device.account();
  devices_[number] = new_device(account, test_schema(), new_disk(test_schema()));
  ++lost_devices_;
  ++counts_["lost devices"];
}

void Simulation::back_up() {
  tell("backup");
  server_.back_up(clock_);
  backed_up_ = true;
}

void Simulation::restore() {
  tell("the server is restored from its backup");
  for (const auto& device : devices_) cut(*device);
  server_.restore_backup(clock_);
  forget_history();
  ++restores_;
  ++counts_["restores"];
}

// The file without its journal: an older state, under the same epoch.
void Simulation::lose_journal() {
  tell("the server loses its journal");
  for (const auto& device : devices_) cut(*device);
  production_->lose_journal(below(1'000'000), clock_);
  forget_history();
  ++restores_;
  ++counts_["lost journals"];
}

void Simulation::forget_history() {
  late_.clear();
  answered_.clear();
  adopted_.clear();
  for (const DossierId& id : dossiers_) {
    for (const auto& [replica, mark] : server_.dossier(id).state.marks) {
      for (const schema::Audience audience : schema::kAudiences) {
        const sync::AdoptedPush& adopted = mark.adopted[static_cast<std::size_t>(audience)];
        if (adopted.number.value != 0) adopted_[{id, audience, replica}] = adopted.number;
      }
    }
  }
  add(spent_before_restore_, spent_);
  spent_.clear();
}

void Simulation::change_role() {
  const std::string account = pick(devices_)->account();
  for (const auto& device : devices_) {
    if (device->account() != account) continue;
    cut(*device);
    editors_.erase(device.get());
  }
  std::erase_if(late_, [&](const Late& late) { return late.account == account; });
  const bool agence = agence_.contains(account);
  agence ? static_cast<void>(agence_.erase(account)) : static_cast<void>(agence_.insert(account));
  tell(account + (agence ? " goes over to the establishment" : " goes over to the agency"));
  server_.set_role(account, agence ? "correspondant" : "negociateur");
  ++counts_["roles changed"];
}

void Simulation::change_scope() {
  const std::string& account = pick(devices_)->account();
  // What leaves a device cannot be handed back after a restore: one or the other.
  if (dossiers_.size() < 2 || restoring_ != Restores::kNone) return;
  const bool whole = server_.scope(account).size() == dossiers_.size();
  tell(account + (whole ? " loses a dossier" : " gets it back"));
  server_.set_scope(account, whole ? std::vector<DossierId>{dossiers_[below(2)]} : dossiers_);
  // A session ends what it followed when the scope shrinks: what comes late on it is not read any more.
  std::erase_if(late_, [&](const Late& late) { return late.account == account && whole; });
  ++counts_["scope changes"];
}

Hash Simulation::fingerprint() {
  Bytes all;
  for (const auto& device : devices_) {
    all += look(*device, [&] { return dump(device->store); });
  }
  for (const DossierId& id : dossiers_) {
    for (const sync::StreamState& stream : server_.dossier(id).state.streams) all += stream.chain.bytes();
  }
  return sha256(all);
}

void Simulation::heal() {
  for (const auto& device : devices_) {
    if (server_.scope(device->account()) != dossiers_) server_.set_scope(device->account(), dossiers_);
  }
  for (int round = 0; round < kManyRounds; ++round) {
    clock_.milliseconds += 1'000;
    for (const auto& device : devices_) {
      if (!device->settle(clock_))
        throw Hole("liveness: " + device->account() + " does not come to rest " + device->last_error);
      if (unexpected(device->last_error)) {
        throw Hole("session of " + device->account() + ": " + device->last_error);
      }
    }
    const std::vector<Late> late_now = std::exchange(late_, {});
    for (const Late& late : late_now) {
      server_.receive_late(late.account, late.replica, late.push, clock_);
    }
    after_server_crash();
    const bool rest = std::ranges::all_of(devices_, [&](const auto& device) {
      device->deliver_down(clock_);
      return device->quiet() && device->session() != nullptr && device->session()->settled();
    });
    if (rest && round > 1) return;
  }
  throw Hole("liveness: the devices never come to rest together");
}

}  // namespace navette::test
