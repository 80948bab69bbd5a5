// A store in its own directory, and pushes as short as sentences.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>
#include <random>

#include "navette/server/authority_store.hpp"
#include "navette/sync/codec.hpp"
#include "support/test_schema.hpp"

namespace navette::test {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(unsigned seed) : engine_(seed) {}
  void fill(std::span<unsigned char> out) override {
    const std::lock_guard lock(mutex_);
    for (unsigned char& byte : out) byte = static_cast<unsigned char>(engine_());
  }
  unsigned below(unsigned bound) {
    const std::lock_guard lock(mutex_);
    return static_cast<unsigned>(engine_() % bound);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

inline constexpr Timestamp kNow{1'800'000'000'000};

// Waits for the answer.
[[nodiscard]] Result<> claim(server::AuthorityStore& store, const DeviceId& device, const ReplicaId& replica);

// A dossier with one contrat and one engagement.
struct TestDossier {
  DossierId id;
  RecordId contrat;
  RecordId engagement;
  [[nodiscard]] sync::FieldRef texte() const { return {engagement, engagement::kKind, engagement::kTexte}; }
  [[nodiscard]] sync::FieldRef montant() const { return {engagement, engagement::kKind, engagement::kMontant}; }
  [[nodiscard]] sync::FieldRef prive() const { return {engagement, engagement::kKind, engagement::kPriveS}; }
};

// One replica of a correspondant: numbers its pushes, and bases them on the server's heads.
struct TestReplica {
  ReplicaId id;
  PushNumber last{};
  schema::RoleNumber role = kCorrespondant;
};

class StoreTest : public ::testing::Test {
 protected:
  StoreTest();
  ~StoreTest() override;

  void open();
  void reopen();
  TestDossier make_dossier(const std::string& label = "Clinique des Lilas");
  TestReplica make_replica() { return {ReplicaId::make_v4(random_)}; }

  // The bytes of the next push of a replica.
  Bytes frozen(TestReplica& replica, const TestDossier& dossier, std::vector<sync::Change> changes);
  server::PushRequest request(const TestReplica& replica, const TestDossier& dossier, Bytes encoded);
  Result<server::PushResult> push(const TestReplica& replica, const TestDossier& dossier, const Bytes& encoded);
  // A change from the value at the head to this one.
  sync::Change writes(const TestDossier& dossier, const sync::FieldRef& at, const schema::Value& value);
  sync::Base head_base(const TestDossier& dossier, schema::Audience audience);
  void edit(TestReplica& replica, const TestDossier& dossier, const sync::FieldRef& at, const schema::Value& value);
  schema::Value read(const TestDossier& dossier, const sync::FieldRef& at);
  std::vector<std::string> problems();    // of verify(), by name
  void tamper(const std::string& query);  // closes the store, runs it on the file, reopens

  std::filesystem::path elsewhere();  // a directory beside the store's

  std::filesystem::path directory_;
  SeededRandom random_{7};
  std::unique_ptr<server::AuthorityStore> store_;
};

}  // namespace navette::test
