// Growth: what one change and one reconnection cost when the history is long, and when many dossiers are followed.
#include <condition_variable>

#include "bench/limits.hpp"
#include "bench/live.hpp"
#include "bench/replica.hpp"
#include "e2e/proxy.hpp"
#include "navette/sync/codec.hpp"

namespace navette::bench {
namespace {

constexpr unsigned kInFlight = 512;
constexpr unsigned kLiveValues = 100;

// Revisions of the first contract, written straight into the store: each sets one number of one record.
void add_revisions(Agency& agency, unsigned count) {
  os::SystemRandom random;
  const auto store = agency.open_store();
  const ReplicaId replica = ReplicaId::make_v4(random);
  const ContractIds& ids = agency.portfolio()[0];
  std::array<schema::Value, kRecords> present;
  for (unsigned i = 0; i < kRecords; ++i) present[i] = value_of(make_record(0, i)[1]);
  std::mutex mutex;
  std::condition_variable answered;
  unsigned in_flight = 0;
  for (unsigned n = 1; n <= count; ++n) {
    const unsigned record = 1 + n % (kRecords - 1);  // record 0 is what the live values use
    const schema::Value value = std::int64_t{n};
    const sync::FieldRef at{ids.records[record], fiche::kKind, fiche::field(1)};
    sync::Push push{ids.dossier, replica, PushNumber{n}, bench_schema().version, Timestamp{1}, {}};
    push.changes.emplace_back(sync::SetValue{at, sync::Carried{present[record], {}}, value});
    present[record] = value;
    server::PushRequest request;
    request.dossier = ids.dossier;
    request.source.author = {"growth", schema::Party::kAgence};
    request.source.role = 1;
    request.source.replica = replica;
    request.encoded = sync::encode(push);
    request.now = Timestamp{1};
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return in_flight < kInFlight; });
    ++in_flight;
    lock.unlock();
    (void)must(store->push(std::move(request),
                           [&](const Result<server::PushResult>& result) {
                             if (!result) stop("growth: " + result.error().message);
                             const std::lock_guard guard(mutex);
                             --in_flight;
                             answered.notify_all();
                           }),
               "growth");
  }
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return in_flight == 0; });
}

struct Cost {
  double live_ms = 0, live_pages = 0;
  double reconnect_ms = 0, reconnect_kb = 0, reconnect_pages = 0;
  double change_ms = 0, change_kb = 0;
};

std::uint16_t port_of(const e2e::Proxy& proxy) {
  return static_cast<std::uint16_t>(std::stoi(proxy.url().substr(proxy.url().rfind(':') + 1)));
}

Cost cost(Agency& agency, const Settings& settings) {
  Cost cost;
  agency.serve();
  for (const char* device : {"a", "b"}) {
    agency.enrol(device);
    agency.sync(device);
  }
  {
    const auto a = agency.watch("a");
    const auto b = agency.watch("b");
    const double before = agency.server().pages_read();
    cost.live_ms = quantile(live_latencies(agency, 0, kLiveValues), 0.5);
    cost.live_pages = (agency.server().pages_read() - before) / kLiveValues;
    a->terminate();
    b->terminate();
  }
  std::vector<double> reconnect, change;
  const double before = agency.server().pages_read();
  for (unsigned i = 0; i < settings.runs; ++i) reconnect.push_back(timed([&] { agency.sync("a"); }));
  cost.reconnect_pages = (agency.server().pages_read() - before) / settings.runs;
  const std::string record = agency.portfolio()[0].records[0].text();
  for (unsigned i = 0; i < settings.runs; ++i) {
    agency.batch("a", {{{"op", "set"}, {"record", record}, {"field", "f2"}, {"value", i}}});
    change.push_back(timed([&] { agency.sync("a"); }));
  }
  const e2e::Proxy proxy(agency.port());
  agency.aim("a", port_of(proxy));
  agency.sync("a");
  cost.reconnect_kb = static_cast<double>(proxy.up() + proxy.down()) / 1e3;
  agency.batch("a", {{{"op", "set"}, {"record", record}, {"field", "f2"}, {"value", 777}}});
  agency.sync("a");
  cost.change_kb = static_cast<double>(proxy.up() + proxy.down()) / 1e3 - cost.reconnect_kb;
  cost.reconnect_ms = quantile(reconnect, 0.5);
  cost.change_ms = quantile(change, 0.5);
  agency.stop();
  return cost;
}

struct Step {
  unsigned size = 0;
  Cost cost;
};

void tell(Table& table, const std::vector<Step>& steps) {
  const auto line = [&](const char* what, const char* unit, double Cost::* part) {
    std::string by_size;
    for (const Step& step : steps) {
      char text[64];
      std::snprintf(text, sizeof text, "%s%u: %.3g %s", by_size.empty() ? "" : ", ", step.size, step.cost.*part, unit);
      by_size += text;
    }
    const double smallest = steps.front().cost.*part;
    const double ratio = smallest == 0 ? 1 : steps.back().cost.*part / smallest;
    table.add({std::string(what) + ", largest / smallest", "×", {ratio}, 1.3, {}, {}, by_size});
  };
  line("live change", "ms", &Cost::live_ms);
  line("live change, server", "pages read", &Cost::live_pages);
  line("reconnect with one change", "ms", &Cost::change_ms);
  line("reconnect with one change", "KB", &Cost::change_kb);
  line("reconnect with nothing to do", "ms", &Cost::reconnect_ms);
  line("reconnect with nothing to do", "KB", &Cost::reconnect_kb);
  line("reconnect with nothing to do, server", "pages read", &Cost::reconnect_pages);
}

}  // namespace

void growth(const Settings& settings, Table& table) {
  std::vector<Step> by_revisions, by_dossiers;
  for (unsigned revisions = 100; revisions <= settings.growth_revisions; revisions *= 10) {
    const Place place(settings, "growth");
    Agency agency(place.path());
    agency.fill(7u);
    add_revisions(agency, revisions);
    by_revisions.push_back({revisions, cost(agency, settings)});
  }
  for (unsigned dossiers = 7; dossiers <= settings.growth_dossiers; dossiers *= 10) {
    const Place place(settings, "growth");
    Agency agency(place.path());
    agency.fill(dossiers);
    by_dossiers.push_back({dossiers, cost(agency, settings)});
  }
  table.begin("Growth by revisions",
              "the dossier has 10² … " + std::to_string(by_revisions.back().size) + " revisions");
  tell(table, by_revisions);
  table.begin("Growth by dossiers", "the account follows 7 … " + std::to_string(by_dossiers.back().size) + " dossiers");
  tell(table, by_dossiers);
}

}  // namespace navette::bench
