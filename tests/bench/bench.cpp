// Real processes, real TLS, real files: first sync of a portfolio against SQLite alone, a live edit from one device to
// another, one change at two sizes of portfolio and of history. navette-bench [DOSSIERS]
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "navette/client/sqlite_replica_store.hpp"
#include "navette/cpom/numbers.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/os/system.hpp"
#include "navette/server/data_dir.hpp"
#include "navette/sql/typed_tables.hpp"
#include "portfolio.hpp"

extern char** environ;

namespace navette::bench {
namespace {

namespace fs = std::filesystem;
using Milliseconds = double;

Milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

template <class Work>
Milliseconds timed(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return since(start);
}

struct Spread {
  double min = 0, median = 0, max = 0;
};
Spread spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}
void print(const std::string& what, const Spread& s, const char* unit = "ms") {
  std::printf("%-64s %9.2f %s  (%.2f – %.2f)\n", what.c_str(), s.median, unit, s.min, s.max);
}

[[noreturn]] void stop(const std::string& why) {
  std::cerr << "bench: " << why << "\n";
  std::exit(1);
}

pid_t spawn(std::vector<std::string> words, const std::string& out, int in = -1) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, (out + ".err").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (in >= 0) posix_spawn_file_actions_adddup2(&actions, in, 0);
  pid_t pid = 0;
  if (posix_spawn(&pid, words[0].c_str(), &actions, nullptr, arguments.data(), environ) != 0)
    stop("cannot start " + words[0]);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A server in a process of its own, over a data directory filled here.
class Agency {
 public:
  explicit Agency(fs::path place) : place_(std::move(place)) {
    if (!server::init_data_dir(data(), "Agence de mesure", {"127.0.0.1"}, clock_.now())) stop("init");
  }
  ~Agency() {
    if (pid_ > 0) {
      kill(pid_, SIGTERM);
      wait_for(pid_);
    }
  }
  [[nodiscard]] fs::path data() const { return place_ / "agence"; }
  [[nodiscard]] fs::path place(const std::string& name) const { return place_ / name; }

  std::vector<PortfolioDossier> fill(std::size_t dossiers) {
    auto lock = server::AuthorityStore::lock(data());
    auto store =
        server::AuthorityStore::open(std::move(*lock), data(), cpom::cpom_schema(), random_, "Agence de mesure");
    if (!store) stop(store.error().message);
    auto portfolio = make_portfolio(dossiers, clock_, random_);
    for (const PortfolioDossier& one : portfolio) {
      const auto made = (*store)->create_dossier(one.row, one.records, {"Agence de mesure", schema::Party::kAgence});
      if (!made) stop(made.error().message);
    }
    return portfolio;
  }
  void serve() {
    pid_ = spawn({NAVETTE_SERVER_PROGRAM, "serve", "--data", data(), "--listen", "127.0.0.1:0"}, place("serve"));
    for (int i = 0; i < 400 && url_.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
      const std::string said = read(place("serve"));
      if (said.starts_with("listening ") && said.ends_with("\n")) url_ = said.substr(10, said.size() - 11);
    }
    if (url_.empty()) stop("server does not start");
  }
  void enrol(const std::string& name, const std::string& role, const std::string& scope) {
    run({NAVETTE_SERVER_PROGRAM, "account", "create", "--data", data(), "--name", name, "--role", role, "--scope",
         scope});
    std::string code = read(place("out"));
    code.pop_back();
    run({NAVETTE_PROGRAM, "enrol", "--replica", place(name), "--server", url_, "--code", code});
  }
  void run(const std::vector<std::string>& words, int expected = 0) {
    if (wait_for(spawn(words, place("out"))) != expected)
      stop(words[0] + " " + words[1] + ": " + read(place("out.err")));
  }
  Milliseconds sync(const std::string& name) {
    return timed([&] { run({NAVETTE_PROGRAM, "sync", "--replica", place(name)}); });
  }
  pid_t watch(const std::string& name) {
    return spawn({NAVETTE_PROGRAM, "sync", "--watch", "--replica", place(name)}, place(name + ".watch"));
  }

 private:
  fs::path place_;
  os::SystemClock clock_;
  os::SystemRandom random_;
  pid_t pid_ = 0;
  std::string url_;
};

// The physical limit: the same rows into the same tables, durably, and nothing else.
Milliseconds sqlite_alone(const fs::path& file, const std::vector<PortfolioDossier>& portfolio) {
  const sql::TypedTables tables(cpom::cpom_schema());
  auto database = sql::Database::open(file, {});
  if (!database) stop(database.error().message);
  tables.create(*database);
  return timed([&] {
    sql::Transaction transaction(*database, sql::Transaction::Kind::kWrite);
    for (const PortfolioDossier& dossier : portfolio) {
      for (const sync::SeedRecord& record : dossier.records) {
        tables.put(*database, *cpom::cpom_schema().kind(record.kind),
                   {record.record, dossier.row.id, record.owner, record.values, {}});
      }
    }
    transaction.commit();
  });
}

void first_sync(const fs::path& place, std::size_t dossiers) {
  Agency agency(place);
  const auto portfolio = agency.fill(dossiers);
  std::size_t records = 0;
  for (const auto& dossier : portfolio) records += dossier.records.size();
  std::printf("%zu dossiers, %zu records\n", portfolio.size(), records);
  agency.serve();
  std::vector<double> alone, whole, ratios;
  for (int i = 0; i < 5; ++i) {
    const std::string name = "n" + std::to_string(i);
    agency.enrol(name, "negociateur", "all");
    alone.push_back(sqlite_alone(place / ("alone" + std::to_string(i)), portfolio));
    whole.push_back(agency.sync(name));
    ratios.push_back(whole.back() / alone.back());
  }
  print("SQLite alone, same rows, one durable transaction", spread(alone));
  print("first sync, whole process: connect, TLS, download, durable", spread(whole));
  print("ratio first sync / SQLite alone (to reach: 5)", spread(ratios), "× ");
  std::vector<double> again;
  for (int i = 0; i < 5; ++i) again.push_back(agency.sync("n0"));
  print("sync again, nothing to do", spread(again));
}

// One live edit: `navette batch` writes, the other device's watcher has it in its replica.
void live_edit(const fs::path& place, std::size_t dossiers, std::size_t edits) {
  Agency agency(place);
  const auto portfolio = agency.fill(dossiers);
  agency.serve();
  agency.enrol("a", "negociateur", "all");
  agency.enrol("b", "negociateur", "all");
  agency.sync("a");
  agency.sync("b");
  const pid_t watch_a = agency.watch("a");
  const pid_t watch_b = agency.watch("b");
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  RecordId record;
  for (const sync::SeedRecord& seed : portfolio.front().records) {
    if (seed.kind == cpom::indicateur::kKind) record = seed.record;
  }
  int pipe_in[2];
  if (pipe2(pipe_in, O_CLOEXEC) != 0) stop("pipe");
  const pid_t batch =
      spawn({NAVETTE_PROGRAM, "batch", "--replica", agency.place("a")}, agency.place("batch"), pipe_in[0]);
  close(pipe_in[0]);
  auto reader = client::SqliteReplicaStore::open(agency.place("b"), cpom::cpom_schema(), client::OpenMode::kReadOnly);
  if (!reader) stop(reader.error().message);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  std::vector<double> latencies;
  for (std::size_t i = 0; i < edits; ++i) {
    const std::string value = std::to_string(1000 + i);
    const std::string line =
        nlohmann::json{{"op", "set"}, {"record", record.text()}, {"field", "cible_n1"}, {"value", value}}.dump() + "\n";
    const auto start = std::chrono::steady_clock::now();
    if (write(pipe_in[1], line.data(), line.size()) < 0) stop("write");
    bool seen = false;
    while (!seen && since(start) < 5'000) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));  // a spinning reader would take one of two cores
      (void)(*reader)->read([&]() -> Result<void> {
        const auto row = (*reader)->record(record);
        const auto found = row->values.find(cpom::indicateur::kCibleN1);
        seen = found != row->values.end() && schema::display(found->second) == value;
        return {};
      });
    }
    if (!seen) stop("a live edit did not arrive within 5 s");
    latencies.push_back(since(start));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  close(pipe_in[1]);
  wait_for(batch);
  for (const pid_t watcher : {watch_a, watch_b}) {
    kill(watcher, SIGTERM);
    wait_for(watcher);
  }
  std::sort(latencies.begin(), latencies.end());
  std::printf("%-64s %9.2f ms  (p99 %.2f, %zu edits)\n",
              ("live edit, " + std::to_string(dossiers) + " dossiers: set → readable on the other device").c_str(),
              latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100], latencies.size());
}

}  // namespace
}  // namespace navette::bench

int main(int argc, char** argv) {
  const std::size_t dossiers = argc > 1 ? std::stoul(argv[1]) : 120;
  const auto place = std::filesystem::temp_directory_path() / ("navette-bench." + std::to_string(getpid()));
  std::filesystem::create_directories(place / "first");
  navette::bench::first_sync(place / "first", dossiers);
  for (const std::size_t size : {std::size_t{7}, dossiers}) {
    const auto here = place / ("live" + std::to_string(size));
    std::filesystem::create_directories(here);
    navette::bench::live_edit(here, size, 200);
  }
  std::filesystem::remove_all(place);
}
