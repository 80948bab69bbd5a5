// Files of former versions, stored as SQL, are brought to the present one with all they hold.
#include <fstream>
#include <sstream>

#include "navette/sql/database.hpp"
#include "store_fixture.hpp"

namespace navette::test {
namespace {

class OldFile : public StoreTest {
 protected:
  // The store of an older program instead of a new one.
  void put(const std::string& name) {
    store_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(directory_.string() + "/authority.sqlite" + suffix);
    }
    std::ostringstream script;
    script << std::ifstream(std::string(NAVETTE_TEST_DATA "/") + name).rdbuf();
    auto database = sql::Database::open((directory_ / "authority.sqlite").string(), {});
    ASSERT_TRUE(database);
    database->execute("PRAGMA foreign_keys = OFF");  // its lines come in the order of the names
    database->execute(script.str());
  }
};

TEST_F(OldFile, TheSecondVersionIsReadWhole) {
  put("authority_v2.sql");
  open();
  EXPECT_TRUE(problems().empty());
  const auto rows = store_->dossiers().value();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].label, "Clinique des Lilas");
  const sync::DossierState state = store_->state(rows[0].id).value();
  EXPECT_EQ(state.streams[0].head, Revision{4});
  EXPECT_EQ(state.streams[1].head, Revision{1});
  EXPECT_EQ(state.open.size(), 1u);
  EXPECT_EQ(state.marks.size(), 2u);
  EXPECT_EQ(store_->revisions_after(rows[0].id, schema::Audience::kShared, {}, 10, 1 << 20)->size(), 4u);
  // It goes on where it stood.
  TestDossier dossier;
  dossier.id = rows[0].id;
  for (const auto& [id, record] : state.records) {
    (record.kind == engagement::kKind ? dossier.engagement : dossier.contrat) = id;
  }
  EXPECT_EQ(read(dossier, dossier.texte()), schema::Value{"Un début. Une suite."});
  TestReplica replica = make_replica();
  edit(replica, dossier, dossier.montant(), schema::Value{std::int64_t{3}});
  EXPECT_EQ(store_->heads(dossier.id)->at(0).revision, Revision{5});
  EXPECT_TRUE(problems().empty());
}

}  // namespace
}  // namespace navette::test
