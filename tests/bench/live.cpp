// W3: one device sets values, another one that is connected reads them.
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <fcntl.h>

#include <thread>

#include "bench/limits.hpp"
#include "bench/live.hpp"
#include "bench/replica.hpp"

namespace navette::bench {
namespace {

constexpr double kArrivalLimitMs = 10'000;
constexpr std::chrono::milliseconds kInterval{20};
// A reader that only looked again and again would take one of two cores from what it measures.
constexpr int kLookMs = 1;

// Sleeps until something in the directory is written, or a moment passed.
class Doorbell {
 public:
  explicit Doorbell(const std::filesystem::path& directory) : watch_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    inotify_add_watch(watch_, directory.c_str(), IN_MODIFY);
  }
  ~Doorbell() { close(watch_); }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;
  void wait() const {
    pollfd ready{watch_, POLLIN, 0};
    poll(&ready, 1, kLookMs);
    char events[4096];
    while (read(watch_, events, sizeof events) > 0) {
    }
  }

 private:
  int watch_;
};

}  // namespace

LiveWriter::LiveWriter(Agency& agency, const std::string& device) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) stop("pipe");
  input_ = ends[1];
  process_ = std::make_unique<Process>(agency.client({"batch"}, device), agency.place(device + ".batch"), ends[0]);
  close(ends[0]);
}

LiveWriter::~LiveWriter() {
  close(input_);
  process_->wait();
}

void LiveWriter::write(const Json& command) const {
  const std::string line = command.dump() + "\n";
  if (::write(input_, line.data(), line.size()) < 0) stop("writing to batch");
}

std::vector<double> live_latencies(Agency& agency, unsigned contract, unsigned count) {
  ReplicaReader reader(agency.place("b"));
  const Doorbell doorbell(agency.place("b"));
  const LiveWriter writer(agency, "a");
  const RecordId record = agency.portfolio()[contract].records[0];
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  std::vector<double> latencies;
  Moment next = now();
  for (unsigned i = 0; i < count; ++i) {
    std::this_thread::sleep_until(next);
    next = std::max(next + kInterval, now());
    const std::int64_t value = 500'000 + i;
    const Moment start = now();
    writer.write({{"op", "set"}, {"record", record.text()}, {"field", "f1"}, {"value", value}});
    while (reader.value(record, fiche::field(1)) != schema::Value(value)) {
      if (milliseconds_since(start) > kArrivalLimitMs) stop("a live value did not arrive");
      doorbell.wait();
    }
    latencies.push_back(milliseconds_since(start));
  }
  return latencies;
}

void live(const Settings& settings, Table& table) {
  const Place place(settings, "w3");
  Agency agency(place.path());
  agency.fill(make_contracts(10));
  agency.serve();
  for (const char* device : {"a", "b"}) agency.enrol(device);
  std::vector<double> p50, p99, cpu;
  {
    const auto a = agency.watch("a");
    const auto b = agency.watch("b");
    for (unsigned i = 0; i < settings.runs; ++i) {
      const double before = agency.server().cpu_seconds() + a->cpu_seconds() + b->cpu_seconds();
      const auto latencies = live_latencies(agency, i, settings.values);
      cpu.push_back((agency.server().cpu_seconds() + a->cpu_seconds() + b->cpu_seconds() - before) * 1e3 /
                    settings.values);
      p50.push_back(quantile(latencies, 0.5));
      p99.push_back(quantile(latencies, 0.99));
    }
    a->terminate();
    b->terminate();
  }
  agency.stop();
  table.begin("W3", std::to_string(settings.values) +
                        " values, one each 20 ms: from the line given to « navette batch » to the value readable in "
                        "the other device's replica; durable on the server before it relays");
  const double commit = durable_commit_ms(place.path());
  const double hop = tls_round_trip_ms();
  table.add({"p50", "ms", p50, 1.0, hop + commit, "one TLS round trip and one durable commit"});
  table.add({"p99", "ms", p99, 4.0});
  table.add({"CPU of server and both watchers per value", "ms", cpu, {}, commit, "one durable commit"});
}

}  // namespace navette::bench
