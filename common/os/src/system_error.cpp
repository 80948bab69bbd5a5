#include "navette/os/system_error.hpp"

#include <cerrno>
#include <system_error>
#include "navette/os/join.hpp"

namespace navette::os {
namespace {

// « de lire », « d'écrire »
std::string_view elided(std::string_view verb) {
  const bool vowel = verb.starts_with("é") || std::string_view("aeiouyh").find(verb.front()) != std::string_view::npos;
  return vowel ? "d'" : "de ";
}

}  // namespace

Error error_of_errno(int number, std::string_view verb, const std::filesystem::path& path) {
  const std::string what = join("impossible ", elided(verb), verb, " « ", path.string(), " »");
  switch (number) {
    case ENOSPC:
      return {ErrorCode::kDiskFull, what + " : le disque est plein ; libérez de la place puis recommencez"};
    case EDQUOT:
      return {ErrorCode::kDiskFull,
              what + " : votre quota de disque est atteint ; libérez de la place puis recommencez"};
    case EROFS:
      return {ErrorCode::kReadOnly, what + " : ce disque est en lecture seule ; choisissez un autre emplacement"};
    case EACCES:
    case EPERM:
      return {ErrorCode::kReadOnly,
              what + " : l'accès est refusé ; vérifiez les droits et le propriétaire de cet emplacement"};
    case ENOENT:
    case ENOTDIR:
      return {ErrorCode::kNotFound, what + " : cet emplacement n'existe pas ; vérifiez le chemin"};
    case EMFILE:
    case ENFILE:
      return {ErrorCode::kBusy, what + " : trop de fichiers ouverts ; fermez des programmes puis recommencez"};
    default:
      return {ErrorCode::kInternal,
              join(what, " : ", std::system_category().message(number), " ; signalez cette erreur à votre assistance")};
  }
}

}  // namespace navette::os
