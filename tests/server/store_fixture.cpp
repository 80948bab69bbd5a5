#include "store_fixture.hpp"

#include <cstring>

#include "navette/sql/database.hpp"

namespace navette::test {

using schema::Audience;
using schema::Value;

Result<> claim(server::AuthorityStore& store, const DeviceId& device, const ReplicaId& replica) {
  std::promise<Result<>> answer;
  store.claim_replica(device, replica, kNow, [&](Result<> outcome) { answer.set_value(std::move(outcome)); });
  return answer.get_future().get();
}

StoreTest::StoreTest() {
  std::string pattern = (std::filesystem::temp_directory_path() / "navette-store-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
  open();
}

StoreTest::~StoreTest() {
  store_.reset();
  std::filesystem::remove_all(directory_);
  std::filesystem::remove_all(elsewhere());
}

std::filesystem::path StoreTest::elsewhere() {
  std::filesystem::path beside = directory_.string() + "-ailleurs";
  std::filesystem::create_directory(beside);
  return beside;
}

void StoreTest::open() {
  auto lock = server::AuthorityStore::lock(directory_);
  ASSERT_TRUE(lock) << lock.error().message;
  auto opened = server::AuthorityStore::open(std::move(*lock), directory_, test_schema(), random_, "essai");
  ASSERT_TRUE(opened) << opened.error().message;
  store_ = std::move(*opened);
}

void StoreTest::reopen() {
  store_.reset();
  open();
}

TestDossier StoreTest::make_dossier(const std::string& label) {
  const TestDossier dossier{DossierId::make_v7(kNow, random_), RecordId::make_v7(kNow, random_),
                            RecordId::make_v7(kNow, random_)};
  const server::DossierRow row{dossier.id, "750712184", label, "2027-01-01", kNow, {{"750100018", "75", "11"}}};
  const std::vector<sync::SeedRecord> seeds{
      {dossier.contrat, contrat::kKind, {}, {{contrat::kPhase, Value{"negociation"}}}},
      {dossier.engagement, engagement::kKind, {}, {{engagement::kTexte, Value{"Un début."}}}}};
  const auto made = store_->create_dossier(row, seeds, {"import", sync::Party::kAgence});
  EXPECT_TRUE(made) << made.error().message;
  return dossier;
}

Bytes StoreTest::frozen(TestReplica& replica, const TestDossier& dossier, std::vector<sync::Change> changes) {
  replica.last = replica.last.next();
  return sync::encode(sync::Push{dossier.id, replica.id, replica.last, 1, kNow, std::move(changes)});
}

server::PushRequest StoreTest::request(const TestReplica& replica, const TestDossier& dossier, Bytes encoded) {
  sync::PushSource source;
  source.author = {"Mme Martin", sync::Party::kStructure};
  source.role = replica.role;
  source.replica = replica.id;
  return {dossier.id, {}, source, std::move(encoded), {}, kNow};
}

Result<server::PushResult> StoreTest::push(const TestReplica& replica, const TestDossier& dossier,
                                           const Bytes& encoded) {
  std::promise<Result<server::PushResult>> promise;
  const auto posted = store_->push(request(replica, dossier, encoded),
                                   [&](Result<server::PushResult> result) { promise.set_value(std::move(result)); });
  if (!posted) return std::unexpected(posted.error());
  return promise.get_future().get();
}

sync::Base StoreTest::head_base(const TestDossier& dossier, Audience audience) {
  const sync::StreamHead head = store_->heads(dossier.id).value()[static_cast<std::size_t>(audience)];
  return sync::AtRevision{head.revision, head.chain};
}

Value StoreTest::read(const TestDossier& dossier, const sync::FieldRef& at) {
  const auto state = store_->state(dossier.id).value();
  const auto* field = state.record(at.record)->field(at.field);
  return field != nullptr ? field->value : Value{};
}

sync::Change StoreTest::writes(const TestDossier& dossier, const sync::FieldRef& at, const Value& value) {
  const schema::Field* field = test_schema().kind(at.kind)->field(at.field);
  const sync::Base base = head_base(dossier, field->audience);
  if (!field->merges()) return sync::SetValue{at, base, value};
  const Value before = read(dossier, at);
  const Hash hash = sha256(schema::text_of(value));
  sync::EditText edit{at, base, sync::diff(schema::text_of(before), schema::text_of(value)), 0, {}};
  std::memcpy(&edit.check, hash.value.data(), sizeof edit.check);
  return edit;
}

void StoreTest::edit(TestReplica& replica, const TestDossier& dossier, const sync::FieldRef& at, const Value& value) {
  const auto result = push(replica, dossier, frozen(replica, dossier, {writes(dossier, at, value)}));
  ASSERT_TRUE(result) << result.error().message;
  const auto* applied = std::get_if<sync::Applied>(&result->answer);
  ASSERT_NE(applied, nullptr);
  ASSERT_EQ(applied->receipt.results.size(), 1u);
  ASSERT_EQ(applied->receipt.results[0].outcome, sync::Outcome::kAccepted)
      << sync::name_of(applied->receipt.results[0].reason);
}

std::vector<std::string> StoreTest::problems() {
  const auto found = store_->verify();
  EXPECT_TRUE(found) << found.error().message;
  std::vector<std::string> names;
  for (const server::Problem& problem : found.value()) names.emplace_back(server::name_of(problem.kind));
  return names;
}

void StoreTest::tamper(const std::string& query) {
  store_.reset();
  {
    auto database = sql::Database::open((directory_ / "authority.sqlite").string(), {});
    ASSERT_TRUE(database);
    database->execute(query);
    ASSERT_NE(query, "");
  }
  open();
}

}  // namespace navette::test
