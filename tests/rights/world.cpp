#include "world.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "navette/cpom/numbers.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/frame.hpp"
#include "session/session.hpp"

namespace navette::test {
namespace {

using sync::Value;

template <class AnyId>
AnyId id_of(unsigned char mark, unsigned char a, unsigned char b = 0) {
  AnyId id;
  id.value = {1, mark, a, b, 0, 0, 0x70, 0, 0x80};
  id.value[15] = 1;
  return id;
}

}  // namespace

void StepRandom::begin(const std::string& step) {
  const std::lock_guard lock(mutex_);
  step_ = step;
  drawn_ = 0;
}

void StepRandom::fill(std::span<unsigned char> out) {
  const std::lock_guard lock(mutex_);
  for (unsigned char& byte : out) {
    const Hash hash = sha256(step_ + " " + std::to_string(drawn_++));
    byte = hash.value[0];
  }
}

World::World() {
  random_.begin("world");
  auto lock = server::AuthorityStore::lock(directory_.path());
  store_ =
      server::AuthorityStore::open(std::move(lock).value(), directory_.path(), cpom::served_schema(), random_, "agence")
          .value();
  store_->listen([this](const server::CommittedRevisions& revisions) { hub_.committed(revisions); });
  nobody_ = add_person("Personne", "correspondant", "ej:000000000", 99).account;
}

World::~World() {
  for (const auto& connection : connections_) connection->end();
  settle();
  runtime_.stop();
}

void World::begin(const std::string& step, std::int64_t minutes) {
  random_.begin(step);
  clock_.set({1'800'000'000'000 + minutes * 60'000});
}

Person World::add_person(const std::string& name, const std::string& role, const std::string& scope,
                         unsigned char mark) {
  Person person{.account = {}, .device = {}, .replica = id_of<ReplicaId>(4, mark)};
  person.account.id = id_of<AccountId>(2, mark);
  person.account.name = name;
  person.account.role = role;
  person.account.scope = scope;
  EXPECT_TRUE(store_->add_account(person.account));
  person.device.id = id_of<DeviceId>(3, mark);
  person.device.account = person.account.id;
  person.device.fingerprint = name;
  person.device.serial = name;
  const auto code = store_->new_enrolment_code(person.account.id, clock_.now(), 60'000);
  EXPECT_TRUE(store_->enrol(code.value(), person.device, clock_.now()));
  return person;
}

RecordId World::record(const DossierId& dossier, unsigned char kind, unsigned char n) {
  return id_of<RecordId>(dossier.value[2], kind, n);
}

DossierId World::add_dossier(const std::string& ej, const std::string& departement, unsigned char mark) {
  const auto id = id_of<DossierId>(1, mark);
  const RecordId none;
  const server::DossierRow row{id, ej, "Établissement", "2027-01-01", clock_.now(), {{ej, departement, "11"}}};
  const auto made = [&](unsigned char kind, unsigned char n, const RecordId& owner,
                        std::map<schema::FieldNumber, Value> values) {
    return sync::SeedRecord{record(id, kind, n), kind, owner, std::move(values)};
  };
  std::vector<sync::SeedRecord> seeds{
      made(cpom::contrat::kKind, 1, none, {{cpom::contrat::kPhase, Value{"negociation"}}})};
  for (unsigned char n = 1; n <= 2; ++n) {
    seeds.push_back(made(cpom::engagement::kKind, n, none, {{cpom::engagement::kObjectif, Value{"Un but."}}}));
    const RecordId owner = record(id, cpom::engagement::kKind, n);
    seeds.push_back(made(cpom::indicateur::kKind, n, owner, {{cpom::indicateur::kIntitule, Value{"Un taux."}}}));
    seeds.push_back(made(cpom::diagnostic::kKind, n, none, {{cpom::diagnostic::kPartage, Value{"Un constat."}}}));
  }
  EXPECT_TRUE(store_->create_dossier(row, seeds, {"import", sync::Party::kAgence}));
  return id;
}

void World::connect(Person& person, const std::vector<sync::FollowOne>& follow) {
  if (person.connection) {
    person.connection->end();
    std::erase(connections_, person.connection);
  }
  person.connection = std::make_shared<DeafConnection>(runtime_.make_strand());
  connections_.push_back(person.connection);
  std::make_shared<server::Session>(*store_, hub_, clock_, random_, person.connection, person.device, person.account)
      ->start();
  say(person, {sync::Hello{1, 1, cpom::served_schema().version, "essai", person.replica, {}, {}}});
  say(person, {sync::Follow{follow}});
}

void World::say(Person& person, const std::vector<sync::Message>& batch) {
  for (Bytes& frame : sync::pack(batch)) person.connection->hear(std::move(frame));
  settle();
}

void World::push(Person& person, const DossierId& dossier, std::vector<sync::Change> changes) {
  PushNumber& number = person.pushed[dossier];
  number = number.next();
  const sync::Push push{dossier,      person.replica,    number, cpom::served_schema().version,
                        clock_.now(), std::move(changes)};
  say(person, {sync::PushMessage{sync::encode(push)}});
}

void World::settle() {
  // What an answer leads to may ask the writer again (kept revisions): twice is all that the protocol has.
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(nobody_.name.empty() || store_->change_account(nobody_));
    for (const auto& connection : connections_) connection->wait();
  }
}

std::vector<Bytes> World::heard(Person& person) {
  return person.connection ? person.connection->take() : std::vector<Bytes>{};
}

}  // namespace navette::test
