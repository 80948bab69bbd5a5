// W5: recorded editing sessions, composed, merged, and typed through a replica.
#include <malloc.h>

#include <fstream>

#include "bench/live.hpp"
#include "bench/replica.hpp"
#include "bench/traces.hpp"
#include "navette/sql/database.hpp"
#include "navette/sync/merge.hpp"

namespace navette::bench {
namespace {

constexpr unsigned kOtherEdits = 100'000;
constexpr double kSaveLimitMs = 10'000;

std::string after(const sync::Delta& delta, const std::string& base) {
  return *must(sync::apply(delta, std::string_view(base)), "applying a delta");
}

double own_peak_mib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}
void reset_own_peak() {
  malloc_trim(0);  // what was freed before would hide what is taken now
  std::ofstream("/proc/self/clear_refs") << "5\n";
}

void compose_whole(const std::string& name, const Trace& trace, unsigned runs, Table& table) {
  std::vector<double> ms;
  const auto compose = [&] {
    std::vector<sync::Delta> steps = trace.steps;
    std::string text;
    ms.push_back(timed([&] { text = after(sync::compose_all(std::move(steps)), trace.start); }));
    if (text != trace.end) stop("W5: " + name + " does not end as recorded");
  };
  for (unsigned i = 0; i < runs; ++i) compose();
  std::vector<sync::Delta> copy = trace.steps;
  reset_own_peak();
  const double before = own_peak_mib();
  (void)sync::compose_all(std::move(copy));
  const double mib = own_peak_mib() - before;
  table.add({"(a) " + name + ", " + std::to_string(trace.steps.size()) + " edits", "ms", ms, 30});
  table.add({"    its peak memory beyond the edits", "MiB", {mib}});
}

void merge_halves(const std::string& name, const Trace& trace, Others others, unsigned runs, Table& table) {
  const auto middle = trace.steps.begin() + static_cast<std::ptrdiff_t>(trace.steps.size() / 2);
  const std::string base = after(sync::compose_all({trace.steps.begin(), middle}), trace.start);
  const std::vector<sync::Delta> second(middle, trace.steps.end());
  const std::vector<sync::Delta> other = other_edits(base, kOtherEdits, others);
  std::vector<double> composing, merging, whole, apart;
  for (unsigned i = 0; i < runs; ++i) {
    std::vector<sync::Delta> ours = second;
    std::vector<sync::Delta> theirs = other;
    sync::Delta a, b, b_after;
    composing.push_back(timed([&] {
      a = sync::compose_all(std::move(ours));
      b = sync::compose_all(std::move(theirs));
    }));
    std::string merged;
    merging.push_back(timed([&] {
      b_after = sync::transform(b, a, sync::Side::kSecond);
      merged = after(sync::compose(a, b_after), base);
    }));
    whole.push_back(composing.back() + merging.back());
    if (after(sync::transform(a, b, sync::Side::kFirst), after(b, base)) != merged)
      stop("W5: both orders of a merge differ");
    const std::string committed = after(a, base);
    const std::string incoming = after(b, base);
    apart.push_back(
        timed([&] { (void)sync::merge_apart(base, committed, incoming, schema::Unit::kSentence).contested.size(); }));
  }
  const char* told = others == Others::kTyped ? ", others typed" : ", others anywhere";
  table.add({"(b) " + name + told, "ms", whole, 20});
  table.add({"    of which composing both branches", "ms", composing});
  table.add({"    of which transforming and applying", "ms", merging});
  table.add({"    merged apart instead (three texts)", "ms", apart});
}

// The text as it stood at the end of each second.
std::vector<std::string> saves_of(const Trace& trace) {
  std::vector<std::string> saves;
  std::string text = trace.start;
  std::vector<sync::Delta> second;
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    second.push_back(trace.steps[i]);
    if (i + 1 != trace.steps.size() && trace.seconds[i + 1] == trace.seconds[i]) continue;
    text = after(sync::compose_all(std::move(second)), text);
    second.clear();
    saves.push_back(text);
  }
  return saves;
}

// Without what only waits to be written in its place.
double kilobytes_of(const std::filesystem::path& file) {
  {
    auto database = must(sql::Database::open(file, {}), "opening a database");
    (void)database->prepare("PRAGMA wal_checkpoint(TRUNCATE)").step();
  }
  return static_cast<double>(std::filesystem::file_size(file)) / 1e3;
}

double net_kilobytes(const std::vector<std::string>& saves, const std::string& start) {
  double bytes = static_cast<double>(saves.back().size());
  const std::string* before = &start;
  for (const std::string& save : saves) {
    const sync::Delta delta = sync::diff(*before, save);
    bytes += static_cast<double>(delta.inserted().size() + 4 * delta.runs().size());
    before = &save;
  }
  return bytes / 1e3;
}

void type_through(const Settings& settings, const std::string& name, const Trace& trace, Table& table) {
  const Place place(settings, "w5");
  std::vector<std::string> saves = saves_of(trace);
  if (saves.size() > settings.saves) saves.resize(settings.saves);
  Agency agency(place.path());
  agency.fill(make_contracts(1));
  agency.serve();
  agency.enrol("a");
  {
    agency.watch("a")->terminate();
  }
  agency.stop();
  const double server_before = kilobytes_of(agency.data() / "authority.sqlite");
  const double replica_before = kilobytes_of(agency.place("a") / "replica.sqlite");

  agency.serve();
  agency.aim("a", agency.port());
  const RecordId record = agency.portfolio()[0].texts[0];
  std::vector<double> ms;
  {
    const auto watcher = agency.watch("a");
    ReplicaReader reader(agency.place("a"));
    const LiveWriter writer(agency, "a");
    for (const std::string& save : saves) {
      const Moment start = now();
      writer.write({{"op", "edit"}, {"record", record.text()}, {"field", "contenu"}, {"text", save}});
      const auto answered = [&] {
        return schema::text_of(reader.value(record, texte::kContenu)) == save && !reader.settled_heads().empty();
      };
      if (!eventually(answered, kSaveLimitMs))
        stop("W5: save " + std::to_string(ms.size()) +
             " is not answered: " + read_file(agency.place("a.batch")).substr(0, 300));
      ms.push_back(milliseconds_since(start));
    }
    watcher->terminate();
  }
  agency.stop();
  const double net = net_kilobytes(saves, make_text(0, 0));
  table.add({"(c) " + name + ", " + std::to_string(saves.size()) + " saves, each answered", "ms", ms});
  table.add({"    growth of the replica's files",
             "× net",
             {(kilobytes_of(agency.place("a") / "replica.sqlite") - replica_before) / net},
             3});
  table.add({"    growth of the server's files",
             "× net",
             {(kilobytes_of(agency.data() / "authority.sqlite") - server_before) / net},
             3});
  table.add({"    net: final text and the change of each save", "KB", {net}});
}

}  // namespace

void text(const Settings& settings, Table& table) {
  const std::filesystem::path traces = std::filesystem::path(NAVETTE_SHARED_DIR) / "workloads";
  if (!std::filesystem::exists(traces)) {
    std::puts("W5: left out, there are no traces beside the checkout");
    return;
  }
  table.begin("W5", "recorded editing sessions; every result is the recorded one");
  for (const char* name : {"automerge-paper", "sveltecomponent", "friendsforever_flat"}) {
    const Place place(settings, "trace");
    const Trace trace = read_trace(traces / (std::string("sequential-") + name + ".json.gz"), place.path());
    compose_whole(name, trace, settings.runs, table);
    for (const Others others : {Others::kTyped, Others::kAnywhere})
      merge_halves(name, trace, others, settings.runs, table);
    if (name == std::string_view("sveltecomponent")) type_through(settings, name, trace, table);
  }
}

}  // namespace navette::bench
