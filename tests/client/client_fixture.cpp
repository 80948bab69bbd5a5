#include "client/client_fixture.hpp"

#include <sstream>
#include <stdexcept>

#include "navette/cpom/demo.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/sync/replica.hpp"

namespace navette::client {
namespace {

void must(const Result<void>& done) {
  if (!done) throw std::runtime_error(done.error().message);
}

std::vector<sync::SeedRecord> seeds(Clock& clock, Random& random) {
  const cpom::DemoEtablissement demo = cpom::demo_etablissements().front();
  auto made = cpom::dossier_seed(demo.entite, demo.date_effet, demo.content, clock, random);
  if (!made) throw std::runtime_error(made.error().message);
  std::vector<sync::SeedRecord> records;
  for (cpom::RecordSeed& seed : *made) {
    sync::SeedRecord record{seed.id, seed.kind, {}, {}};
    for (auto& [number, given] : seed.fields) {
      const schema::Field* field = cpom::cpom_schema().kind(seed.kind)->field(number);
      if (field->type == schema::FieldType::kOwner) {
        record.owner = RecordId::parse(schema::text_of(given)).value();
      } else {
        record.values[number] = std::move(given);
      }
    }
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

ClientTest::ClientTest() : dossier_(DossierId::make_v7(clock_.now(), random_)) {
  const schema::Schema& schema = cpom::cpom_schema();
  const sync::Authority authority(schema, "key", random_);
  sync::DossierState state = sync::empty_dossier(dossier_);
  (void)authority.seed(state, seeds(clock_, random_), {"Import", schema::Party::kAgence}, clock_.now());
  const auto opened = SqliteReplicaStore::open(directory_.path(), schema, OpenMode::kReadWrite).value();
  sync::Replica replica(schema, *opened, random_);
  must(opened->transact([&]() -> Result<void> {
    replica.become("Mme Correspondante", "correspondant");
    (void)replica.welcome(EpochId::make_v4(random_));
    replica.scope({dossier_}, false, clock_.now());
    for (const sync::Audience audience : {sync::Audience::kShared, sync::Audience::kStructure}) {
      NAVETTE_TRY(replica.apply(sync::Snapshot{dossier_, false, authority.snapshot(state, audience)}));
    }
    replica.caught_up(dossier_);
    return {};
  }));
}

Ran ClientTest::navette(std::vector<std::string> words, const std::string& input) {
  const std::size_t commands = words.front() == "refusal" ? 2 : 1;
  words.insert(words.begin() + static_cast<std::ptrdiff_t>(commands), {"--replica", directory()});
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const int code = run(std::move(words), in, out, err);
  return {code, out.str(), err.str()};
}

std::string ClientTest::record(const std::string& kind, std::size_t index) {
  const Json shown = navette({"show", dossier_.text(), "--json"}).json();
  for (const Json& row : shown.at("records")) {
    if (row.at("kind") == kind && index-- == 0) return row.at("id").get<std::string>();
  }
  throw std::runtime_error("no " + kind);
}

std::unique_ptr<SqliteReplicaStore> ClientTest::store() const {
  return SqliteReplicaStore::open(directory_.path(), cpom::cpom_schema(), OpenMode::kReadWrite).value();
}

void ClientTest::put_conflict(const sync::Conflict& conflict) {
  const auto opened = store();
  must(opened->transact([&]() -> Result<void> {
    opened->put_conflict(dossier_, conflict);
    return {};
  }));
}

std::string ClientTest::contested_text(const std::string& id, const std::string& head, sync::TextRange range,
                                       const std::string& base, const std::string& incoming) {
  sync::Conflict conflict;
  conflict.id = ConflictId::make_v4(random_);
  conflict.kind = sync::ConflictKind::kText;
  conflict.version = 1;
  conflict.at = {RecordId::parse(id).value(), cpom::diagnostic::kKind, cpom::diagnostic::kPartage};
  conflict.base = base;
  conflict.incoming = incoming;
  conflict.range = range;
  conflict.committed_by = {"M. Négociateur", schema::Party::kAgence};
  conflict.incoming_by = {"Mme Correspondante", schema::Party::kStructure};
  const auto opened = store();
  must(opened->transact([&]() -> Result<void> {
    opened->set_value(conflict.at.record, conflict.at.kind, conflict.at.field, head);
    return {};
  }));
  put_conflict(conflict);
  return conflict.id.text();
}

std::string ClientTest::contested_value(const std::string& id, const std::string& field, const std::string& incoming) {
  const schema::Kind* kind = cpom::cpom_schema().kind("indicateur");
  sync::Conflict conflict;
  conflict.id = ConflictId::make_v4(random_);
  conflict.version = 1;
  conflict.at = {RecordId::parse(id).value(), kind->number, kind->field(field)->number};
  conflict.incoming = incoming;
  conflict.committed = value(id, field);
  conflict.committed_by = {"M. Deux", schema::Party::kStructure};
  conflict.incoming_by = {"Mme Correspondante", schema::Party::kStructure};
  put_conflict(conflict);
  return conflict.id.text();
}

}  // namespace navette::client
