// Backup while serving, and restore while nothing serves.
#include <fcntl.h>
#include <unistd.h>

#include <ctime>

#include "backup_target.hpp"
#include "core.hpp"
#include "navette/os/files.hpp"

namespace navette::server {
namespace {

namespace fs = std::filesystem;

struct CoveredHead {
  DossierId dossier;
  Audience audience = Audience::kShared;
  Revision head;
  Hash chain;
};

struct BackupContent {
  std::vector<CoveredHead> heads;
  std::uint64_t dossiers = 0;
  std::uint64_t revisions = 0;
};

template <class F>
auto caught(F run) -> Result<decltype(run())> {
  try {
    return run();
  } catch (const sql::Failure& failure) {
    return std::unexpected(failure.error);
  } catch (const std::exception& exception) {
    return fail(ErrorCode::kInternal, std::string("erreur du système de fichiers : ") + exception.what());
  }
}

// What the backup itself says, so that nothing is called covered that it lacks.
Result<BackupContent> content_of(const fs::path& file) {
  NAVETTE_ASSIGN(sql::Database database, sql::Database::open(file.string(), {.create = false, .read_only = true}));
  return caught([&] {
    BackupContent content;
    auto dossiers = database.prepare("SELECT count(*) FROM dossier");
    if (dossiers.step()) content.dossiers = count_at(dossiers, 0);
    auto streams = database.prepare("SELECT dossier, audience, head, chain FROM stream");
    while (streams.step()) {
      content.heads.push_back({id_at<DossierId>(streams, 0), audience_at(streams, 1), Revision{count_at(streams, 2)},
                               hash_at<Hash>(streams, 3)});
      content.revisions += content.heads.back().head.value;
    }
    return content;
  });
}

// A sound file of this application, not newer than we are.
Result<> check_backup(const fs::path& file) {
  NAVETTE_ASSIGN(sql::Database database, sql::Database::open(file.string(), {.create = false, .read_only = true}));
  NAVETTE_TRY(database.check_integrity());
  auto checked = caught([&]() -> Result<> {
    auto statement = database.prepare("PRAGMA application_id");
    if (!statement.step() || statement.integer(0) != kApplication) {
      return fail(ErrorCode::kCorrupt, "ce fichier n'est pas une sauvegarde du serveur Navette");
    }
    if (database.user_version() > newest_version()) {
      return fail(ErrorCode::kNewerVersion,
                  "cette sauvegarde vient d'une version plus récente ; mettez le serveur à jour");
    }
    return {};
  });
  if (!checked) return std::unexpected(checked.error());
  return *checked;
}

void sync_to_disk(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) refuse(ErrorCode::kDiskFull, "impossible d'écrire durablement " + path.string());
}

// A name that nothing bears yet: two restores may fall into one second.
std::string aside_name(const fs::path& directory, Timestamp now) {
  const std::time_t seconds = now.milliseconds / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  const std::string stem = "authority-avant-restauration-" + std::string(text, size);
  std::string name = stem + ".sqlite";
  for (int n = 2; fs::exists(directory / name); ++n) name = stem + "-" + std::to_string(n) + ".sqlite";
  return name;
}

fs::path beside(const fs::path& file, const char* suffix) { return file.string() + suffix; }

void remove_with_journals(const fs::path& file) {
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(beside(file, suffix));
}

// Copies the backup beside the database, migrates it, gives it a new epoch; closed and on the disk when it returns.
Result<EpochId> prepare(const fs::path& backup, const fs::path& prepared, const schema::Schema& schema, Random& random,
                        Timestamp now) {
  NAVETTE_TRY(caught([&] {
    remove_with_journals(prepared);
    fs::copy_file(backup, prepared);
    fs::permissions(prepared, fs::perms::owner_read | fs::perms::owner_write);
    return true;
  }));
  const EpochId epoch = EpochId::make_v4(random);
  {
    NAVETTE_ASSIGN(sql::Database database, sql::Database::open(prepared.string(), {.create = false}));
    NAVETTE_TRY(migrate_authority(database, sql::TypedTables(schema)));
    NAVETTE_TRY(caught([&] {
      sql::Transaction transaction(database, sql::Transaction::Kind::kWrite);
      write_meta(database, "epoch", epoch.bytes());
      write_meta_time(database, "restored", now);
      transaction.commit();
      return true;
    }));
    NAVETTE_TRY(caught([&] {
      auto statement = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
      statement.run();
      return true;
    }));
  }
  NAVETTE_TRY(caught([&] {
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(beside(prepared, suffix));
    sync_to_disk(prepared);
    return true;
  }));
  return epoch;
}

// A crash between the two renames then leaves a database that lacks nothing. Of a damaged one the journal moves along.
void empty_journal(const fs::path& current) {
  auto database = sql::Database::open(current.string(), {.create = false});
  if (!database) return;
  (void)caught([&] {
    database->prepare("PRAGMA wal_checkpoint(TRUNCATE)").run();
    return true;
  });
}

// The present database gets a second name, then its journal moves along: at no moment is there no database, and what
// is set aside can be opened as it is.
void set_aside(const fs::path& current, const fs::path& aside) {
  fs::create_hard_link(current, aside);
  if (fs::exists(beside(current, "-wal"))) fs::rename(beside(current, "-wal"), beside(aside, "-wal"));
  fs::remove(beside(current, "-shm"));
  sync_to_disk(current.parent_path());
}

}  // namespace

Result<BackupReport> AuthorityStore::backup_to(const fs::path& file, Timestamp now, const KeepBackup& keep) {
  if (!keep) NAVETTE_TRY(check_backup_target(core_->directory, file));  // else it only passes through here
  {
    NAVETTE_ASSIGN(sql::Database database,
                   sql::Database::open((core_->directory / kFileName).string(), {.create = false}));
    NAVETTE_TRY(database.backup_to(file.string()));
    // Devices forget what the backup covers. Should the journal be lost, the file itself must not hold less than that.
    (void)caught([&] {
      database.prepare("PRAGMA wal_checkpoint(FULL)").run();
      return true;
    });
  }
  NAVETTE_ASSIGN(const BackupContent content, content_of(file));
  if (keep) NAVETTE_TRY(keep(file));
  NAVETTE_TRY(core_->write([&](WriteContext& context) {
    context.database.execute("DELETE FROM covered");
    for (const CoveredHead& head : content.heads) {
      auto statement =
          context.database.prepare("INSERT INTO covered(dossier, audience, head, chain) VALUES(?, ?, ?, ?)");
      statement.bind_blob(1, head.dossier.bytes()).bind(2, as_row(head.audience)).bind(3, as_row(head.head));
      statement.bind_blob(4, head.chain.bytes()).run();
    }
    write_meta_time(context.database, "last_backup", now);
  }));
  return BackupReport{now, content.dossiers, content.revisions};
}

Result<std::vector<sync::StreamHead>> AuthorityStore::covered(const DossierId& dossier) const {
  return core_->read([&](sql::Database& database) { return covered_heads(database, dossier); });
}

Result<RestoreReport> AuthorityStore::restore(const os::FileLock&, const fs::path& data_dir, const fs::path& file,
                                              const schema::Schema& schema, Random& random, Timestamp now) {
  if (!os::exists(file)) return fail(ErrorCode::kNotFound, "la sauvegarde « " + file.string() + " » n'existe pas");
  if (const auto checked = check_backup(file); !checked) {
    if (checked.error().code != ErrorCode::kCorrupt) return std::unexpected(checked.error());
    return fail(ErrorCode::kCorrupt, "« " + file.string() +
                                         " » est abîmé ou n'est pas une sauvegarde du serveur Navette : rien n'a "
                                         "changé, prenez une autre sauvegarde");
  }
  const fs::path current = data_dir / kFileName;
  const fs::path prepared = data_dir / "authority-restauration.sqlite";
  RestoreReport report;
  NAVETTE_ASSIGN(report.epoch, prepare(file, prepared, schema, random, now));
  NAVETTE_ASSIGN(const BackupContent content, content_of(prepared));
  report.dossiers = content.dossiers;
  NAVETTE_TRY(caught([&] {
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(beside(prepared, suffix));
    if (fs::exists(current)) {
      report.kept_aside = aside_name(data_dir, now);
      empty_journal(current);
      set_aside(current, data_dir / report.kept_aside);
    }
    fs::rename(prepared, current);
    sync_to_disk(data_dir);
    return true;
  }));
  return report;
}

}  // namespace navette::server
