#include "bench/agency.hpp"

#include <sys/un.h>

#include <fstream>
#include <thread>

#include "bench/table.hpp"
#include "navette/os/local_socket.hpp"
#include "navette/server/data_dir.hpp"

namespace navette::bench {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr double kStartLimitMs = 20'000;
const sync::Author kAuthor{"Agence de mesure", schema::Party::kAgence};

std::vector<std::string> around(const Seat& seat, std::vector<std::string> words) {
  words.insert(words.begin(), seat.around.begin(), seat.around.end());
  return words;
}

}  // namespace

bool eventually(const std::function<bool()>& condition, double limit_ms) {
  const Moment start = now();
  while (!condition()) {
    if (milliseconds_since(start) > limit_ms) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

Agency::Agency(fs::path place, Network network) : place_(std::move(place)), network_(std::move(network)) {
  fs::create_directories(place_);
  std::vector<std::string> addresses{network_.server.server};
  for (const auto& [device, seat] : network_.devices) addresses.push_back(seat.server);
  (void)must(server::init_data_dir(data(), kAuthor.name, addresses, clock_.now()), "init");
}

std::unique_ptr<server::AuthorityStore> Agency::open_store() {
  auto lock = must(server::AuthorityStore::lock(data()), "lock");
  return std::move(*must(server::AuthorityStore::open(std::move(*lock), data(), bench_schema(), random_, kAuthor.name),
                         "opening the store"));
}

void Agency::create(server::AuthorityStore& store, const Contract& contract) {
  (void)must(store.create_dossier(portfolio_.row(contract.number, clock_.now()), portfolio_.seeds(contract), kAuthor),
             "creating a dossier");
}

void Agency::fill(const std::vector<Contract>& contracts) {
  portfolio_ = Portfolio(static_cast<unsigned>(contracts.size()), clock_, random_);
  const auto store = open_store();
  for (const Contract& contract : contracts) create(*store, contract);
}

void Agency::fill(unsigned contracts) {
  portfolio_ = Portfolio(contracts, clock_, random_);
  const auto store = open_store();
  for (unsigned c = 0; c < contracts; ++c) create(*store, make_contract(c));
}

const Seat& Agency::seat(const std::string& device) const {
  const auto found = network_.devices.find(device);
  return found == network_.devices.end() ? network_.server : found->second;
}

std::vector<std::string> Agency::client(std::vector<std::string> words, const std::string& device) const {
  words.insert(words.begin(), NAVETTE_BENCH_CLIENT);
  words.insert(words.end(), {"--replica", place(device)});
  return around(seat(device), std::move(words));
}

void Agency::serve() {
  fs::remove(place("serve"));  // what the last server said is not what this one says
  server_ = std::make_unique<Process>(
      around(network_.server, {NAVETTE_BENCH_SERVER, "serve", "--data", data(), "--listen", network_.listen + ":0",
                               "--per-address", "0"}),  // all devices are on this machine
      place("serve"));
  std::string said;
  const bool up = eventually(
      [&] {
        said = read_file(place("serve"));
        return said.starts_with("listening ") && said.ends_with("\n");
      },
      kStartLimitMs);
  if (!up) bench::stop("the server does not start: " + read_file(place("serve.err")));
  port_ = static_cast<std::uint16_t>(std::stoi(said.substr(said.rfind(':') + 1)));
}

Ended Agency::stop() {
  const Ended ended = server_->terminate();
  server_.reset();
  return ended;
}

void Agency::enrol(const std::string& device, const std::string& scope) {
  std::string code = run({NAVETTE_BENCH_SERVER, "account", "create", "--data", data(), "--name", device, "--role",
                          "negociateur", "--scope", scope},
                         place("out"));
  code.pop_back();
  run(client({"enrol", "--server", "wss://" + seat(device).server + ":" + std::to_string(port_), "--code", code},
             device),
      place("out"));
}

void Agency::aim(const std::string& device, std::uint16_t port) const {
  std::ofstream(place(device) / "server.json")
      << Json{{"server", "wss://" + seat(device).server + ":" + std::to_string(port)}, {"name", kAuthor.name}}.dump();
}

Ended Agency::sync(const std::string& device) {
  Process process(client({"sync"}, device), place(device + ".sync"));
  const Ended ended = process.wait();
  if (ended.code != 0 && ended.code != 3)
    bench::stop("sync of " + device + ": " + read_file(place(device + ".sync.err")));
  return ended;
}

std::unique_ptr<Process> Agency::watch(const std::string& device) {
  auto process = std::make_unique<Process>(client({"sync", "--watch", "--json"}, device), place(device + ".watch"));
  const auto connected = [&] {
    const auto reply = os::local_call(place(device) / "watch.sock", R"({"op":"status"})", 500ms);
    return reply && Json::parse(*reply, nullptr, false).value("last_sync", std::string()) != "";
  };
  if (!eventually(connected, kStartLimitMs)) bench::stop("the watcher of " + device + " does not connect");
  return process;
}

void Agency::batch(const std::string& device, const std::vector<Json>& commands) {
  const fs::path input = place(device + ".commands");
  {
    std::ofstream out(input);
    for (const Json& command : commands) out << command.dump() << "\n";
  }
  const std::string answers =
      run({"/bin/sh", "-c", "exec \"$0\" batch --replica \"$1\" < \"$2\"", NAVETTE_BENCH_CLIENT, place(device), input},
          place(device + ".answers"));
  std::size_t good = 0;
  for (std::size_t at = 0; (at = answers.find("\"ok\":true", at)) != std::string::npos; ++at) ++good;
  if (good != commands.size()) bench::stop("batch of " + device + ": " + answers.substr(0, 400));
}

}  // namespace navette::bench
