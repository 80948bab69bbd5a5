#include "navette/cli/output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <ostream>

namespace navette::cli {

void hold_standard_descriptors() {
  // open() gives the lowest free one. Of what may only be read nothing printed gets lost without a word.
  int opened = 0;
  while (opened >= 0 && opened <= STDERR_FILENO) opened = ::open("/dev/null", O_RDONLY);
  if (opened > STDERR_FILENO) ::close(opened);
}

Result<> written(std::ostream& out) {
  if (out.flush()) return {};
  return fail(ErrorCode::kDiskFull,
              "la réponse n'a pas pu être écrite en entier : la sortie est fermée ou le disque est plein");
}

}  // namespace navette::cli
