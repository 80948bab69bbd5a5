// How things look on paper: tables, dates, names, values.
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "navette/base/clock.hpp"
#include "navette/schema/schema.hpp"
#include "navette/sync/revision.hpp"

namespace navette::client {

using Json = nlohmann::ordered_json;  // keys in the order they are written

// Columns as wide as their longest cell.
class Table {
 public:
  explicit Table(std::vector<std::string> titles) { rows_.push_back(std::move(titles)); }
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Whether a person reads this stream: standard output or error on a terminal.
[[nodiscard]] bool is_terminal(const std::ostream& out);
[[nodiscard]] bool is_standard_output(const std::ostream& out);

[[nodiscard]] std::string french_date(std::string_view iso_day);  // 2027-01-01 → 01/01/2027
[[nodiscard]] std::string french_moment(Timestamp moment);        // local time: 01/01/2027 14:05
[[nodiscard]] std::string iso_moment(Timestamp moment);           // 2027-01-01T13:05:09Z
[[nodiscard]] std::string people_value(const schema::Field& field, const schema::Value& value);
[[nodiscard]] std::string people_role(std::string_view role);
[[nodiscard]] std::string people_phase(std::string_view phase);
[[nodiscard]] std::string one_line(std::string_view text, std::size_t most);  // cut with « … »
[[nodiscard]] std::string indented(std::string_view text, std::string_view margin);

// What people call a field of a record: "diagnostic.partage"; without the field: "diagnostic".
[[nodiscard]] std::string field_name(const sync::FieldRef& at);  // "" for field 0
[[nodiscard]] std::string place_name(const sync::FieldRef& at);

// Numbers as numbers, booleans as booleans, everything else as text.
[[nodiscard]] Json json_value(const schema::Field* field, const schema::Value& value);
void print_json(std::ostream& out, const Json& json);       // readable
void print_json_line(std::ostream& out, const Json& json);  // one line

}  // namespace navette::client
