// The CPOM between an establishment and its agency, as the table that the engine synchronises (domain A2.4, A3, A5).
#pragma once

#include "navette/cpom/numbers.hpp"
#include "navette/schema/schema.hpp"

namespace navette::cpom {

// The first version of the table; one object for the whole run, safe to read from any thread.
[[nodiscard]] const schema::Schema& cpom_schema();
// The table that the programs serve: cpom_schema(). It stands in an object of its own, so that a program which is to
// serve another table (the measures do) defines this function itself.
[[nodiscard]] const schema::Schema& served_schema();

// BR-24: « 450 caractères », each code point counts.
inline constexpr std::uint32_t kObjectifLength = 450;
// Rooms for the diagnoses: about seven A4 pages. A guard against accidents, not a rule of the guide.
inline constexpr std::uint32_t kDiagnosticLength = 20'000;

// BR-25: the contract runs over N+1 … N+5.
inline constexpr unsigned kYears = 5;

}  // namespace navette::cpom
