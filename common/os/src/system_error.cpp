#include "navette/os/system_error.hpp"

#include <cerrno>
#include "navette/os/join.hpp"

namespace navette::os {
namespace {

// « de lire », « d'écrire »
std::string_view elided(std::string_view verb) {
  const bool vowel = verb.starts_with("é") || std::string_view("aeiouyh").find(verb.front()) != std::string_view::npos;
  return vowel ? "d'" : "de ";
}

}  // namespace

std::string system_words(int number) {
  switch (number) {
    case ECONNREFUSED:
      return "connexion refusée";
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
      return "la connexion a été coupée";
    case EHOSTUNREACH:
    case EHOSTDOWN:
      return "machine inaccessible";
    case ENETUNREACH:
    case ENETDOWN:
    case ENETRESET:
      return "réseau inaccessible";
    case ETIMEDOUT:
      return "délai dépassé";
    case EADDRINUSE:
      return "cette adresse est déjà prise par un autre programme";
    case EADDRNOTAVAIL:
      return "cette adresse n'est pas celle de cette machine";
    case EACCES:
    case EPERM:
      return "accès refusé";
    case EIO:
      return "le disque ne répond pas comme il devrait";
    case EISDIR:
      return "c'est un répertoire";
    case EFBIG:
      return "fichier trop grand";
    case ENOMEM:
      return "mémoire insuffisante";
    default:
      return "erreur " + std::to_string(number) + " du système";
  }
}

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
    case EISDIR:
      return {ErrorCode::kInvalidArgument, what + " : c'est un répertoire ; donnez un fichier"};
    case ENAMETOOLONG:
    case ELOOP:
      return {ErrorCode::kInvalidArgument, what + " : ce chemin ne mène nulle part ; vérifiez-le"};
    default:
      return {ErrorCode::kInternal,
              join(what, " : ", system_words(number), " ; signalez cette erreur à votre assistance")};
  }
}

}  // namespace navette::os
