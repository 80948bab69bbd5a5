// An agency and its devices: the programs of the measures over real TLS, in a directory of their own.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bench/portfolio.hpp"
#include "bench/process.hpp"
#include "navette/os/system.hpp"
#include "navette/server/authority_store.hpp"

namespace navette::bench {

// Where the programs run and how they reach each other: on loopback, or each in a network of its own.
struct Seat {
  std::vector<std::string> around;   // words that start a program there
  std::string server = "127.0.0.1";  // the server's address as seen from there
};
struct Network {
  Seat server;
  std::string listen = "127.0.0.1";
  std::map<std::string, Seat> devices;  // others sit with the server
};

class Agency {
 public:
  explicit Agency(std::filesystem::path place, Network network = {});

  // ---- while it does not serve
  [[nodiscard]] std::unique_ptr<server::AuthorityStore> open_store();
  void fill(const std::vector<Contract>& contracts);
  // Many: made one after the other, never all in memory.
  void fill(unsigned contracts);

  // ---- serving
  void serve();
  Ended stop();
  [[nodiscard]] Process& server() { return *server_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

  // A negotiator by default, who follows everything.
  void enrol(const std::string& device, const std::string& scope = "all");
  void aim(const std::string& device, std::uint16_t port) const;  // where it dials from now on
  Ended sync(const std::string& device);
  // The watcher is up when its socket answers.
  [[nodiscard]] std::unique_ptr<Process> watch(const std::string& device);
  void batch(const std::string& device, const std::vector<Json>& commands);  // every one must succeed
  [[nodiscard]] std::vector<std::string> client(std::vector<std::string> words, const std::string& device) const;

  [[nodiscard]] std::filesystem::path place(const std::string& name) const { return place_ / name; }
  [[nodiscard]] std::filesystem::path data() const { return place_ / "agency"; }
  [[nodiscard]] const Portfolio& portfolio() const { return portfolio_; }

 private:
  [[nodiscard]] const Seat& seat(const std::string& device) const;
  void create(server::AuthorityStore& store, const Contract& contract);

  std::filesystem::path place_;
  Network network_;
  os::SystemClock clock_;
  os::SystemRandom random_;
  Portfolio portfolio_;
  std::unique_ptr<Process> server_;
  std::uint16_t port_ = 0;
};

// True as soon as the condition is; looks every millisecond.
[[nodiscard]] bool eventually(const std::function<bool()>& condition, double limit_ms);

}  // namespace navette::bench
