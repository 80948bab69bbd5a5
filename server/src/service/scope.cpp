#include "scope.hpp"

#include "navette/cpom/schema.hpp"
#include "navette/cpom/territoires.hpp"
#include "navette/schema/finess.hpp"

namespace navette::server {
namespace {

// A part of a scope, as it is stored.
Result<std::string> checked(const AuthorityStore& store, const ScopeTerm& term) {
  switch (term.kind) {
    case ScopeTerm::Kind::kAll:
      return "all";
    case ScopeTerm::Kind::kEj: {
      const std::string finess = schema::normalised_finess(term.value);
      // One whose establishments are not imported yet can be: the account waits for its dossiers.
      const auto entite = known_entite(store, finess);
      if (!entite && entite.error().code != ErrorCode::kNotFound) return std::unexpected(entite.error());
      return "ej:" + finess;
    }
    case ScopeTerm::Kind::kDepartement: {
      NAVETTE_ASSIGN(const std::string code, checked_departement(term.value));
      return "departement:" + code;
    }
    case ScopeTerm::Kind::kRegion: {
      const auto code = cpom::region_code(term.value);
      if (code) return "region:" + *code;
      return fail(ErrorCode::kInvalidArgument, "la région « " + term.value +
                                                   " » n'existe pas : donnez son code INSEE, par exemple 11 pour "
                                                   "l'Île-de-France ou 76 pour l'Occitanie");
    }
  }
  return fail(ErrorCode::kInvalidArgument, "périmètre inconnu");
}

bool is_of_establishment(std::string_view role) {
  const schema::Schema& schema = cpom::served_schema();
  const auto number = schema.role(role);
  return number && schema.roles.at(*number).party == schema::Party::kStructure;
}

}  // namespace

Result<std::string> checked_departement(std::string_view typed) {
  auto code = cpom::departement_code(typed);
  if (code) return std::move(*code);
  return fail(ErrorCode::kInvalidArgument, "le département « " + std::string(typed) +
                                               " » n'existe pas : donnez son code, par exemple 75, 2A ou 974");
}

Result<cpom::EntiteJuridique> known_entite(const AuthorityStore& store, std::string_view finess) {
  auto entite = store.entite_juridique(finess);
  if (entite || entite.error().code != ErrorCode::kNotFound) return entite;
  // One that is imported with a wrong key is the one that is meant.
  if (!schema::finess_key_holds(finess)) {
    return fail(ErrorCode::kInvalidArgument, "« " + std::string(finess) +
                                                 " » n'est pas un numéro FINESS : il a neuf caractères, le dernier est "
                                                 "une clé de contrôle ; vérifiez la saisie");
  }
  return fail(ErrorCode::kNotFound, "aucune entité juridique " + std::string(finess) +
                                        " dans le référentiel : importez d'abord ses établissements, ou vérifiez que "
                                        "ce n'est pas le numéro d'un site");
}

Result<std::string> checked_scope(const AuthorityStore& store, std::string_view role, std::string_view typed) {
  NAVETTE_ASSIGN(const std::vector<ScopeTerm> terms, parse_scope(typed));
  std::string scope;
  for (const ScopeTerm& term : terms) {
    if (term.kind != ScopeTerm::Kind::kEj && is_of_establishment(role)) {
      return fail(ErrorCode::kNotAllowed, "un " + std::string(role) +
                                              " ne voit que les dossiers de son entité juridique : donnez le périmètre "
                                              "ej:FINESS");
    }
    NAVETTE_ASSIGN(const std::string part, checked(store, term));
    scope += (scope.empty() ? "" : " ") + part;
  }
  return scope;
}

}  // namespace navette::server
