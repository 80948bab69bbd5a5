// What an administrator types of territories and establishments, checked before it is stored.
#pragma once

#include <string>
#include <string_view>

#include "navette/server/authority_store.hpp"

namespace navette::server {

// The code of a département as it is stored. Errors: kInvalidArgument.
[[nodiscard]] Result<std::string> checked_departement(std::string_view typed);

// The entité juridique of that number. REQUIRES: normalised. Errors: kInvalidArgument when its key is wrong, kNotFound.
[[nodiscard]] Result<cpom::EntiteJuridique> known_entite(const AuthorityStore& store, std::string_view finess);

// A scope as it is stored, its codes normalised. Errors: kInvalidArgument when it names what cannot be, kNotAllowed
// when it is no scope of that role: an establishment's people see their entités juridiques alone. A role that does not
// exist is left to whoever checks roles.
[[nodiscard]] Result<std::string> checked_scope(const AuthorityStore& store, std::string_view role,
                                                std::string_view typed);

}  // namespace navette::server
