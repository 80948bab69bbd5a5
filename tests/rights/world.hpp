// A server without a network, that one can live through twice: its randomness and its clock are decided step by step,
// so that what happens in a step which others may not see changes nothing in those after it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "navette/net/io_runtime.hpp"
#include "navette/server/authority_store.hpp"
#include "navette/server/hub.hpp"
#include "navette/sync/message.hpp"
#include "support/deaf_connection.hpp"
#include "support/temporary_directory.hpp"

namespace navette::test {

// Threads: any. What is drawn follows from the step alone.
class StepRandom final : public Random {
 public:
  void fill(std::span<unsigned char> out) override;
  void begin(const std::string& step);

 private:
  std::mutex mutex_;
  std::string step_;
  std::uint64_t drawn_ = 0;
};

class StepClock final : public Clock {
 public:
  Timestamp now() override { return {now_}; }
  void set(Timestamp now) { now_ = now.milliseconds; }

 private:
  std::atomic<std::int64_t> now_ = 1'800'000'000'000;
};

// Somebody at a device of theirs.
struct Person {
  server::Account account;
  server::Device device;
  ReplicaId replica;
  std::map<DossierId, PushNumber> pushed = {};
  std::shared_ptr<DeafConnection> connection = nullptr;
};

class World {
 public:
  World();
  ~World();

  // What follows draws from this name only, at that time.
  void begin(const std::string& step, std::int64_t minutes);
  Person add_person(const std::string& name, const std::string& role, const std::string& scope, unsigned char mark);
  // A dossier with a record of each kind that people write: numbers 1 and 2 of engagement, indicateur, diagnostic.
  DossierId add_dossier(const std::string& ej, const std::string& departement, unsigned char mark);
  [[nodiscard]] static RecordId record(const DossierId& dossier, unsigned char kind, unsigned char n);

  void connect(Person& person, const std::vector<sync::FollowOne>& follow);
  void say(Person& person, const std::vector<sync::Message>& batch);
  void push(Person& person, const DossierId& dossier, std::vector<sync::Change> changes);
  // Everything that was asked is answered, everything that was said has arrived.
  void settle();
  // Frames that this person's session has sent since.
  [[nodiscard]] static std::vector<Bytes> heard(Person& person);

  [[nodiscard]] server::AuthorityStore& store() { return *store_; }
  [[nodiscard]] server::Hub& hub() { return hub_; }
  [[nodiscard]] std::filesystem::path directory() const { return directory_.path(); }
  [[nodiscard]] Timestamp now() { return clock_.now(); }

 private:
  TemporaryDirectory directory_{"navette-world"};
  StepRandom random_;
  StepClock clock_;
  server::Hub hub_;
  std::unique_ptr<server::AuthorityStore> store_;
  std::vector<std::shared_ptr<DeafConnection>> connections_;
  server::Account nobody_;
  net::IoRuntime runtime_;  // last: its threads use all that is above
};

}  // namespace navette::test
