#include "cli/print.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "navette/base/utf8.hpp"
#include "navette/cli/harmless.hpp"
#include "replica/open_replica.hpp"

namespace navette::client {
namespace {

constexpr int kIndent = 2;
// What comes from a command line may not be UTF-8: shown with replacement signs rather than not at all.
constexpr auto kReplace = Json::error_handler_t::replace;

std::size_t width(std::string_view text) { return is_valid_utf8(text) ? code_point_count(text) : text.size(); }

std::string moment_as(const char* format, const std::tm& parts) {
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::time_t seconds_of(Timestamp moment) { return static_cast<std::time_t>(moment.milliseconds / 1000); }

}  // namespace

void Table::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

bool is_terminal(const std::ostream& out) {
  if (const auto* harmless = dynamic_cast<const cli::HarmlessOutput*>(&out)) return is_terminal(harmless->behind());
  if (&out == &std::cout) return ::isatty(STDOUT_FILENO) != 0;
  if (&out == &std::cerr) return ::isatty(STDERR_FILENO) != 0;
  return false;
}

bool is_standard_output(const std::ostream& out) {
  if (const auto* harmless = dynamic_cast<const cli::HarmlessOutput*>(&out)) {
    return is_standard_output(harmless->behind());
  }
  return &out == &std::cout;
}

std::string french_date(std::string_view day) {
  if (day.size() != 10 || day[4] != '-') return std::string(day);
  return std::string(day.substr(8, 2)) + "/" + std::string(day.substr(5, 2)) + "/" + std::string(day.substr(0, 4));
}

std::string french_moment(Timestamp moment) {
  const std::time_t seconds = seconds_of(moment);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return moment_as("%d/%m/%Y %H:%M", parts);
}

std::string iso_moment(Timestamp moment) {
  const std::time_t seconds = seconds_of(moment);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return moment_as("%Y-%m-%dT%H:%M:%SZ", parts);
}

std::string people_value(const schema::Field& field, const schema::Value& value) {
  if (field.type == schema::FieldType::kDate) return french_date(schema::text_of(value));
  return schema::display(field, value);
}

std::string people_role(std::string_view role) {
  const auto number = replica_schema().role(role);
  return number ? replica_schema().role_label(*number) : std::string(role);
}

std::string people_phase(std::string_view phase) {
  const auto number = replica_schema().phase(phase);
  return number ? replica_schema().phase_label(*number) : std::string(phase);
}

std::string one_line(std::string_view text, std::size_t most) {
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  if (width(line) <= most) return line;
  return excerpt(line, most - 1) + "…";
}

std::string indented(std::string_view text, std::string_view margin) {
  std::string out(margin);
  for (const char c : text) {
    out += c;
    if (c == '\n') out += margin;
  }
  return out;
}

std::string field_name(const sync::FieldRef& at) {
  const schema::Kind* kind = replica_schema().kind(at.kind);
  const schema::Field* field = kind == nullptr ? nullptr : kind->field(at.field);
  return field == nullptr ? "" : field->name;
}

std::string place_name(const sync::FieldRef& at) {
  const schema::Kind* kind = replica_schema().kind(at.kind);
  const std::string field = field_name(at);
  return (kind == nullptr ? "?" : kind->name) + (field.empty() ? "" : "." + field);
}

Json json_value(const schema::Field* field, const schema::Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (field != nullptr && field->type == schema::FieldType::kBoolean) return *number != 0;
    return *number;
  }
  if (schema::is_empty(value)) return nullptr;
  return std::string(schema::text_of(value));
}

void print_json(std::ostream& out, const Json& json) { out << json.dump(kIndent, ' ', false, kReplace) << '\n'; }
void print_json_line(std::ostream& out, const Json& json) { out << json.dump(-1, ' ', false, kReplace) << '\n'; }

}  // namespace navette::client
