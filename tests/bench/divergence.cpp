// W2: two devices hold ten contracts, edit them apart, meet again.
#include "bench/divergence.hpp"

#include <algorithm>

#include "bench/limits.hpp"
#include "bench/workload.hpp"
#include "e2e/proxy.hpp"

namespace navette::bench {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kContracts = 10;
constexpr double kMeetingLimitMs = 600'000;
constexpr const char* kDevices[] = {"a", "b"};

void copy_tree(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const auto target = to / fs::relative(entry.path(), from);
    if (entry.is_directory()) fs::create_directories(target);
    if (entry.is_regular_file()) fs::copy_file(entry.path(), target);
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

}  // namespace

Apart::Apart(Agency& agency, fs::path place, unsigned edits)
    : agency_(agency), place_(std::move(place)), contracts_(make_contracts(kContracts)) {
  agency_.fill(contracts_);
  agency_.serve();
  for (const char* device : kDevices) {
    agency_.enrol(device);
    agency_.sync(device);
  }
  agency_.stop();
  a_ = write_edits("A", edits, contracts_, agency_.portfolio());
  b_ = write_edits("B", edits, contracts_, agency_.portfolio());
  agency_.batch("a", a_.commands);
  agency_.batch("b", b_.commands);
  copy_tree(place_ / "now", place_ / "kept");
}

void Apart::set_back() const { copy_tree(place_ / "kept", place_ / "now"); }

double Apart::meet() {
  set_back();
  agency_.serve();
  return meet_at(agency_.port());
}

double Apart::meet_counted() {
  set_back();
  agency_.serve();
  const e2e::Proxy proxy(agency_.port());
  (void)meet_at(static_cast<std::uint16_t>(std::stoi(proxy.url().substr(proxy.url().rfind(':') + 1))));
  return static_cast<double>(proxy.up() + proxy.down()) / 1e3;
}

double Apart::meet_at(std::uint16_t port) {
  for (const char* device : kDevices) agency_.aim(device, port);
  const double before = agency_.server().cpu_seconds();
  double took = 0;
  {
    ReplicaReader a(agency_.place("a"));
    ReplicaReader b(agency_.place("b"));
    const Moment start = now();
    Process first(agency_.client({"sync", "--watch"}, "a"), agency_.place("a.watch"));
    Process second(agency_.client({"sync", "--watch"}, "b"), agency_.place("b.watch"));
    if (!eventually([&] { return identical(a, b); }, kMeetingLimitMs)) stop("W2: the devices do not meet");
    for (const char* device : kDevices) make_durable(agency_.place(device));
    took = milliseconds_since(start);
    server_cpu_ = agency_.server().cpu_seconds() - before;
    first.terminate();
    second.terminate();
  }
  agency_.stop();
  check();
  return took;
}

void Apart::check() const {
  ReplicaReader a(agency_.place("a"));
  ReplicaReader b(agency_.place("b"));
  if (a.canonical(agency_.portfolio(), kContracts) != b.canonical(agency_.portfolio(), kContracts))
    stop("W2: the replicas differ");
  const std::string what = lost(contracts_, agency_.portfolio(), a_, b_, a);
  if (!what.empty()) stop("W2: lost " + what);
}

void divergence(const Settings& settings, Table& table) {
  const Place place(settings, "w2");
  Agency agency(place.path() / "now");
  Apart apart(agency, place.path(), settings.edits);
  const double wire = apart.meet_counted();
  std::vector<double> ms, cpu;
  for (unsigned i = 0; i < settings.runs; ++i) {
    ms.push_back(apart.meet());
    cpu.push_back(apart.server_cpu());
  }
  table.begin("W2", "two devices, " + std::to_string(settings.edits) +
                        " edits each apart over 10 contracts, meet again: from the start of both programs to both "
                        "replicas identical and durable, nothing lost");
  table.add({"time", "ms", ms, 100, durable_commit_ms(place.path()), "one durable commit"});
  table.add({"bytes both ways, both devices", "KB", {wire}, 350, {}, {}, "TLS bytes, counted by a pass-through"});
  table.add({"server CPU", "s", cpu});
}

}  // namespace navette::bench
