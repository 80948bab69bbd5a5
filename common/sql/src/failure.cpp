#include "failure.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "navette/sql/database.hpp"

namespace navette::sql {
namespace {

std::string quoted(std::string_view path) { return "« " + std::string(path) + " »"; }

Error disk_full(std::string_view path) {
  return {ErrorCode::kDiskFull,
          "disque plein : libérez de la place sur le disque de " + quoted(path) + ", puis recommencez"};
}
Error read_only(std::string_view path) {
  return {ErrorCode::kReadOnly,
          "écriture impossible : vérifiez vos droits sur " + quoted(path) + " et sur le dossier qui le contient"};
}
Error corrupt(std::string_view path, std::string_view detail) {
  return {ErrorCode::kCorrupt, "le fichier " + quoted(path) +
                                   " est abîmé ou n'est pas une base de Navette : rétablissez-le d'une sauvegarde, ou "
                                   "mettez-le de côté et resynchronisez (" +
                                   std::string(detail) + ")"};
}
Error internal(std::string_view path, std::string_view detail) {
  return {ErrorCode::kInternal, "erreur inattendue sur " + quoted(path) + " : " + std::string(detail)};
}

// EFBIG: the limit of the file system or of the process on one file's size.
bool is_out_of_room(int number) { return number == ENOSPC || number == EDQUOT || number == EFBIG; }
bool is_forbidden(int number) { return number == EACCES || number == EPERM || number == EROFS; }

Error input_output(int code, int number, std::string_view path, std::string_view detail) {
  if (is_out_of_room(number)) return disk_full(path);
  if (is_forbidden(number)) return read_only(path);
  switch (code) {
    // SQLite does not always keep the reason; a write that does not go through has most often no room.
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_SHMSIZE:
      return number == 0 ? disk_full(path) : internal(path, detail);
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_CORRUPTFS:
      return corrupt(path, detail);
    case SQLITE_IOERR_LOCK:
    case SQLITE_IOERR_BLOCKED:
      return {ErrorCode::kBusy, quoted(path) + " est occupé : réessayez dans un instant"};
    default:
      return internal(path, std::string(detail) + ", " + std::strerror(number) + " ; vérifiez le disque");
  }
}

}  // namespace

Error error_of(int code, int number, std::string_view path, std::string_view detail) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return disk_full(path);
    case SQLITE_CANTOPEN:
      if (is_out_of_room(number)) return disk_full(path);
      if (number == ENOENT || number == ENOTDIR) {
        return {ErrorCode::kNotFound, quoted(path) + " n'existe pas : vérifiez le chemin"};
      }
      return read_only(path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return read_only(path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kBusy, "un autre programme écrit dans " + quoted(path) + " : réessayez quand il aura terminé"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return corrupt(path, detail);
    case SQLITE_IOERR:
      return input_output(code, number, path, detail);
    case SQLITE_TOOBIG:
      return {ErrorCode::kTooLarge, "valeur trop grande pour " + quoted(path) + " : réduisez-la"};
    default:
      return internal(path, detail);
  }
}

Error error_of(sqlite3* connection, int code, std::string_view path) {
  return error_of(code, sqlite3_system_errno(connection), path, sqlite3_errmsg(connection));
}

Error error_of_errno(int number, std::string_view path) {
  if (is_out_of_room(number)) return disk_full(path);
  if (is_forbidden(number)) return read_only(path);
  if (number == ENOENT || number == ENOTDIR) {
    return {ErrorCode::kNotFound, quoted(path) + " n'existe pas : vérifiez le chemin"};
  }
  return internal(path, std::strerror(number));
}

void require(sqlite3* connection, int code, std::string_view path) {
  if (code != SQLITE_OK) throw Failure{error_of(connection, code, path)};
}

}  // namespace navette::sql
