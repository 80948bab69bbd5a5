#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "store_fixture.hpp"

namespace navette::test {
namespace {

using schema::Value;
using ::testing::Contains;

class TamperedStoreTest : public StoreTest {
 protected:
  TamperedStoreTest() {
    for (int i = 1; i <= 3; ++i) edit(replica_, dossier_, dossier_.montant(), Value{std::int64_t{i}});
    edit(replica_, dossier_, dossier_.texte(), Value{"Un début. Une suite."});
    EXPECT_TRUE(problems().empty());
  }
  TestDossier dossier_ = make_dossier();
  TestReplica replica_ = make_replica();
};

TEST_F(TamperedStoreTest, AChangedBodyIsFound) {
  tamper(
      "UPDATE revision SET body = CAST(replace(body, CAST('Martin' AS BLOB), CAST('Dupont' AS BLOB)) AS BLOB) WHERE "
      "number = 3");
  EXPECT_THAT(problems(), Contains("chain"));
}

TEST_F(TamperedStoreTest, AMissingRevisionIsFound) {
  tamper("DELETE FROM revision WHERE number = 3");
  EXPECT_THAT(problems(), Contains("numbering"));
}

TEST_F(TamperedStoreTest, RevisionsInAnotherOrderAreFound) {
  tamper(
      "UPDATE revision SET number = 1003 WHERE number = 3; UPDATE revision SET number = 3 WHERE number = 2; "
      "UPDATE revision SET number = 2 WHERE number = 1003;");
  EXPECT_THAT(problems(), Contains("numbering"));
}

TEST_F(TamperedStoreTest, TheLastRevisionMissingIsFound) {
  tamper("DELETE FROM revision WHERE number = 5");
  EXPECT_THAT(problems(), Contains("head"));
}

TEST_F(TamperedStoreTest, AForgedCodeIsFound) {
  tamper("UPDATE revision SET code = zeroblob(16) WHERE number = 3");
  EXPECT_THAT(problems(), Contains("code"));
}

TEST_F(TamperedStoreTest, AChangedTypedValueIsFound) {
  tamper("UPDATE engagement SET montant = 999");
  EXPECT_THAT(problems(), ::testing::AllOf(Contains("digest"), Contains("state")));
}

TEST_F(TamperedStoreTest, AChangedDigestIsFound) {
  tamper("UPDATE stream SET digest = zeroblob(32) WHERE audience = 0");
  EXPECT_THAT(problems(), Contains("digest"));
}

TEST_F(TamperedStoreTest, AMissingIndexRowIsFound) {
  tamper("DELETE FROM field_history WHERE number = 5");
  EXPECT_THAT(problems(), Contains("checkpoint"));
}

TEST_F(TamperedStoreTest, EveryWrongRowOfTheIndexIsFound) {
  const std::string row = " WHERE number = 3 AND field <> 0";
  tamper("UPDATE field_history SET whole = 1 - whole" + row);
  EXPECT_THAT(problems(), Contains("checkpoint")) << "the value is looked for in the wrong revisions";
  tamper("UPDATE field_history SET whole = 1 - whole" + row);
  EXPECT_TRUE(problems().empty());
  tamper("UPDATE field_history SET checkpoint = x'00'" + row);
  EXPECT_THAT(problems(), Contains("checkpoint")) << "a scalar";
}

TEST_F(TamperedStoreTest, AMissingIndexRowOfAScalarIsFound) {
  tamper("DELETE FROM field_history WHERE number = 3");
  EXPECT_THAT(problems(), Contains("checkpoint"));
}

TEST_F(TamperedStoreTest, AnInventedIndexRowIsFound) {
  tamper(
      "INSERT INTO field_history SELECT dossier, record, field, audience, 4711, whole, cost, checkpoint "
      "FROM field_history WHERE number = 3");
  EXPECT_THAT(problems(), Contains("checkpoint"));
}

TEST_F(TamperedStoreTest, AnIndexRowOfNoDossierIsFound) {
  tamper("UPDATE field_history SET dossier = zeroblob(16) WHERE number = 3");
  EXPECT_THAT(problems(), Contains("checkpoint"));
}

TEST_F(TamperedStoreTest, AForgottenPushIsFound) {
  tamper("DELETE FROM push_mark");
  EXPECT_THAT(problems(), Contains("push_mark"));
}

TEST_F(TamperedStoreTest, AChangedPushMarkIsFound) {
  for (const char* change : {"number = number - 1", "number = number + 1", "hash = zeroblob(32)", "receipt = x'00'"}) {
    tamper("CREATE TABLE kept AS SELECT * FROM push_mark; UPDATE push_mark SET " + std::string(change));
    EXPECT_THAT(problems(), Contains("push_mark")) << change;
    tamper("DELETE FROM push_mark; INSERT INTO push_mark SELECT * FROM kept; DROP TABLE kept");
    EXPECT_TRUE(problems().empty()) << change;
  }
}

TEST_F(StoreTest, ABackupTakenWhileWritingRestoresUnderANewEpoch) {
  const TestDossier dossier = make_dossier();
  const auto file = elsewhere() / "sauvegarde.sqlite";
  std::atomic<bool> stop = false;
  std::thread writing([&] {
    TestReplica replica = make_replica();
    for (std::int64_t i = 1; !stop; ++i) edit(replica, dossier, dossier.montant(), Value{i});
  });
  const auto report = store_->backup_to(file, kNow);
  stop = true;
  writing.join();
  ASSERT_TRUE(report) << report.error().message;
  TestReplica replica = make_replica();
  edit(replica, dossier, dossier.texte(), Value{"Perdu par la restauration."});
  const auto covered = store_->covered(dossier.id).value();
  ASSERT_FALSE(covered.empty());
  EXPECT_LT(covered[0].revision, store_->heads(dossier.id)->at(0).revision);
  EXPECT_EQ(store_->status()->last_backup, kNow);
  const EpochId epoch = store_->epoch();

  EXPECT_EQ(server::AuthorityStore::lock(directory_).error().code, ErrorCode::kBusy);
  store_.reset();
  {
    const auto lock = server::AuthorityStore::lock(directory_).value();
    const auto restored = server::AuthorityStore::restore(lock, directory_, file, test_schema(), random_, kNow);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_TRUE(std::filesystem::exists(directory_ / restored->kept_aside));
    EXPECT_NE(restored->epoch, epoch);
  }
  open();
  EXPECT_NE(store_->epoch(), epoch);
  EXPECT_EQ(read(dossier, dossier.texte()), Value{"Un début."});
  EXPECT_EQ(store_->heads(dossier.id)->at(0), covered[0]);
  EXPECT_TRUE(problems().empty());
}

Bytes bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(StoreTest, ABackupReplacesNoFileOfTheServer) {
  make_dossier();
  std::ofstream(directory_ / "authority.key") << "clé";
  std::filesystem::create_directory_symlink(directory_, elsewhere() / "detour");
  std::filesystem::create_symlink(directory_ / "authority.key", elsewhere() / "lien");
  for (const auto& target :
       {directory_ / "authority.sqlite", directory_ / "authority.key", directory_ / "nouveau",
        directory_ / "absent" / "nouveau", elsewhere() / "detour" / "nouveau", elsewhere() / "lien"}) {
    const auto refused = store_->backup_to(target, kNow);
    ASSERT_FALSE(refused) << target;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << target;
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("répertoire du serveur")) << target;
  }
  EXPECT_EQ(bytes_of(directory_ / "authority.key"), "clé");
  EXPECT_FALSE(std::filesystem::exists(directory_ / "nouveau"));
  EXPECT_FALSE(store_->status()->last_backup);
  EXPECT_TRUE(problems().empty());
}

TEST_F(StoreTest, ABackupReplacesOlderBackupsAndNothingElse) {
  make_dossier();
  const auto notes = elsewhere() / "notes.txt";
  std::ofstream(notes) << std::string(200, 'n');
  // Another server's live database is a database of this application too.
  const auto live = elsewhere() / "authority.sqlite";
  std::filesystem::copy_file(directory_ / "authority.sqlite", live);
  const Bytes before = bytes_of(live);
  std::filesystem::create_directory(elsewhere() / "dossier");
  for (const auto& target : {notes, live, elsewhere() / "dossier", std::filesystem::path("/dev/null")}) {
    const auto refused = store_->backup_to(target, kNow);
    ASSERT_FALSE(refused) << target;
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("n'est pas une sauvegarde")) << target;
  }
  EXPECT_EQ(bytes_of(notes), std::string(200, 'n'));
  EXPECT_EQ(bytes_of(live), before);

  const auto file = elsewhere() / "sauvegarde.sqlite";
  ASSERT_TRUE(store_->backup_to(file, kNow));
  make_dossier("Clinique des Ormes");
  const auto again = store_->backup_to(file, kNow);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->dossiers, 2U);
}

TEST_F(StoreTest, AFileThatIsNoBackupIsRefusedAndNothingChanges) {
  const TestDossier dossier = make_dossier();
  store_.reset();
  const auto file = directory_ / "autre.sqlite";
  {
    auto lock = server::AuthorityStore::lock(directory_).value();
    std::ofstream(file) << std::string(5000, 'x');
    EXPECT_FALSE(server::AuthorityStore::restore(lock, directory_, file, test_schema(), random_, kNow));
    EXPECT_EQ(server::AuthorityStore::restore(lock, directory_, directory_ / "absent", test_schema(), random_, kNow)
                  .error()
                  .code,
              ErrorCode::kNotFound);
  }
  open();
  EXPECT_EQ(read(dossier, dossier.texte()), Value{"Un début."});
}

TEST_F(StoreTest, RevisionsKeptByAReplicaAreAdoptedAfterARestore) {
  const TestDossier dossier = make_dossier();
  const auto file = elsewhere() / "sauvegarde.sqlite";
  ASSERT_TRUE(store_->backup_to(file, kNow));
  TestReplica replica = make_replica();
  edit(replica, dossier, dossier.texte(), Value{"Un début. Une suite."});
  edit(replica, dossier, dossier.montant(), Value{std::int64_t{4}});
  const auto kept = store_->revisions_after(dossier.id, schema::Audience::kShared, Revision{1}, 100, 1 << 20).value();
  const auto before = store_->state(dossier.id).value();
  store_.reset();
  {
    const auto lock = server::AuthorityStore::lock(directory_).value();
    ASSERT_TRUE(server::AuthorityStore::restore(lock, directory_, file, test_schema(), random_, kNow));
  }
  open();
  std::promise<void> done;
  ASSERT_TRUE(store_->adopt({dossier.id, replica.id, schema::Audience::kShared, kept},
                            [&](const Result<server::PushResult>& result) {
                              EXPECT_TRUE(result);
                              done.set_value();
                            }));
  done.get_future().wait();
  const auto after = store_->state(dossier.id).value();
  EXPECT_EQ(after.records, before.records);
  EXPECT_EQ(after.streams, before.streams);
  reopen();
  EXPECT_EQ(store_->state(dossier.id).value(), after);
  EXPECT_TRUE(problems().empty());
}

}  // namespace
}  // namespace navette::test
