#include "navette/client/sqlite_replica_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "navette/sql/database.hpp"
#include "store_maker.hpp"
#include "support/seeded_random.hpp"

namespace navette::test {
namespace {

using client::OpenMode;
using client::SqliteReplicaStore;
using testing::HasSubstr;

class SqliteReplicaStoreTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteReplicaStore> open(OpenMode mode = OpenMode::kReadWrite) const {
    auto opened = try_open(mode);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }
  Result<std::unique_ptr<SqliteReplicaStore>> try_open(OpenMode mode = OpenMode::kReadWrite) const {
    return SqliteReplicaStore::open(directory_.path(), test_schema(), mode);
  }
  std::string file() const { return directory_.path() / SqliteReplicaStore::kFileName; }
  sql::Database plain() const {
    auto database = sql::Database::open(file(), {});
    if (!database) throw std::runtime_error(database.error().message);
    return std::move(*database);
  }

  // Contracts of `count` engagements with a long text, from the number `first` on.
  static Result<void> fill(sync::ReplicaStore& store, int first, int count, std::size_t length = 1500) {
    return store.transact([&]() -> Result<void> {
      for (int n = first; n < first + count; ++n) store.put_record(engagement_row(n, length));
      return {};
    });
  }
  static sync::RecordRow engagement_row(int n, std::size_t length) {
    sync::RecordRow row;
    row.id.value = {1, static_cast<unsigned char>(n >> 16), static_cast<unsigned char>(n >> 8),
                    static_cast<unsigned char>(n), static_cast<unsigned char>(n * 151)};
    row.dossier.value = {2, static_cast<unsigned char>(n / 40)};
    row.kind = engagement::kKind;
    row.values = {{engagement::kTexte, std::string(length, 'a')}, {engagement::kMontant, std::int64_t{n}}};
    return row;
  }
  static std::string epoch(sync::ReplicaStore& store) { return store.meta("epoch").value_or(""); }
  static Result<void> set_epoch(sync::ReplicaStore& store, std::string_view value) {
    return store.transact([&]() -> Result<void> {
      store.set_meta("epoch", value);
      return {};
    });
  }

  TemporaryDirectory directory_;
};

TEST_F(SqliteReplicaStoreTest, EverythingIsThereAfterReopening) {
  std::string before;
  {
    const auto store = open();
    ASSERT_TRUE(fill(*store, 0, 100));
    ASSERT_TRUE(set_epoch(*store, "e"));
    before = dump(*store);
  }
  EXPECT_EQ(dump(*open()), before);
  EXPECT_EQ(dump(*open(OpenMode::kReadOnly)), before);
}

TEST_F(SqliteReplicaStoreTest, AReaderSeesOneViewWhileAnotherWrites) {
  const auto writer = open();
  const auto reader = open(OpenMode::kReadOnly);
  ASSERT_TRUE(set_epoch(*writer, "1"));
  ASSERT_TRUE(writer->transact([&]() -> Result<void> {
    writer->set_meta("epoch", "2");
    return reader->read([&]() -> Result<void> {
      EXPECT_EQ(epoch(*reader), "1");
      return {};
    });
  }));
  ASSERT_TRUE(reader->read([&]() -> Result<void> {
    EXPECT_EQ(epoch(*reader), "2");
    EXPECT_TRUE(set_epoch(*writer, "3"));
    EXPECT_EQ(epoch(*reader), "2");
    return {};
  }));
  EXPECT_EQ(epoch(*reader), "3");
}

TEST_F(SqliteReplicaStoreTest, TwoProcessesWriteInTurn) {
  {
    const auto store = open();
  }
  const ::pid_t child = ::fork();
  const auto count_up = [&] {
    const auto store = open();
    for (int i = 0; i < 100; ++i) {
      const auto done = store->transact([&]() -> Result<void> {
        store->set_meta("epoch", std::to_string(std::atoi(epoch(*store).c_str()) + 1));
        return {};
      });
      if (!done) return false;
    }
    return true;
  };
  if (child == 0) ::_exit(count_up() ? 0 : 1);
  EXPECT_TRUE(count_up());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(epoch(*open()), "200");
}

TEST_F(SqliteReplicaStoreTest, ReadOnlyNeitherMakesNorWrites) {
  EXPECT_EQ(try_open(OpenMode::kReadOnly).error().code, ErrorCode::kNotFound);
  const auto writer = open();
  const auto reader = open(OpenMode::kReadOnly);
  const auto done = set_epoch(*reader, "x");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kReadOnly);
}

// The limit on a file's size stands for the full disk, in a process of its own.
TEST_F(SqliteReplicaStoreTest, AFullDiskIsToldAndNothingIsLost) {
  {
    const auto store = open();
    ASSERT_TRUE(set_epoch(*store, "avant"));
  }
  const ::pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const auto store = open();
    const rlimit limit{.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto done = fill(*store, 0, 2000);
    const bool told = !done && done.error().code == ErrorCode::kDiskFull;
    const bool whole = epoch(*store) == "avant" && store->records({{2, 0}}).empty();
    const bool goes_on = set_epoch(*store, "après").has_value();
    ::_exit(!told ? 1 : !whole ? 2 : !goes_on ? 3 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status >> 8, 0) << "1: not told, 2: something lost, 3: does not go on";
  EXPECT_EQ(epoch(*open()), "après");
  EXPECT_TRUE(plain().check_integrity());
}

TEST_F(SqliteReplicaStoreTest, AFileOfANewerProgramIsRefused) {
  {
    const auto store = open();
  }
  plain().set_user_version(99);
  for (const OpenMode mode : {OpenMode::kReadWrite, OpenMode::kReadOnly}) {
    const auto opened = try_open(mode);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kNewerVersion);
    EXPECT_THAT(opened.error().message, HasSubstr("mettez Navette à jour"));
  }
}

TEST_F(SqliteReplicaStoreTest, ADamagedBlobIsToldNotGuessed) {
  const auto store = open();
  sync::Conflict conflict;
  ASSERT_TRUE(store->transact([&]() -> Result<void> {
    store->put_conflict({}, conflict);
    return {};
  }));
  plain().execute("UPDATE sync_conflict SET content = x'ffff'");
  const auto read = store->read([&]() -> Result<void> {
    (void)store->conflict(conflict.id);
    return {};
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
}

TEST_F(SqliteReplicaStoreTest, AnySqliteToolReadsTheData) {
  const auto store = open();
  ASSERT_TRUE(fill(*store, 3, 1, 5));
  sql::Database database = plain();
  auto row = database.prepare("SELECT texte, montant, libelle, typeof(montant) FROM engagement WHERE montant > 2");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0), "aaaaa");
  EXPECT_EQ(row.integer(1), 3);
  EXPECT_TRUE(row.is_null(2));
  EXPECT_EQ(row.text(3), "integer");
}

TEST_F(SqliteReplicaStoreTest, ANewFieldOfTheSchemaGetsItsColumn) {
  schema::Schema grown = test_schema();
  schema::Field field{.number = 90, .name = "ajout", .type = schema::FieldType::kInteger};
  grown.kinds[1].fields.push_back(field);
  {
    const auto old = open();
    ASSERT_TRUE(old->transact([&]() -> Result<void> {
      old->put_record(engagement_row(1, 3));
      old->set_value(engagement_row(1, 3).id, engagement::kKind, 90, std::int64_t{5});
      return {};
    }));
  }
  const auto read_only = SqliteReplicaStore::open(directory_.path(), grown, OpenMode::kReadOnly);
  ASSERT_FALSE(read_only);
  EXPECT_EQ(read_only.error().code, ErrorCode::kReadOnly);
  const auto store = SqliteReplicaStore::open(directory_.path(), grown, OpenMode::kReadWrite);
  ASSERT_TRUE(store);
  EXPECT_EQ((*store)->record(engagement_row(1, 3).id)->values.at(90), schema::Value(std::int64_t{5}));
}

TEST_F(SqliteReplicaStoreTest, DurabilityChangesBetweenTransactions) {
  const auto store = open();
  ASSERT_TRUE(store->set_durable(false));
  ASSERT_TRUE(set_epoch(*store, "1"));
  ASSERT_TRUE(store->set_durable(true));
  ASSERT_TRUE(set_epoch(*store, "2"));
  EXPECT_EQ(epoch(*open()), "2");
  ASSERT_TRUE(store->transact([&]() -> Result<void> {
    EXPECT_FALSE(store->set_durable(false)) << "not inside a transaction";
    return {};
  }));
}

// Kinds and fields of a newer schema wait in the file for the program that knows them.
TEST_F(SqliteReplicaStoreTest, WhatAnOlderProgramDidNotKnowIsInItsPlaceAfterTheUpgrade) {
  SeededRandom random(1);
  const DossierId dossier = DossierId::make_v4(random);
  const RecordId engagement = RecordId::make_v4(random);
  const RecordId indicateur = RecordId::make_v4(random);
  const std::map<sync::FieldNumber, sync::Value> fields{{engagement::kTexte, sync::Value("Un texte.")},
                                                        {engagement::kLibelle, sync::Value("Un libellé.")}};
  const std::map<sync::FieldNumber, sync::Value> measured{{indicateur::kCible, sync::Value("82")},
                                                          {indicateur::kNote, sync::Value("Une note.")}};
  const auto expect_all = [&](sync::ReplicaStore& store) {
    const auto read = store.read([&]() -> Result<void> {
      EXPECT_EQ(store.records(dossier).size(), 2u);
      EXPECT_EQ(store.record(engagement)->values, fields);
      EXPECT_EQ(store.record(indicateur)->values, measured);
      EXPECT_EQ(store.owned(engagement), std::vector{indicateur});
      return {};
    });
    EXPECT_TRUE(read);
  };
  {
    auto older = SqliteReplicaStore::open(directory_.path(), older_test_schema(), OpenMode::kReadWrite);
    ASSERT_TRUE(older) << older.error().message;
    sync::ReplicaStore& store = **older;
    ASSERT_TRUE(store.transact([&]() -> Result<void> {
      store.put_record({engagement, dossier, engagement::kKind, {}, {{engagement::kTexte, sync::Value("Un texte.")}}});
      store.set_value(engagement, engagement::kKind, engagement::kLibelle, sync::Value("Un libellé."));
      store.put_record({indicateur, dossier, indicateur::kKind, engagement, {{indicateur::kCible, sync::Value("82")}}});
      store.set_value(indicateur, indicateur::kKind, indicateur::kNote, sync::Value("Une note."));
      return {};
    }));
    expect_all(store);
  }
  const auto present = open();
  expect_all(*present);
  auto file = plain();
  auto table = file.prepare("SELECT cible FROM indicateur");
  ASSERT_TRUE(table.step());
  EXPECT_EQ(table.text(0), "82");
}

}  // namespace
}  // namespace navette::test
