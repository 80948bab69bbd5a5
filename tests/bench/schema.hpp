// What the contracts of the generator are to the engine: records of twelve typed fields, and texts.
#pragma once

#include "navette/schema/schema.hpp"

namespace navette::bench {

namespace contrat {
inline constexpr schema::KindNumber kKind = 1;
inline constexpr schema::FieldNumber kPhase = 1;
}  // namespace contrat
namespace fiche {
inline constexpr schema::KindNumber kKind = 2;
constexpr schema::FieldNumber field(unsigned f) { return static_cast<schema::FieldNumber>(f + 1); }
}  // namespace fiche
namespace texte {
inline constexpr schema::KindNumber kKind = 3;
inline constexpr schema::FieldNumber kContenu = 1;
}  // namespace texte

[[nodiscard]] const schema::Schema& bench_schema();

}  // namespace navette::bench
