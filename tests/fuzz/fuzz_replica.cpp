// A replica and its session against a server that lies: no message harms it, and an honest server heals it.
#include <deque>

#include "hostile.hpp"
#include "law.hpp"
#include "support/agreement.hpp"
#include "support/seeded_random.hpp"
#include "support/test_schema.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

using namespace sync;

constexpr int kSteps = 60;  // longer stories say nothing new and cost the fuzzer its speed
constexpr std::size_t kHeard = 32;

template <class AnyId>
AnyId id(unsigned char n) {
  AnyId made;
  made.value.fill(n);
  return made;
}
const DossierId kDossier = id<DossierId>(9);

class House {
 public:
  explicit House(BytesView input) : script_(input), hostile_(script_, schema_) {
    server_.put_account("Anne", "correspondant");
    server_.put_account("Chloé", "negociateur");
    const std::vector<SeedRecord> seeds{
        {id<RecordId>(1), test::contrat::kKind, {}, {{test::contrat::kPhase, Value{"negociation"}}}},
        {id<RecordId>(2), test::engagement::kKind, {}, {{test::engagement::kTexte, Value{"Un début. Une suite."}}}}};
    server_.create_dossier(kDossier, seeds, now_);
    for (const char* account : {"Anne", "Chloé"}) server_.set_scope(account, {kDossier});
    victim_.on_receive = [this](const Message& message) {
      heard_.push_back(message);
      if (heard_.size() > kHeard) heard_.pop_front();
    };
    require(victim_.settle(now_) && other_.settle(now_), "an honest beginning");
    hostile_.remember(victim_.replica->replica_id());
  }

  void run() {
    for (int step = 0; step < kSteps && !script_.empty(); ++step) {
      hostile_.see(server_.dossier(kDossier).state);
      one_step();
    }
    heal();
  }

 private:
  void one_step() {
    switch (script_.below(12)) {
      case 0:
      case 1:
      case 2:
        return lie();
      case 3:
        return write(victim_);
      case 4:
        write(other_);
        other_.offer(now_);
        return exchange(other_);
      case 5:
        return shape();
      case 6:
        return decide();
      case 7:
        victim_.cut();
        return victim_.connect();
      case 8:
        return victim_.crash();
      default:
        victim_.connect();
        victim_.offer(now_);
        if (script_.chance(80)) victim_.deliver_up(now_);
        if (script_.chance(80)) victim_.deliver_down(now_);
    }
  }

  void lie() {
    victim_.connect();
    std::vector<Message> batch;
    for (std::uint32_t left = 1 + script_.below(3); left > 0; --left) {
      switch (script_.below(4)) {
        case 0:
          if (!heard_.empty()) batch.push_back(script_.pick(heard_));  // again, out of order
          break;
        case 1:
          if (!heard_.empty()) batch.push_back(hostile_.twisted(script_.pick(heard_)));
          break;
        default:
          batch.push_back(hostile_.to_replica());
      }
    }
    const auto step = victim_.session()->receive(batch, now_);
    if (!step || step->goodbye) victim_.cut();
  }

  std::string typed() { return script_.texts().text(20, U"ab. \né"); }

  FieldRef place(test::Device& device) {
    FieldRef at;
    (void)device.store.read([&]() -> Result<void> {
      const auto rows = device.store.records(kDossier);
      if (rows.empty()) return {};
      const RecordRow& row = script_.pick(rows);
      const schema::Kind* kind = schema_.kind(row.kind);
      require(kind != nullptr, "a record on the device has a kind");
      at = {row.id, row.kind, script_.pick(kind->fields).number};
      return {};
    });
    return at;
  }

  // What a person does is refused at most, whatever a server made the device believe.
  void write(test::Device& device) {
    const FieldRef at = place(device);
    if (script_.chance(30)) return void(device.replica->set(at, std::to_string(script_.byte()), now_));
    std::optional<std::string> token;
    (void)device.store.read([&]() -> Result<void> {
      if (auto shown = device.replica->get(at)) token = std::move(shown->token);
      return {};
    });
    if (token && script_.chance(20)) (*token)[script_.byte() % token->size()] = static_cast<char>(script_.byte());
    if (script_.chance(20)) token.reset();
    (void)device.replica->edit(at, typed(), token, now_);
  }

  void shape() {
    switch (script_.below(4)) {
      case 0:
        return void(victim_.replica->add(kDossier, "engagement", {{"texte", typed()}}, now_));
      case 1:
        return void(victim_.replica->add(kDossier, "indicateur", {{"engagement", place(victim_).record.text()}}, now_));
      case 2:
        return void(victim_.replica->remove(place(victim_).record));
      default:
        return void(victim_.replica->publish(place(victim_), now_));
    }
  }

  void decide() {
    std::vector<Conflict> conflicts;
    std::vector<RefusalRow> refusals;
    (void)victim_.store.read([&]() -> Result<void> {
      conflicts = victim_.store.conflicts(kDossier, true);
      refusals = victim_.store.refusals();
      for (const Conflict& conflict : conflicts) (void)victim_.replica->view(conflict);
      return {};
    });
    if (!conflicts.empty() && script_.chance(60)) {
      const ConflictId conflict = script_.pick(conflicts).id;
      if (script_.chance(30)) return void(victim_.replica->improve(conflict, typed()));
      return void(victim_.replica->resolve(conflict, static_cast<Choice>(script_.below(3)), typed()));
    }
    if (!refusals.empty()) {
      const RefusalId refusal = script_.pick(refusals).id;
      return void(script_.chance(50) ? victim_.replica->retry(refusal, now_) : victim_.replica->drop(refusal));
    }
    (void)victim_.replica->discard(place(victim_).record, std::nullopt);
  }

  void exchange(test::Device& device) {
    device.connect();
    while (device.deliver_up(now_) || device.deliver_down(now_)) continue;
  }

  // Whatever it was told: from here on the server is honest, and device and server agree in the end.
  void heal() {
    victim_.cut();
    heard_.clear();
    require(victim_.settle(now_), "an honest server ends it: " + victim_.last_error);
    // Digests travel with revisions: one in each stream shows what a lie left behind.
    const std::map<FieldNumber, Value> values{{test::engagement::kTexte, Value{"Nouveau."}},
                                              {test::engagement::kPriveS, Value{"Entre nous."}}};
    server_.create_dossier(kDossier, {{id<RecordId>(200), test::engagement::kKind, {}, values}}, now_);
    require(victim_.settle(now_), "an honest server ends it, with news: " + victim_.last_error);
    // A repair that was asked for comes with the next session at the latest.
    victim_.cut();
    require(victim_.settle(now_), "an honest server ends it, once more: " + victim_.last_error);
    auto found = test::differences(victim_, kDossier, server_.dossier(kDossier), server_.authority());
    // Conflicts are in no digest: one that was invented stays until somebody looks at it.
    std::erase_if(found, [](const std::string& difference) { return difference.starts_with("conflict"); });
    require(found.empty(), found.empty() ? "" : "healed: " + found.front());
    const auto defects = server_.dossier(kDossier).defects(server_.authority());
    require(defects.empty(), defects.empty() ? "" : defects.front());
  }

  const schema::Schema& schema_ = test::test_schema();
  test::SeededRandom random_{1};
  Timestamp now_{1'800'000'000'000};
  test::MemoryAuthority server_{schema_, random_};
  test::Device victim_{schema_, server_, "Anne", random_};
  test::Device other_{schema_, server_, "Chloé", random_};
  std::deque<Message> heard_;  // of the honest server, the latest
  Script script_;
  Hostile hostile_;
};

}  // namespace

void replica(BytesView input) { House(input).run(); }

}  // namespace navette::fuzz
