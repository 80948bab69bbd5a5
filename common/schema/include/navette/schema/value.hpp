// The value of one field. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "navette/base/error.hpp"

namespace navette::schema {

struct Field;

// Nothing, a whole number (also booleans: 0 and 1), or text (texts, labels, dates, codes, references, measures).
using Value = std::variant<std::monostate, std::int64_t, std::string>;

// The text of a text field: "" when empty.
[[nodiscard]] std::string_view text_of(const Value& value);
// An empty text and no value are one thing: stored as no value.
[[nodiscard]] bool is_empty(const Value& value);

// What a user typed, as the value of that field: normalised, checked for type, format and length ("" empties it).
// Errors: kNotUtf8, kInvalidArgument (with what is expected), kTooLarge (with the limit).
[[nodiscard]] Result<Value> parse(const Field& field, std::string_view typed);
// The same checks on a value that came from a wire or file. A text longer than its limit passes when it is not longer
// than `previous`, so that a text grown by a merge can be shortened step by step.
[[nodiscard]] Result<void> check(const Field& field, const Value& value, const Value& previous = {});
// As parse() takes it and people read it: « oui » and « non » only where the field says that it is a boolean.
[[nodiscard]] std::string display(const Value& value);
[[nodiscard]] std::string display(const Field& field, const Value& value);

// Two ways of writing one value are one value: 80,5 and 80.50; « Oui » and oui; blanks around.
[[nodiscard]] bool same_value(const Field& field, const Value& a, const Value& b);

}  // namespace navette::schema
