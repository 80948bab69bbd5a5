#include "navette/sql/database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "navette/sql/checkpointer.hpp"
#include "navette/sql/typed_tables.hpp"

namespace navette::sql {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// Root may do everything: for a while this program is nobody.
class WithoutRights {
 public:
  WithoutRights() { was_root_ = ::geteuid() == 0 && ::seteuid(65534) == 0; }
  ~WithoutRights() {
    if (was_root_) (void)!::seteuid(0);
  }

 private:
  bool was_root_ = false;
};

class SqlTest : public testing::Test {
 protected:
  SqlTest() {
    std::string name = (fs::temp_directory_path() / "navette_sql_XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    path_ = (directory_ / "essai.sqlite").string();
  }
  ~SqlTest() override {
    fs::permissions(directory_, fs::perms::owner_all);
    fs::remove_all(directory_);
  }

  Database open(OpenOptions options = {}) {
    auto database = Database::open(path_, options);
    if (!database) throw std::runtime_error(database.error().message);
    return std::move(*database);
  }
  Database with_table() {
    Database database = open();
    database.execute("CREATE TABLE note (n INTEGER PRIMARY KEY, text TEXT)");
    return database;
  }
  static void insert(Database& database, std::int64_t n) {
    database.prepare("INSERT INTO note (n, text) VALUES (?, 'texte')").bind(1, n).run();
  }
  static void insert_many(Database& database) {
    Transaction transaction(database, Transaction::Kind::kWrite);
    for (std::int64_t n = 0; n < 2000; ++n) insert(database, n);
    transaction.commit();
  }
  static std::int64_t count(Database& database) {
    Statement statement = database.prepare("SELECT count(*) FROM note");
    return statement.step() ? statement.integer(0) : -1;
  }
  static ErrorCode code_of(const auto& result) { return result ? ErrorCode{} : result.error().code; }
  template <class Work>
  static std::optional<Error> failure_of(Work work) {
    try {
      work();
      return std::nullopt;
    } catch (const Failure& failure) {
      return failure.error;
    }
  }
  void write_file(std::string_view bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }

  fs::path directory_;
  std::string path_;
};

TEST_F(SqlTest, ReadsBackEveryType) {
  Database database = open();
  database.execute("CREATE TABLE t (a, b, c, d, e, f)");
  database.prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)")
      .bind(1, INT64_MIN)
      .bind_text(2, "été")
      .bind_blob(3, BytesView("\0\1", 2))
      .bind_null(4)
      .bind_text(5, {})
      .bind_blob(6, {})
      .run();
  EXPECT_EQ(database.changes(), 1);
  Statement row = database.prepare("SELECT * FROM t");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(0), INT64_MIN);
  EXPECT_EQ(row.text(1), "été");
  EXPECT_EQ(row.blob(2), BytesView("\0\1", 2));
  EXPECT_TRUE(row.is_null(3));
  EXPECT_FALSE(row.is_null(4));
  EXPECT_EQ(row.text(4), "");
  EXPECT_FALSE(row.is_null(5));
  EXPECT_FALSE(row.step());
}

TEST_F(SqlTest, ACachedStatementComesBackWithNothingBound) {
  Database database = open();
  constexpr std::string_view kQuery = "SELECT ?1";
  {
    Statement first = database.prepare(kQuery);
    first.bind(1, 7);
    ASSERT_TRUE(first.step());
    EXPECT_EQ(first.integer(0), 7);
  }
  Statement again = database.prepare(kQuery);
  ASSERT_TRUE(again.step());
  EXPECT_TRUE(again.is_null(0));
}

TEST_F(SqlTest, AStatementInUseTwiceIsTwoStatements) {
  Database database = with_table();
  for (std::int64_t n = 1; n <= 3; ++n) insert(database, n);
  std::int64_t pairs = 0;
  Statement outer = database.prepare("SELECT n FROM note");
  while (outer.step()) {
    Statement inner = database.prepare("SELECT n FROM note");
    while (inner.step()) ++pairs;
  }
  EXPECT_EQ(pairs, 9);
}

TEST_F(SqlTest, AMovedStatementStaysUsable) {
  Database database = open();
  Statement first = database.prepare("SELECT ?1");
  Statement second = std::move(first);
  second.bind(1, 3);
  ASSERT_TRUE(second.step());
  EXPECT_EQ(second.integer(0), 3);
}

TEST_F(SqlTest, AStatementSurvivesAChangeOfTheTables) {
  Database database = with_table();
  insert(database, 1);
  EXPECT_EQ(count(database), 1);
  database.execute("ALTER TABLE note ADD COLUMN other TEXT");
  insert(database, 2);
  EXPECT_EQ(count(database), 2);
}

TEST_F(SqlTest, ATransactionThatIsNotCommittedIsRolledBack) {
  Database database = with_table();
  {
    const Transaction transaction(database, Transaction::Kind::kWrite);
    insert(database, 1);
    EXPECT_TRUE(database.in_transaction());
  }
  EXPECT_FALSE(database.in_transaction());
  EXPECT_EQ(count(database), 0);
  Transaction transaction(database, Transaction::Kind::kWrite);
  insert(database, 1);
  transaction.commit();
  EXPECT_EQ(count(database), 1);
}

TEST_F(SqlTest, ATransactionIsRolledBackWhileAReadGoesOn) {
  Database database = with_table();
  insert(database, 1);
  Statement reading = database.prepare("SELECT n FROM note");
  {
    const Transaction transaction(database, Transaction::Kind::kWrite);
    ASSERT_TRUE(reading.step());
    insert(database, 2);
  }
  EXPECT_FALSE(database.in_transaction());
}

TEST_F(SqlTest, ASavepointFailsAlone) {
  Database database = with_table();
  Transaction transaction(database, Transaction::Kind::kWrite);
  insert(database, 1);
  {
    const Savepoint lost(database);
    insert(database, 2);
    Savepoint inner(database);
    insert(database, 3);
    inner.release();
  }
  Savepoint kept(database);
  insert(database, 4);
  kept.release();
  transaction.commit();
  Statement rows = database.prepare("SELECT group_concat(n) FROM note");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(0), "1,4");
}

TEST_F(SqlTest, AViolatedConstraintThrowsAndTheTransactionGoesOn) {
  Database database = with_table();
  Transaction transaction(database, Transaction::Kind::kWrite);
  insert(database, 1);
  const auto failure = failure_of([&] { insert(database, 1); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::kInternal);
  insert(database, 2);
  transaction.commit();
  EXPECT_EQ(count(database), 2);
}

TEST_F(SqlTest, AReaderIsNotBlockedByAWriter) {
  Database writer = with_table();
  Database reader = open({.busy_timeout_ms = 0});
  Transaction writing(writer, Transaction::Kind::kWrite);
  insert(writer, 1);
  {
    const Transaction reading(reader, Transaction::Kind::kRead);
    EXPECT_EQ(count(reader), 0);
    writing.commit();
    EXPECT_EQ(count(reader), 0) << "one view for the whole transaction";
  }
  EXPECT_EQ(count(reader), 1);
}

TEST_F(SqlTest, ASecondWriterIsToldThatTheFileIsBusy) {
  Database first = with_table();
  Database second = open({.busy_timeout_ms = 20});
  const Transaction writing(first, Transaction::Kind::kWrite);
  const auto failure = failure_of([&] { const Transaction other(second, Transaction::Kind::kWrite); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::kBusy);
  EXPECT_THAT(failure->message, HasSubstr("réessayez"));
}

TEST_F(SqlTest, AMissingFileIsNotMade) {
  EXPECT_EQ(code_of(Database::open(path_, {.create = false})), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(Database::open(path_, {.read_only = true})), ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_EQ(code_of(Database::open(path_ + "/dedans.sqlite", {})), ErrorCode::kNotFound);
}

TEST_F(SqlTest, ANewFileIsForItsOwnerAlone) {
  const Database database = with_table();
  for (const auto& entry : fs::directory_iterator(directory_)) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write) << entry.path();
  }
}

TEST_F(SqlTest, WhatIsNoDatabaseIsRefused) {
  for (const std::string& bytes : {std::string(5000, 'x'), std::string("SQLite format 3"), std::string(100, '\0')}) {
    write_file(bytes);
    const auto database = Database::open(path_, {});
    ASSERT_FALSE(database) << bytes.size();
    EXPECT_EQ(database.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(database.error().message, HasSubstr("abîmé"));
    fs::remove(path_);
  }
}

TEST_F(SqlTest, ATruncatedFileIsRefused) {
  {
    Database database = with_table();
    insert_many(database);
  }
  const auto size = fs::file_size(path_);
  ASSERT_GT(size, 3 * 4096U);
  fs::resize_file(path_, size - 4096);
  EXPECT_EQ(code_of(Database::open(path_, {})), ErrorCode::kCorrupt);
}

// What was committed and not yet in the main file: a copy of both, as a crash leaves them.
TEST_F(SqlTest, AJournalWhoseFileLostItsContentIsNotThrownAway) {
  const std::string copy = (directory_ / "copie.sqlite").string();
  {
    Database database = with_table();
    insert_many(database);
    fs::copy_file(path_ + "-wal", copy + "-wal");
  }
  const auto size = fs::file_size(copy + "-wal");
  EXPECT_EQ(code_of(Database::open(copy, {})), ErrorCode::kCorrupt);  // gone
  EXPECT_FALSE(fs::exists(copy));
  std::ofstream(copy).close();
  EXPECT_EQ(code_of(Database::open(copy, {})), ErrorCode::kCorrupt);  // emptied
  EXPECT_EQ(fs::file_size(copy), 0U);
  EXPECT_EQ(fs::file_size(copy + "-wal"), size);
}

TEST_F(SqlTest, ADamagedPageIsFoundByTheCheck) {
  {
    Database database = with_table();
    insert_many(database);
    EXPECT_TRUE(database.check_integrity());
  }
  {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(2 * 4096);
    file << std::string(4096, '\x7f');
  }
  Database database = open();
  EXPECT_EQ(code_of(database.check_integrity()), ErrorCode::kCorrupt);
}

TEST_F(SqlTest, AReadOnlyConnectionReadsAndDoesNotWrite) {
  Database writer = with_table();
  insert(writer, 1);
  Database database = open({.read_only = true});
  EXPECT_EQ(count(database), 1);
  const auto failure = failure_of([&] { insert(database, 2); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::kReadOnly);
}

TEST_F(SqlTest, APlaceWithoutRightsIsReadOnly) {
  fs::permissions(directory_,
                  fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
  const WithoutRights nobody;
  const auto database = Database::open(path_, {});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, ErrorCode::kReadOnly) << database.error().message;
  EXPECT_THAT(database.error().message, HasSubstr("vérifiez vos droits"));
}

TEST_F(SqlTest, AFileWithoutRightsIsReadOnly) {
  {
    const Database database = with_table();
  }
  fs::permissions(directory_, fs::perms::all);
  fs::permissions(path_, fs::perms::owner_read | fs::perms::others_read);
  const WithoutRights nobody;
  EXPECT_EQ(code_of(Database::open(path_, {})), ErrorCode::kReadOnly);
}

TEST_F(SqlTest, AFullDatabaseSaysSoAndStaysWhole) {
  Database database = with_table();
  database.execute("PRAGMA max_page_count = 5");
  const auto failure = failure_of([&] {
    Transaction transaction(database, Transaction::Kind::kWrite);
    for (std::int64_t n = 0; n < 10'000; ++n) insert(database, n);
    transaction.commit();
  });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::kDiskFull);
  EXPECT_THAT(failure->message, HasSubstr("disque plein"));
  EXPECT_FALSE(database.in_transaction());
  EXPECT_EQ(count(database), 0);
}

TEST_F(SqlTest, ABackupIsOneFileThatHoldsEverything) {
  Database database = with_table();
  insert_many(database);
  const std::string copy = (directory_ / "copie.sqlite").string();
  std::ofstream(copy) << "ancienne";
  ASSERT_TRUE(database.backup_to(copy));
  insert(database, 2000);
  EXPECT_FALSE(fs::exists(copy + "-wal"));
  auto opened = Database::open(copy, {.read_only = true});
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(count(*opened), 2000);
  EXPECT_TRUE(opened->check_integrity());
}

TEST_F(SqlTest, ABackupThatFailsLeavesNothingBehind) {
  Database database = with_table();
  EXPECT_EQ(code_of(database.backup_to((directory_ / "absent" / "copie").string())), ErrorCode::kNotFound);
  const std::string target = (directory_ / "copie").string();
  fs::create_directories(target + "/occupe");
  EXPECT_FALSE(database.backup_to(target));
  for (const auto& entry : fs::directory_iterator(directory_)) {
    EXPECT_EQ(entry.path().string().find(".part-"), std::string::npos);
  }
}

TEST_F(SqlTest, AJournalIsBroughtIntoTheFileBesideTheCommits) {
  Checkpointer checkpointer(path_);
  Database database = with_table();
  checkpointer.watch(database);
  const std::string long_text(6'000'000, 'x');  // more pages than one step, fewer than a commit brings in by itself
  database.prepare("INSERT INTO note (n, text) VALUES (1, ?)").bind_text(1, long_text).run();
  for (int i = 0; i < 1'000 && fs::file_size(path_) < long_text.size(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GT(fs::file_size(path_), long_text.size());
}

TEST_F(SqlTest, AJournalThatNobodyElseShortensIsBoundedByTheCommits) {
  Database database = with_table();
  const std::string long_text(12'000'000, 'x');
  database.prepare("INSERT INTO note (n, text) VALUES (1, ?)").bind_text(1, long_text).run();
  EXPECT_LT(fs::file_size(path_), long_text.size());
  database.prepare("INSERT INTO note (n, text) VALUES (2, ?)").bind_text(1, long_text).run();
  EXPECT_GT(fs::file_size(path_), 2 * long_text.size());
}

class MigrationTest : public SqlTest {
 protected:
  static constexpr std::int32_t kApplication = 0x4E565454;
  std::vector<int> ran_;
  Migration step(std::int64_t number) {
    return {number, "a step of the test", [this, number](Database& database) {
              ran_.push_back(static_cast<int>(number));
              database.execute("CREATE TABLE t" + std::to_string(number) + " (n)");
            }};
  }
};

TEST_F(MigrationTest, RunsWhatIsMissingInOrderOnce) {
  Database database = open();
  const std::array first{step(1)};
  ASSERT_TRUE(migrate(database, kApplication, first));
  const std::array all{step(3), step(1), step(2)};
  ASSERT_TRUE(migrate(database, kApplication, all));
  ASSERT_TRUE(migrate(database, kApplication, all));
  EXPECT_THAT(ran_, ElementsAre(1, 2, 3));
  EXPECT_EQ(database.user_version(), 3);
}

TEST_F(MigrationTest, AFailedStepLeavesTheFileAsItWas) {
  Database database = open();
  const std::array broken{step(1), Migration{2, "fails", [](Database& d) { d.execute("SELECT nothing"); }}};
  EXPECT_FALSE(migrate(database, kApplication, broken));
  EXPECT_EQ(database.user_version(), 0);
  const std::array good{step(1)};
  EXPECT_TRUE(migrate(database, kApplication, good));
}

TEST_F(MigrationTest, AFileOfANewerProgramIsRefused) {
  Database database = open();
  const std::array newer{step(1), step(2)};
  ASSERT_TRUE(migrate(database, kApplication, newer));
  const std::array older{step(1)};
  const auto result = migrate(database, kApplication, older);
  EXPECT_EQ(code_of(result), ErrorCode::kNewerVersion);
  EXPECT_THAT(result.error().message, HasSubstr("mettez Navette à jour"));
}

TEST_F(MigrationTest, AFileOfAnotherProgramIsRefused) {
  Database database = with_table();
  const std::array steps{step(1)};
  EXPECT_EQ(code_of(migrate(database, kApplication, steps)), ErrorCode::kCorrupt);
  database.execute("PRAGMA application_id = 42");
  EXPECT_EQ(code_of(migrate(database, kApplication, steps)), ErrorCode::kCorrupt);
  EXPECT_THAT(ran_, ElementsAre());
}

class TypedTablesTest : public SqlTest {
 protected:
  static schema::Schema schema_of(std::vector<schema::Field> fields) {
    schema::Schema schema;
    schema.kinds = {{.number = 1, .name = "fiche", .fields = std::move(fields)}};
    return schema;
  }
  static schema::Field field(schema::FieldNumber number, std::string name, schema::FieldType type) {
    return {.number = number, .name = std::move(name), .type = type};
  }
  static RecordId record(unsigned char n) { return {{n}}; }
  static constexpr DossierId kDossier{{9}};
};

TEST_F(TypedTablesTest, QuotesWhateverTheSchemaSays) {
  using enum schema::FieldType;
  auto schema = schema_of({field(1, "id", kLabel), field(2, "select", kInteger), field(3, "a \"b\"", kText)});
  schema.kinds[0].name = "table";
  Database database = open();
  const TypedTables tables(schema);
  tables.create(database);
  tables.create(database);
  TypedRow row{
      .id = record(1), .dossier = kDossier, .values = {{1, "x"}, {2, std::int64_t{4}}, {3, "y"}}, .state = "s"};
  tables.put(database, schema.kinds[0], row);
  tables.set_value(database, schema.kinds[0], record(1), 3, "z");
  tables.set_value(database, schema.kinds[0], record(1), 2, {});
  const auto read = tables.get(database, schema.kinds[0], record(1));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->values, (std::map<schema::FieldNumber, schema::Value>{{1, "x"}, {3, "z"}}));
  EXPECT_EQ(read->state, "s");
  EXPECT_TRUE(read->owner.empty());
}

TEST_F(TypedTablesTest, AFieldOfANewerSchemaWaitsForItsColumn) {
  using enum schema::FieldType;
  Database database = open();
  {
    const auto old_schema = schema_of({field(1, "nom", kLabel)});
    const TypedTables tables(old_schema);
    tables.create(database);
    tables.put(database, old_schema.kinds[0],
               {.id = record(1), .dossier = kDossier, .values = {{1, "x"}, {2, std::int64_t{-5}}, {3, "é"}}});
    tables.set_value(database, old_schema.kinds[0], record(1), 4, "plus tard");
    EXPECT_EQ(tables.get(database, old_schema.kinds[0], record(1))->values.size(), 4U);
  }
  const auto schema = schema_of({field(1, "nom", kLabel), field(2, "montant", kInteger), field(3, "note", kText)});
  const TypedTables tables(schema);
  tables.create(database);
  EXPECT_EQ(
      tables.get(database, schema.kinds[0], record(1))->values,
      (std::map<schema::FieldNumber, schema::Value>{{1, "x"}, {2, std::int64_t{-5}}, {3, "é"}, {4, "plus tard"}}));
  Statement plain = database.prepare("SELECT montant, note FROM fiche");
  ASSERT_TRUE(plain.step());
  EXPECT_EQ(plain.integer(0), -5);
  EXPECT_EQ(plain.text(1), "é");
}

TEST_F(TypedTablesTest, FindsByDossierAndOwnerThroughTheIndexes) {
  const auto schema = schema_of({field(1, "nom", schema::FieldType::kLabel)});
  Database database = open();
  const TypedTables tables(schema);
  tables.create(database);
  for (const unsigned char n : std::initializer_list<unsigned char>{3, 1, 2}) {
    tables.put(database, schema.kinds[0],
               {.id = record(n), .dossier = kDossier, .owner = n == 2 ? RecordId{} : record(7)});
  }
  EXPECT_THAT(tables.owned_by(database, schema.kinds[0], record(7)), ElementsAre(record(1), record(3)));
  EXPECT_EQ(tables.of_dossier(database, schema.kinds[0], kDossier).size(), 3U);
  for (const std::string_view query : {"EXPLAIN QUERY PLAN SELECT id FROM fiche WHERE owner = ?1 ORDER BY id",
                                       "EXPLAIN QUERY PLAN SELECT * FROM fiche WHERE dossier = ?1 ORDER BY id"}) {
    Statement plan = database.prepare(query);
    ASSERT_TRUE(plan.step());
    EXPECT_THAT(std::string(plan.text(3)), HasSubstr("INDEX fiche_"));
    EXPECT_FALSE(plan.step()) << "no sorting";
  }
  tables.erase_dossier(database, schema.kinds[0], kDossier);
  EXPECT_TRUE(tables.of_dossier(database, schema.kinds[0], kDossier).empty());
}

}  // namespace
}  // namespace navette::sql
