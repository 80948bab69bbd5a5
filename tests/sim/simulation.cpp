#include "simulation.hpp"

#include <algorithm>

#include "look.hpp"
#include "navette/sync/codec.hpp"

namespace navette::test {
namespace {

constexpr int kManyRounds = 60;
// Ends of sessions that are part of the protocol; any other is a defect.
const std::set<std::string> kExpectedEnds{"", "the server is gone", "au revoir"};
// A dossier that leaves and comes back while its catch-up is on its way: the session ends, the next one recovers.
constexpr auto kCrossed = "il manque des révisions : reprise";

}  // namespace

Simulation::Simulation(std::uint64_t seed, int steps, Restores restores)
    : steps_(steps), restoring_(restores), dice_(seed), random_(seed + 1), server_(test_schema(), random_) {
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
    server_.put_account(account, account.ends_with("agence") ? "negociateur" : "correspondant");
    server_.set_scope(account, dossiers_);
    devices_.push_back(new_device(account));
  }
  static constexpr std::size_t kSnapshots[] = {0, 3, 1000};
  server_.set_snapshot_after(kSnapshots[below(3)]);
  server_.on_push = [this](const MemoryAuthority::PushDone& done) { on_push(done); };
  server_.on_kept = [this](const MemoryAuthority::KeptDone& done) { on_kept(done); };
  static constexpr double kLive[] = {0.1, 0.5, 0.9};
  static constexpr double kBusy[] = {0.38, 0.2, 0.12};
  live_ = kLive[below(3)];
  busy_ = kBusy[below(3)];
  quarrel_ = chance(0.5) ? 0.12 : 0.3;
  hot_ = chance(0.4);
}

std::unique_ptr<Device> Simulation::new_device(const std::string& account) {
  auto device = std::make_unique<Device>(test_schema(), server_, account, random_);
  const schema::Party party = account.ends_with("agence") ? schema::Party::kAgence : schema::Party::kStructure;
  device->on_receive = [this, party, account](const sync::Message& message) {
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
    for (int i = 0; i < steps_; ++i) step();
    heal();
    check();
    return std::nullopt;
  } catch (const Hole& hole) {
    return hole.what();
  }
}

bool Simulation::unexpected(const std::string& end) const {
  return !kExpectedEnds.contains(end) && !(end == kCrossed && counts_.contains("scope changes"));
}

void Simulation::step() {
  clock_.milliseconds += 1'000;
  const std::size_t number = below(devices_.size());
  Device& device = *devices_[number];
  const double roll = below(1'000'000) / 1'000'000.0;
  if (roll < busy_) {
    act(device);
  } else if (roll < 0.50) {
    if (device.session() != nullptr) device.offer(clock_);
    if (chance(0.05)) device.repeat_up();
  } else if (roll < 0.64) {
    device.deliver_up(clock_);
  } else if (roll < 0.86) {
    for (int i = 1 + static_cast<int>(below(4)); i > 0; --i) device.deliver_down(clock_);
  } else if (roll < 0.92) {
    device.connect();
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
    tell(device.account() + " crashes");
    cut(device);
    device.crash();
    editors_.erase(&device);
  } else if (roll < 0.983) {
    tell("server restarts");
    server_.restart();
    late_.clear();
  } else if (roll < 0.987) {
    back_up();
  } else if (roll < 0.990) {
    if (backup_ && restoring_ != Restores::kNone) restore();
  } else if (roll < 0.994) {
    change_scope();
  } else if (roll >= (hot_ ? 0.995 : 0.998)) {
    lose(number);
  }
  if (restoring_ == Restores::kStorms && chance(0.04)) {
    if (!backup_ || chance(0.4)) {
      back_up();
    } else {
      restore();
    }
  }
  if (live_ > 0.8 && chance(0.3)) {
    Device& other = *devices_[below(devices_.size())];
    other.connect();
    other.offer(clock_);
  }
  for (const auto& each : devices_) {
    if (unexpected(each->last_error)) throw Hole("session of " + each->account() + ": " + each->last_error);
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
  ReplicaId replica;
  look(device, [&] {
    replica = ReplicaId::from_bytes(*device.store.meta("replica_id")).value();
    return 0;
  });
  for (const std::vector<Bytes>& frames : device.cut()) {
    sync::Unpacker unpacker(sync::kBatchBytesFromReplica);
    for (const Bytes& frame : frames) {
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
  devices_[number] = new_device(account);
  ++lost_devices_;
  ++counts_["lost devices"];
}

void Simulation::back_up() {
  tell("backup");
  backup_ = server_.backup();
  adopted_in_backup_ = adopted_;
}

void Simulation::restore() {
  tell("the server is restored from its backup");
  for (const auto& device : devices_) cut(*device);
  late_.clear();
  server_.restore(*backup_);
  answered_.clear();
  adopted_ = adopted_in_backup_;
  add(spent_before_restore_, spent_);
  spent_.clear();
  ++restores_;
  ++counts_["restores"];
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
    const bool rest = std::ranges::all_of(devices_, [&](const auto& device) {
      device->deliver_down(clock_);
      return device->quiet() && device->session() != nullptr && device->session()->settled();
    });
    if (rest && round > 1) return;
  }
  throw Hole("liveness: the devices never come to rest together");
}

}  // namespace navette::test
