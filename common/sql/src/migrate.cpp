#include <algorithm>
#include <string>
#include <vector>

#include "navette/sql/database.hpp"

namespace navette::sql {
namespace {

std::int64_t number(Database& database, std::string_view query) {
  Statement statement = database.prepare(query);
  return statement.step() ? statement.integer(0) : 0;
}

// The file's version. 0: an empty file.
std::int64_t checked_version(Database& database, std::int32_t application, std::int64_t newest) {
  const std::int64_t found = number(database, "PRAGMA application_id");
  const std::int64_t version = database.user_version();
  const bool empty = found == 0 && version == 0 && number(database, "SELECT count(*) FROM sqlite_schema") == 0;
  if (!empty && found != application) {
    throw Failure{{ErrorCode::kCorrupt,
                   "ce fichier appartient à un autre usage ou à un autre programme : vérifiez le chemin donné"}};
  }
  if (version > newest) {
    throw Failure{{ErrorCode::kNewerVersion, "ce fichier a été écrit par une version plus récente de Navette (format " +
                                                 std::to_string(version) + ", connu ici : " + std::to_string(newest) +
                                                 ") : mettez Navette à jour"}};
  }
  return version;
}

}  // namespace

Result<void> migrate(Database& database, std::int32_t application, std::span<const Migration> migrations) {
  const std::int64_t newest = migrations.empty() ? 0 : std::ranges::max(migrations, {}, &Migration::number).number;
  try {
    // Most often there is nothing to do: no lock then.
    if (checked_version(database, application, newest) == newest) return {};
    Transaction transaction(database, Transaction::Kind::kWrite);
    const std::int64_t version = checked_version(database, application, newest);
    std::vector<const Migration*> missing;
    for (const Migration& migration : migrations) {
      if (migration.number > version) missing.push_back(&migration);
    }
    std::ranges::sort(missing, {}, &Migration::number);
    for (const Migration* migration : missing) migration->run(database);
    database.execute("PRAGMA application_id = " + std::to_string(application));
    database.set_user_version(newest);
    transaction.commit();
    return {};
  } catch (Failure& failure) {
    return std::unexpected(std::move(failure.error));
  }
}

}  // namespace navette::sql
