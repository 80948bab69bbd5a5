// W2: two devices hold ten contracts, edit them apart, meet again.
#include "bench/divergence.hpp"

#include "bench/limits.hpp"
#include "bench/workload.hpp"
#include "e2e/proxy.hpp"

namespace navette::bench {
namespace {

constexpr unsigned kContracts = 10;
constexpr double kMeetingLimitMs = 600'000;

// Everything that stands before the devices connect again, kept as files and copied for each run.
struct Prepared {
  std::vector<Contract> contracts = make_contracts(kContracts);
  Written a, b;
};

Prepared prepare(Agency& agency, unsigned edits) {
  Prepared prepared;
  agency.fill(prepared.contracts);
  agency.serve();
  for (const char* device : {"a", "b"}) {
    agency.enrol(device);
    agency.sync(device);
  }
  agency.stop();
  prepared.a = write_edits("A", edits, prepared.contracts, agency.portfolio());
  prepared.b = write_edits("B", edits, prepared.contracts, agency.portfolio());
  agency.batch("a", prepared.a.commands);
  agency.batch("b", prepared.b.commands);
  return prepared;
}

void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from)) {
    const auto target = to / std::filesystem::relative(entry.path(), from);
    if (entry.is_directory()) std::filesystem::create_directories(target);
    if (entry.is_regular_file()) std::filesystem::copy_file(entry.path(), target);
  }
}

bool identical(ReplicaReader& a, ReplicaReader& b) {
  const auto heads = a.settled_heads();
  if (heads.size() != kContracts) return false;
  const auto others = b.settled_heads();
  return others.size() == heads.size() && std::ranges::equal(heads, others, [](const auto& x, const auto& y) {
           return x.first == y.first && x.second.head == y.second.head && x.second.chain == y.second.chain;
         });
}

// From the start of both programs to both replicas identical and on the disk.
double meet(Agency& agency) {
  ReplicaReader a(agency.place("a"));
  ReplicaReader b(agency.place("b"));
  const Moment start = now();
  Process first(agency.client({"sync", "--watch"}, "a"), agency.place("a.watch"));
  Process second(agency.client({"sync", "--watch"}, "b"), agency.place("b.watch"));
  if (!eventually([&] { return identical(a, b); }, kMeetingLimitMs)) stop("W2: the devices do not meet");
  make_durable(agency.place("a"));
  make_durable(agency.place("b"));
  const double took = milliseconds_since(start);
  first.terminate();
  second.terminate();
  return took;
}

void check(Agency& agency, const Prepared& prepared) {
  ReplicaReader a(agency.place("a"));
  ReplicaReader b(agency.place("b"));
  if (a.canonical(agency.portfolio(), kContracts) != b.canonical(agency.portfolio(), kContracts))
    stop("W2: the replicas differ");
  const std::string what = lost(prepared.contracts, agency.portfolio(), prepared.a, prepared.b, a);
  if (!what.empty()) stop("W2: lost " + what);
}

}  // namespace

void divergence(const Settings& settings, Table& table) {
  const Place place(settings, "w2");
  Agency agency(place.path() / "now");
  const Prepared prepared = prepare(agency, settings.edits);
  const auto kept = place.path() / "kept";
  copy_tree(place.path() / "now", kept);

  std::vector<double> ms, cpu, wire;
  for (unsigned i = 0; i <= settings.runs; ++i) {
    copy_tree(kept, place.path() / "now");
    agency.serve();
    if (i == 0) {
      const e2e::Proxy proxy(agency.port());
      const auto port = static_cast<std::uint16_t>(std::stoi(proxy.url().substr(proxy.url().rfind(':') + 1)));
      for (const char* device : {"a", "b"}) agency.aim(device, port);
      (void)meet(agency);
      wire.push_back(static_cast<double>(proxy.up() + proxy.down()) / 1e3);
    } else {
      for (const char* device : {"a", "b"}) agency.aim(device, agency.port());
      const double before = agency.server().cpu_seconds();
      ms.push_back(meet(agency));
      cpu.push_back(agency.server().cpu_seconds() - before);
    }
    agency.stop();
    check(agency, prepared);
  }
  table.begin("W2", "two devices, " + std::to_string(settings.edits) +
                        " edits each apart over 10 contracts, meet again: from the start of both programs to both "
                        "replicas identical and durable, nothing lost");
  table.add({"time", "ms", ms, 100, durable_commit_ms(place.path()), "one durable commit"});
  table.add({"bytes both ways, both devices", "KB", wire, 350, {}, {}, "TLS bytes, counted by a pass-through"});
  table.add({"server CPU", "s", cpu});
}

}  // namespace navette::bench
