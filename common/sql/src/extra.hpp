// The column `extra`: values of fields that this program's schema does not have. Internal.
//
//   per value, by field number: field (2 bytes, little end first), type ('i' or 't'),
//   then 8 bytes of a number, or 4 bytes of length and the text
#pragma once

#include <map>

#include "navette/base/bytes.hpp"
#include "navette/schema/schema.hpp"

namespace navette::sql {

using Values = std::map<schema::FieldNumber, schema::Value>;

[[nodiscard]] Bytes encode_extra(const Values& values);  // empty ones left out; "" when none is left
// Errors: kCorrupt.
[[nodiscard]] Result<Values> decode_extra(BytesView bytes);

}  // namespace navette::sql
