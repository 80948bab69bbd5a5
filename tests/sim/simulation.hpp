// People, devices, a server and everything that goes wrong between them, decided by one seed.
//
// The devices and the server run the production engine. The simulation keeps its own books of who wrote and who removed
// which word, and compares in the end.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/production_server.hpp"
#include "support/seeded_random.hpp"
#include "support/sqlite_disk.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_schema.hpp"
#include "words.hpp"

namespace navette::test {

// A promise that did not hold.
struct Hole : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A device's power went off while it did something.
struct PowerOff {};

class Simulation {
 public:
  // kSqlite: the production stores, and the production sessions of the server.
  enum class Stores : std::uint8_t { kMemory, kSqlite };
  // kStorms: the server is backed up and restored over and over.
  enum class Restores : std::uint8_t { kNone, kSome, kStorms };

  explicit Simulation(std::uint64_t seed, int steps = 400, Restores restores = Restores::kSome,
                      Stores stores = Stores::kMemory);
  ~Simulation();
  // What went wrong; nothing: all promises held.
  [[nodiscard]] std::optional<std::string> run();
  [[nodiscard]] const std::vector<std::string>& story() const { return story_; }
  [[nodiscard]] const std::map<std::string, int>& counts() const { return counts_; }
  // Of everything that every store holds in the end.
  [[nodiscard]] Hash fingerprint();

 private:
  struct Late {
    std::string account;
    ReplicaId replica;
    Bytes push;
  };

  // simulation.cpp: the world
  struct World;  // the disks, of production stores
  void step();
  void disturb(double roll, std::size_t device);
  void work(std::size_t device);
  void risk_power_cut(std::size_t device, Unflushed unflushed, const std::function<void()>& action);
  void crash(std::size_t device, Unflushed unflushed);
  void crash_server();
  void after_server_crash();
  [[nodiscard]] Unflushed some_unflushed();
  [[nodiscard]] std::unique_ptr<SimulatedServer> new_server(std::uint64_t seed);
  [[nodiscard]] bool unexpected(const std::string& end) const;
  [[nodiscard]] bool away(std::size_t device) const;
  void forget_history();  // the server went back to an earlier state
  void cut(Device& device);
  void lose(std::size_t device);
  void back_up();
  void restore();
  void change_scope();
  void heal();
  [[nodiscard]] std::unique_ptr<ReplicaDisk> new_disk(const schema::Schema& program);
  [[nodiscard]] std::unique_ptr<Device> new_device(const std::string& account, const schema::Schema& program,
                                                   std::unique_ptr<ReplicaDisk> disk);
  void start_again(std::size_t device, const schema::Schema& program, Unflushed unflushed);
  bool upgrade();  // all devices get the present program; false: they had it
  void change_role();
  void lose_journal();

  // people.cpp: what people do
  void act(Device& device);
  void edit(Device& device, const DossierId& dossier);
  void type(Device& device, const sync::FieldRef& at, const sync::Value& typed, bool in_room);
  void edit_old(Device& device, const DossierId& dossier);
  void create(Device& device, const DossierId& dossier);
  void remove(Device& device, const DossierId& dossier);
  void discard(Device& device, const DossierId& dossier);
  void publish(Device& device, const DossierId& dossier);
  void change_phase(Device& device, const DossierId& dossier);
  void improve(Device& device, const DossierId& dossier);
  void resolve(Device& device, const DossierId& dossier);
  void settle_refusal(Device& device);
  [[nodiscard]] std::string retyped(const std::string& text, schema::Audience audience, bool may_move);
  [[nodiscard]] std::string new_words(schema::Audience audience);
  [[nodiscard]] std::optional<sync::FieldRef> some_field(Device& device, const DossierId& dossier);
  [[nodiscard]] std::string typed_value(const schema::Field& field, const sync::Value& old);
  void entered(const sync::Value& value);                   // the words now stand on a device
  void wiped(const Words& words);                           // somebody who saw them took them out
  void thrown(const Words& words) { add(thrown_, words); }  // taken out before anybody else had them

  // rules.cpp: what the rules say of a push
  void check_bases(const SimulatedServer::PushDone& done) const;
  void check_rights(const SimulatedServer::PushDone& done) const;
  void check_phase(const SimulatedServer::PushDone& done) const;
  void check_merges(const SimulatedServer::PushDone& done) const;
  void check_done_before(const SimulatedServer::PushDone& done) const;
  [[nodiscard]] bool done_before(const sync::Push& push, const sync::FieldRef& at) const;
  void on_kept(const SimulatedServer::KeptDone& done);

  // checks.cpp
  void check_superseded(const sync::Push& push, const sync::DossierState& after);
  void check_uncovered(const SimulatedServer::PushDone& done) const;
  void tell_push(const sync::Push& push, const sync::DossierState& before, const sync::DossierState& after,
                 const sync::Receipt& receipt);
  void on_push(const SimulatedServer::PushDone& done);
  [[nodiscard]] std::optional<sync::Value> base_value(const DossierId& dossier, const sync::FieldRef& at,
                                                      const sync::Base& base) const;
  [[nodiscard]] Words meant_to_go(const DossierId& dossier, const sync::Change& change,
                                  const sync::DossierState& before);
  [[nodiscard]] Words brought(const DossierId& dossier, const sync::Change& change);
  void check();
  void check_words();

  bool chance(double probability) { return static_cast<double>(below(1'000'000)) < probability * 1'000'000; }
  std::uint32_t below(std::uint64_t limit) { return static_cast<std::uint32_t>(dice_() % limit); }
  template <class Container>
  const auto& pick(const Container& items) {
    return items[below(items.size())];
  }
  void tell(const std::string& line) { story_.push_back(line); }
  [[nodiscard]] bool powerless(const Device& device) const;
  template <class Work>
  auto look(Device& device, Work work);

  int steps_;
  int steps_done_ = 0;
  Restores restoring_;
  std::mt19937_64 dice_;
  SeededRandom random_;
  Timestamp clock_{1'700'000'000'000};
  std::unique_ptr<World> world_;
  std::unique_ptr<SimulatedServer> owned_server_;
  SimulatedServer& server_;
  ProductionServer* production_;  // nothing: it is all in memory
  std::vector<DossierId> dossiers_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::vector<Late> late_;
  bool backed_up_ = false;
  std::set<std::tuple<DossierId, ReplicaId, PushNumber>> answered_;
  // The last push of a replica that the server knows from revisions that it adopted.
  std::map<std::tuple<DossierId, schema::Audience, ReplicaId>, PushNumber> adopted_;
  std::map<const Device*, std::map<sync::FieldRef, std::pair<std::string, sync::Value>>>
      editors_;  // left open: what they showed, and its token

  WordBook book_;
  Words wiped_, thrown_, spent_, spent_before_restore_, moved_;
  int restores_ = 0;
  int lost_devices_ = 0;
  std::set<std::string> agence_;  // accounts of the agency
  // What this seed switched on.
  double live_, busy_, quarrel_;
  bool hot_;
  std::size_t part_bytes_;  // 0: batches travel whole
  std::size_t away_;        // a device that is away most of the time; none: as many as there are
  bool roles_ = false;      // people change sides
  double power_;            // how often the power goes off under a production store
  std::vector<std::string> story_;
  std::map<std::string, int> counts_;
};

}  // namespace navette::test
