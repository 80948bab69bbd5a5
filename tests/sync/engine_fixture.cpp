#include "engine_fixture.hpp"

#include <algorithm>

namespace navette::test {
namespace {

template <class Work>
auto reading(Device& device, Work work) {
  decltype(work()) result{};
  EXPECT_TRUE(device.store.read([&]() -> Result<void> {
    result = work();
    return {};
  }));
  return result;
}

#define EXPECT_DONE(result)                                     \
  do {                                                          \
    const auto done_ = (result);                                \
    EXPECT_TRUE(done_) << (done_ ? "" : done_.error().message); \
  } while (false)

}  // namespace

FieldRef Person::at(const RecordId& record, const std::string& field) {
  return reading(device, [&] { return device.replica->locate(record, field).value_or(FieldRef{}); });
}

Result<void> Person::tries_to_set(const RecordId& record, const std::string& field, const std::string& text) {
  return device.replica->set(at(record, field), text, clock_);
}

void Person::edits(const RecordId& record, const std::string& field, const std::string& text) {
  EXPECT_DONE(tries_to_set(record, field, text));
}

Result<void> Person::tries_to_edit(const std::string& token, const RecordId& record, const std::string& field,
                                   const std::string& text) {
  return device.replica->edit(at(record, field), text, token, clock_);
}

void Person::edits_from(const std::string& token, const RecordId& record, const std::string& field,
                        const std::string& text) {
  EXPECT_DONE(tries_to_edit(token, record, field, text));
}

void Person::opens(const RecordId& record, const std::string& field) {
  sync::Presence presence;
  presence.dossier = dossier_;
  presence.at = at(record, field);
  device.announce(presence);
  while (device.deliver_up(clock_)) {
  }
}

void Person::types(const RecordId& record, const std::string& field, const std::string& text) {
  EXPECT_DONE(device.replica->edit(at(record, field), text, token(record, field), clock_, device.room()));
}

RecordId Person::adds(const std::string& kind, const std::vector<std::pair<std::string, std::string>>& fields) {
  const auto made = device.replica->add(dossier_, kind, fields, clock_);
  EXPECT_DONE(made);
  return made.value_or(RecordId{});
}

void Person::removes(const RecordId& record) { EXPECT_DONE(device.replica->remove(record)); }

void Person::publishes(const RecordId& record, const std::string& field) {
  EXPECT_DONE(device.replica->publish(at(record, field), clock_));
}

void Person::resolves(const Conflict& conflict, Choice choice, const std::string& text) {
  EXPECT_DONE(device.replica->resolve(conflict.id, choice, text));
}

void Person::improves(const Conflict& conflict, const std::string& text) {
  EXPECT_DONE(device.replica->improve(conflict.id, text));
}

void Person::retries(const sync::RefusalRow& refusal) { EXPECT_DONE(device.replica->retry(refusal.id, clock_)); }

std::string Person::reads(const RecordId& record, const std::string& field) {
  return reading(device, [&]() -> std::string {
    const auto place = device.replica->locate(record, field);
    if (!place) return "(absent)";
    const auto shown = device.replica->get(*place);
    return shown ? schema::display(shown->value) : "(absent)";
  });
}

std::string Person::token(const RecordId& record, const std::string& field) {
  return reading(device, [&] { return device.replica->get(*device.replica->locate(record, field)).value().token; });
}

bool Person::sees(const RecordId& record) {
  return reading(device, [&] {
    return std::ranges::any_of(device.replica->records(dossier_), [&](const auto& row) { return row.id == record; });
  });
}

std::vector<RecordId> Person::all(const std::string& kind) {
  return reading(device, [&] {
    std::vector<RecordId> ids;
    for (const sync::RecordRow& row : device.replica->records(dossier_)) {
      if (row.kind == test_schema().kind(kind)->number) ids.push_back(row.id);
    }
    return ids;
  });
}

std::vector<Conflict> Person::conflicts() {
  return reading(device, [&] { return device.store.conflicts(dossier_, true); });
}

Conflict Person::conflict() {
  const std::vector<Conflict> open = conflicts();
  EXPECT_EQ(open.size(), 1);
  return open.empty() ? Conflict{} : open.front();
}

sync::ConflictView Person::view(const Conflict& conflict) {
  return reading(device, [&] { return device.replica->view(conflict).value(); });
}

std::vector<sync::RefusalRow> Person::refusals() {
  return reading(device, [&] { return device.store.refusals(); });
}

sync::WorkCounts Person::counts() {
  return reading(device, [&] { return device.replica->counts(dossier_); });
}

EngineTest::EngineTest()
    : correspondent(newcomer("Anne Structure")),
      colleague(newcomer("Bruno Structure")),
      delegation(newcomer("Chloé Agence")) {
  server.create_dossier(
      dossier,
      {{contrat_record, contrat::kKind, {}, {{contrat::kPhase, Value("negociation")}}},
       {engagement_record, engagement::kKind, {}, {{engagement::kLibelle, Value("Soins palliatifs")}}},
       {indicateur_record, indicateur::kKind, engagement_record, {{indicateur::kCible, Value("80")}}}},
      clock);
  sync(correspondent, colleague, delegation);
}

Person& EngineTest::newcomer(const std::string& account) {
  server.put_account(account, account.ends_with("Agence") ? "negociateur" : "correspondant");
  server.set_scope(account, {dossier});
  people.push_back(std::make_unique<Person>(server, account, random, clock, dossier));
  return *people.back();
}

void EngineTest::one(Person& person) {
  clock.milliseconds += 1'000;
  EXPECT_TRUE(person.device.settle(clock)) << person.device.account() << ": " << person.device.last_error;
}

void EngineTest::sends_and_loses_the_answer(Person& person) {
  person.device.connect();
  while (person.device.deliver_up(clock) || person.device.deliver_down(clock)) {
  }
  person.device.offer(clock);
  while (person.device.deliver_up(clock)) {
  }
  person.device.cut();
}

void EngineTest::freezes(Person& person) { ASSERT_TRUE(person.device.replica->freeze(dossier, clock)); }

Value EngineTest::head(const RecordId& record, FieldNumber field) const {
  const sync::RecordState* there = state().alive(record);
  const sync::FieldState* value = there == nullptr ? nullptr : there->field(field);
  return value == nullptr ? Value{} : value->value;
}

void EngineTest::expect_agreement() {
  for (const auto& person : people) one(*person);
  for (const auto& person : people) one(*person);
  EXPECT_THAT(server.dossier(dossier).defects(server.authority()), ::testing::IsEmpty());
  for (const auto& person : people) {
    EXPECT_THAT(differences(person->device, dossier, server.dossier(dossier), server.authority()), ::testing::IsEmpty())
        << person->device.account();
  }
}

}  // namespace navette::test
