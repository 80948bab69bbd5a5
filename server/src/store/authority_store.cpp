#include "navette/server/authority_store.hpp"

#include "core.hpp"
#include "navette/os/files.hpp"
#include "navette/server/tuning.hpp"

namespace navette::server {

AuthorityStore::Core::Core(os::FileLock lock_, std::filesystem::path directory_, const schema::Schema& schema_,
                           Random& random_)
    : lock(std::move(lock_)),
      directory(std::move(directory_)),
      schema(schema_),
      random(random_),
      tables(schema_),
      snapshots(tuning::kSnapshotCacheBytes) {}

sync::DossierState AuthorityStore::Core::load(sql::Database& database, const DossierId& dossier) const {
  auto state = StateRows(tables).load(database, dossier);
  if (!state) refuse(ErrorCode::kNotFound, "ce dossier n'existe pas sur le serveur");
  return std::move(*state);
}

Result<os::FileLock> AuthorityStore::lock(const std::filesystem::path& data_dir) {
  NAVETTE_TRY(os::make_private_directory(data_dir));
  return os::FileLock::try_lock(data_dir / kLockFile);
}

Result<std::unique_ptr<AuthorityStore>> AuthorityStore::open(os::FileLock lock, const std::filesystem::path& data_dir,
                                                             const schema::Schema& schema, Random& random,
                                                             const std::string& server_name) {
  auto core = std::make_unique<Core>(std::move(lock), data_dir, schema, random);
  const std::string path = (data_dir / kFileName).string();
  NAVETTE_ASSIGN(sql::Database database, sql::Database::open(path, {.durability = sql::Durability::kFull,
                                                                    .cache_kib = tuning::kWriteCacheKib}));
  NAVETTE_TRY(migrate_authority(database, core->tables));
  NAVETTE_ASSIGN(core->meta, load_or_create_meta(database, server_name, random));
  core->authority = std::make_unique<sync::Authority>(schema, core->meta.key, random);
  NAVETTE_ASSIGN(core->reads, ReadPool::open(path, tuning::kReadConnections));
  core->checkpointer = std::make_unique<sql::Checkpointer>(path);
  core->checkpointer->watch(database);
  core->writer =
      std::make_unique<Writer>(std::move(database), DossierStates(core->tables, tuning::kCachedDossierBytes));
  return std::unique_ptr<AuthorityStore>(new AuthorityStore(std::move(core)));
}

AuthorityStore::AuthorityStore(std::unique_ptr<Core> core) : core_(std::move(core)) {}
AuthorityStore::~AuthorityStore() = default;

EpochId AuthorityStore::epoch() const { return core_->meta.epoch; }
std::string AuthorityStore::server_name() const { return core_->meta.server_name; }
const sync::Authority& AuthorityStore::authority() const { return *core_->authority; }
WriterStats AuthorityStore::writer_stats() const { return core_->writer->stats(); }
void AuthorityStore::listen(RevisionListener listener) { core_->writer->listen(std::move(listener)); }

}  // namespace navette::server
