// Files that people import: a report or one clear error, never more.
#include <cstdint>

#include "navette/cpom/dossier.hpp"
#include "navette/cpom/etablissements.hpp"

using namespace navette;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  (void)cpom::import_etablissements(bytes);
  (void)cpom::parse_engagements(bytes);
  return 0;
}
