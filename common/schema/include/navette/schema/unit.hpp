#pragma once

#include <cstdint>

namespace navette::schema {

// What two people may not both rewrite apart without being asked.
enum class Unit : std::uint8_t { kSentence, kParagraph, kWhole };

}  // namespace navette::schema
