#include "navette/cli/output.hpp"

#include <ostream>

namespace navette::cli {

Result<> written(std::ostream& out) {
  if (out.flush()) return {};
  return fail(ErrorCode::kDiskFull,
              "la réponse n'a pas pu être écrite en entier : la sortie est fermée ou le disque est plein");
}

}  // namespace navette::cli
