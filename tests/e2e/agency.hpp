// An agency with its server, and people with their replicas: real programs over real TLS, in a directory of their own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "e2e/process.hpp"

namespace navette::e2e {

// A person's replica. Copies name the same directory.
class Replica {
 public:
  explicit Replica(std::filesystem::path directory) : directory_(std::move(directory)) {}
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  // From now on its programs run in that network namespace.
  void move_to(std::optional<int> network) { network_ = network; }

  // navette COMMAND --replica DIRECTORY REST…
  [[nodiscard]] Launch launch(std::vector<std::string> words) const;
  [[nodiscard]] Ran run(std::vector<std::string> words, std::string input = {}) const;
  // The same, which must do it (0; a synchronisation also 3: conflicts or refusals wait).
  Ran does(std::vector<std::string> words, std::string input = {}) const;
  void sync() const { does({"sync"}); }
  [[nodiscard]] std::unique_ptr<Process> watch(std::vector<std::string> options = {"--json"}) const;

  [[nodiscard]] Json json(std::vector<std::string> words) const;  // with --json
  [[nodiscard]] std::string get(const std::string& record, const std::string& field) const;
  void set(const std::string& record, const std::string& field, const std::string& value) const;
  void edit(const std::string& record, const std::string& field, const std::string& text) const;
  std::string add(const std::string& dossier, const std::string& kind, const std::vector<std::string>& fields) const;
  // One JSON command a line; the answers.
  [[nodiscard]] std::vector<Json> batch(const std::vector<Json>& commands) const;

  [[nodiscard]] std::string dossier(std::size_t index = 0) const;
  [[nodiscard]] Json show(const std::string& dossier) const { return json({"show", dossier}); }
  [[nodiscard]] std::vector<Json> records(const std::string& dossier, const std::string& kind) const;
  [[nodiscard]] std::vector<Json> conflicts() const { return json({"conflicts"}); }
  [[nodiscard]] std::vector<Json> refusals() const { return json({"refusals"}); }
  // Nothing waits to be sent, nothing is wrong with the file.
  void is_sound() const;
  // Every byte of its files.
  [[nodiscard]] bool holds_bytes(const std::string& text) const;

 private:
  std::filesystem::path directory_;
  std::optional<int> network_;
};

// The server of one data directory, by its programs alone.
class AgencyServer {
 public:
  explicit AgencyServer(std::filesystem::path data) : data_(std::move(data)) {}
  void init(const std::string& name = "ARS d'essai") const;
  // Before init: where it listens.
  void move_to(std::string address, std::optional<int> network) {
    address_ = std::move(address);
    network_ = network;
  }
  // On the port it had before, if it had one.
  void serve(std::optional<rlim_t> largest_file = {}, Environment environment = {});
  void stop();  // SIGTERM
  void kill();  // -9
  [[nodiscard]] Process& process() { return *process_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "wss://" + address_ + ":" + std::to_string(port_); }
  [[nodiscard]] const std::filesystem::path& data() const { return data_; }

  // navette-server WORDS… --data DIRECTORY
  [[nodiscard]] Ran run(std::vector<std::string> words) const;
  Ran does(std::vector<std::string> words) const;
  [[nodiscard]] std::string code(const std::string& name, const std::string& role, const std::string& scope) const;
  [[nodiscard]] Json status() const { return does({"status", "--json"}).json(); }
  [[nodiscard]] std::string device_of(const std::string& account) const;
  void is_sound() const { does({"verify"}); }

 private:
  std::filesystem::path data_;
  std::unique_ptr<Process> process_;
  std::uint16_t port_ = 0;
  std::string address_ = "127.0.0.1";
  std::optional<int> network_;
};

class AgencyTest : public testing::Test {
 protected:
  AgencyTest();
  ~AgencyTest() override;

  // A server with the fictitious portfolio; three people of the story, synchronised.
  void open_demo();
  void bring_people();
  Replica enrol(const std::string& directory, const std::string& name, const std::string& role,
                const std::string& scope, const std::string& url = {});
  std::string write_file(const std::string& name, const std::string& content) const;
  // Everybody synchronises until nothing moves; then all hold the same and every file is sound.
  void converge(const std::vector<Replica>& replicas);
  void expect_same(const std::vector<Replica>& replicas, const std::string& dossier) const;

  std::filesystem::path place_;
  AgencyServer server_;
  std::optional<int> network_;  // of those who are enrolled from now on
  Replica claire_;              // correspondent of the EJ 990001000
  Replica paul_;                // another one
  Replica nadia_;               // negotiator of the département 99
  std::string dossier_;         // theirs
  std::string indicateur_;      // one of its indicators, the engagement above it and the diagnosis of that one
  std::string engagement_;
  std::string diagnostic_;
};

// Printed, so that a failed run can be run again: NAVETTE_SEED in the environment takes the place of the usual one.
[[nodiscard]] unsigned announced_seed(unsigned usual);

// A dossier as its shared part stands: records by id, without private fields.
[[nodiscard]] Json shared_part(const Json& shown);

}  // namespace navette::e2e
