#include "replica/open_replica.hpp"

#include <filesystem>
#include <system_error>

#include "navette/cpom/schema.hpp"

namespace navette::client {
namespace {

Result<void> require_replica(const ReplicaDirectory& directory) {
  if (!is_lost(directory)) return {};
  if (directory.enrolled()) {
    return fail(ErrorCode::kNotFound, "la réplique de « " + directory.path.string() +
                                          " » manque ou est vide : lancez « navette sync », qui la refait avec ce que "
                                          "le serveur a");
  }
  return fail(ErrorCode::kNotFound, "il n'y a pas de réplique dans « " + directory.path.string() +
                                        " » : vérifiez --replica, ou inscrivez ce poste avec « navette enrol »");
}

}  // namespace

const schema::Schema& replica_schema() { return cpom::served_schema(); }

bool is_lost(const ReplicaDirectory& directory) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(directory.database(), error);
  return error == std::errc::no_such_file_or_directory || (!error && size == 0);
}

OpenReplica::OpenReplica(std::unique_ptr<SqliteReplicaStore> store)
    : clock_(std::make_unique<os::SystemClock>()),
      random_(std::make_unique<os::SystemRandom>()),
      store_(std::move(store)),
      engine_(std::make_unique<sync::Replica>(replica_schema(), *store_, *random_)) {}

Result<OpenReplica> OpenReplica::for_reading(const ReplicaDirectory& directory) {
  NAVETTE_TRY(require_replica(directory));
  auto store = SqliteReplicaStore::open(directory.path, replica_schema(), OpenMode::kReadOnly);
  // A file of an older program is brought up to date first.
  if (!store && store.error().code == ErrorCode::kReadOnly) {
    auto migrated = SqliteReplicaStore::open(directory.path, replica_schema(), OpenMode::kReadWrite);
    if (migrated) store = std::move(migrated);
  }
  if (!store) return std::unexpected(store.error());
  return OpenReplica(std::move(*store));
}

Result<OpenReplica> OpenReplica::for_writing(const ReplicaDirectory& directory) {
  NAVETTE_TRY(require_replica(directory));
  NAVETTE_ASSIGN(auto store, SqliteReplicaStore::open(directory.path, replica_schema(), OpenMode::kReadWrite));
  return OpenReplica(std::move(store));
}

Result<OpenReplica> OpenReplica::for_synchronising(const ReplicaDirectory& directory) {
  if (!directory.enrolled()) NAVETTE_TRY(require_replica(directory));
  NAVETTE_ASSIGN(auto store, SqliteReplicaStore::open(directory.path, replica_schema(), OpenMode::kReadWrite));
  return OpenReplica(std::move(store));
}

}  // namespace navette::client
