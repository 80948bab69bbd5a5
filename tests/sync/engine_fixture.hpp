// The language of the engine's stories: people on their devices, one server between them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "navette/sync/codec.hpp"
#include "support/agreement.hpp"
#include "support/seeded_random.hpp"
#include "support/test_schema.hpp"

namespace navette::test {

using sync::Choice;
using sync::Conflict;
using sync::ConflictKind;
using sync::ConflictState;
using sync::FieldNumber;
using sync::FieldRef;
using sync::RefusalReason;
using sync::Value;

// Somebody at a device. Fields are named as the schema names them.
class Person {
 public:
  Person(MemoryAuthority& server, const std::string& account, Random& random, Timestamp& clock,
         const DossierId& dossier)
      : device(test_schema(), server, account, random), clock_(clock), dossier_(dossier) {}

  // What they do. `edits` and `sets` must succeed; `tries_to_set` returns the error's code.
  void edits(const RecordId& record, const std::string& field, const std::string& text);
  void edits_from(const std::string& token, const RecordId& record, const std::string& field, const std::string& text);
  Result<void> tries_to_edit(const std::string& token, const RecordId& record, const std::string& field,
                             const std::string& text);
  Result<void> tries_to_set(const RecordId& record, const std::string& field, const std::string& text);
  void opens(const RecordId& record, const std::string& field);                           // a live editor
  void types(const RecordId& record, const std::string& field, const std::string& text);  // in that editor
  RecordId adds(const std::string& kind, const std::vector<std::pair<std::string, std::string>>& fields);
  void removes(const RecordId& record);
  void publishes(const RecordId& record, const std::string& field);
  void resolves(const Conflict& conflict, Choice choice, const std::string& text = {});
  void improves(const Conflict& conflict, const std::string& text);
  void retries(const sync::RefusalRow& refusal);

  // What they see.
  [[nodiscard]] std::string reads(const RecordId& record, const std::string& field);
  [[nodiscard]] std::string token(const RecordId& record, const std::string& field);
  [[nodiscard]] bool sees(const RecordId& record);
  [[nodiscard]] std::vector<RecordId> all(const std::string& kind);
  [[nodiscard]] std::vector<Conflict> conflicts();  // open ones
  [[nodiscard]] Conflict conflict();                // the only one
  [[nodiscard]] sync::ConflictView view(const Conflict& conflict);
  [[nodiscard]] std::vector<sync::RefusalRow> refusals();
  [[nodiscard]] sync::WorkCounts counts();
  [[nodiscard]] FieldRef at(const RecordId& record, const std::string& field);

  Device device;

 private:
  Timestamp& clock_;
  DossierId dossier_;
};

// One dossier, two correspondents of one establishment and one negotiator of the agency, all up to date. The dossier
// has one engagement with one indicateur.
class EngineTest : public ::testing::Test {
 protected:
  EngineTest();

  // One after the other, until nothing is under way; twice, so that everybody hears of everybody.
  template <class... People>
  void sync(People&... those) {
    for (int round = 0; round < 2; ++round) (one(those), ...);
  }
  // Sends what is there and takes no answer: the connection breaks.
  void sends_and_loses_the_answer(Person& person);
  // Freezes a push and does not send it.
  void freezes(Person& person);
  // Everybody agrees with the server, and the server with itself.
  void expect_agreement();

  void one(Person& person);
  Person& newcomer(const std::string& account);
  [[nodiscard]] Value head(const RecordId& record, FieldNumber field) const;
  [[nodiscard]] const sync::DossierState& state() const { return server.dossier(dossier).state; }

  SeededRandom random{1};
  Timestamp clock{1'700'000'000'000};
  DossierId dossier = DossierId::make_v7(clock, random);
  MemoryAuthority server{test_schema(), random};
  RecordId contrat_record = RecordId::make_v7(clock, random);
  RecordId engagement_record = RecordId::make_v7(clock, random);
  RecordId indicateur_record = RecordId::make_v7(clock, random);
  std::vector<std::unique_ptr<Person>> people;
  Person& correspondent;
  Person& colleague;
  Person& delegation;
};

}  // namespace navette::test
