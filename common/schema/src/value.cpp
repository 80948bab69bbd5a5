#include "navette/schema/value.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "navette/base/utf8.hpp"
#include "navette/schema/finess.hpp"
#include "navette/schema/schema.hpp"

namespace navette::schema {
namespace {

// A measure is a short milestone at most: the guide's tables have narrow columns.
constexpr std::size_t kMeasureLength = 120;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// As people know the field.
const std::string& shown_name(const Field& field) { return field.label.empty() ? field.name : field.label; }

std::unexpected<Error> refuse(const Field& field, std::string_view typed, std::string_view expected) {
  return fail(ErrorCode::kInvalidArgument, "« " + excerpt(typed, 80) + " » ne convient pas au champ « " +
                                               shown_name(field) + " » : " + std::string(expected));
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "80,50" → "80.5", "-0" → "0"; nothing when it is no decimal number.
std::optional<std::string> decimal(std::string_view text) {
  std::string compact;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;  // thousands: 12 500
    if (text.substr(i).starts_with("\u00a0") || text.substr(i).starts_with("\u202f")) {
      i += text.substr(i).starts_with("\u00a0") ? 1 : 2;
      continue;
    }
    compact += text[i] == ',' ? '.' : text[i];
  }
  const bool negative = compact.starts_with('-');
  std::string_view digits = compact;
  if (negative || compact.starts_with('+')) digits.remove_prefix(1);
  const std::size_t dot = digits.find('.');
  std::string whole(digits.substr(0, dot));
  std::string part(dot == std::string_view::npos ? std::string_view{} : digits.substr(dot + 1));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (whole.empty() || !std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(part, is_digit))
    return std::nullopt;
  if (dot != std::string_view::npos && part.empty()) return std::nullopt;
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  while (!part.empty() && part.back() == '0') part.pop_back();
  const std::string number = part.empty() ? whole : whole + "." + part;
  return negative && number != "0" ? "-" + number : number;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = whole_number(text.substr(0, 4));
  const auto month = whole_number(text.substr(5, 2));
  const auto day = whole_number(text.substr(8, 2));
  if (!year || !month || !day || *year < 1900 || *month < 1 || *month > 12 || *day < 1) return false;
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;
  return *day <= kDays[*month - 1] + (*month == 2 && leap ? 1 : 0);
}

Result<void> check_length(const Field& field, std::string_view text, std::size_t previous_length) {
  const std::size_t length = code_point_count(text);
  if (length <= field.max_length || length <= previous_length) return {};
  return fail(ErrorCode::kTooLarge, "le champ « " + shown_name(field) + " » accepte " +
                                        std::to_string(field.max_length) + " caractères, ce texte en a " +
                                        std::to_string(length) + " : raccourcissez-le");
}

bool is_true(std::string_view text) { return text == "oui" || text == "vrai" || text == "true" || text == "1"; }
bool is_false(std::string_view text) { return text == "non" || text == "faux" || text == "false" || text == "0"; }

// A scalar as one writing, for comparison.
std::string canonical(const Field& field, const Value& value) {
  const std::string text(trimmed(display(value)));
  if (field.type != FieldType::kMeasure) return text;
  if (auto number = decimal(text)) return *number;
  return lower_ascii(text);
}

Result<void> check_text(const Field& field, const std::string& text, const Value& previous) {
  if (!is_valid_utf8(text))
    return fail(ErrorCode::kNotUtf8, "le champ « " + shown_name(field) + " » n'est pas de l'UTF-8 valide");
  const bool one_line = field.type != FieldType::kText;
  if (one_line && text.find('\n') != std::string::npos) return refuse(field, text, "une seule ligne est attendue");
  switch (field.type) {
    case FieldType::kText:
    case FieldType::kLabel:
      return check_length(field, text, code_point_count(text_of(previous)));
    case FieldType::kDate:
      return is_date(text) ? Result<void>{} : refuse(field, text, "une date AAAA-MM-JJ est attendue");
    case FieldType::kFiness:
      if (finess_key_holds(text)) return {};
      return refuse(field, text, "un numéro FINESS a 9 caractères et une clé de contrôle : vérifiez la saisie");
    case FieldType::kMeasure:
      if (code_point_count(text) <= kMeasureLength) return {};
      return refuse(field, text, "un nombre, oui, non ou un jalon de 120 caractères au plus est attendu");
    case FieldType::kCode:
    case FieldType::kPhase: {
      if (std::ranges::find(field.codes, text) != field.codes.end()) return {};
      std::string expected = "valeurs possibles : ";
      for (const std::string& code : field.codes) expected += (code == field.codes.front() ? "" : ", ") + code;
      return refuse(field, text, expected);
    }
    case FieldType::kReference:
    case FieldType::kOwner: {
      if (parse_uuid(text)) return {};
      return refuse(field, text, "l'identifiant d'une fiche est attendu");
    }
    case FieldType::kInteger:
    case FieldType::kBoolean:
      break;
  }
  return refuse(field, text, "un nombre est attendu");
}

}  // namespace

std::string_view text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

bool is_empty(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->empty();
  return std::holds_alternative<std::monostate>(value);
}

std::string display(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return std::string(text_of(value));
}

std::string display(const Field& field, const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (field.type == FieldType::kBoolean && number != nullptr) return *number != 0 ? "oui" : "non";
  return display(value);
}

Result<Value> parse(const Field& field, std::string_view typed) {
  NAVETTE_ASSIGN(std::string text, normalized(typed));
  if (field.type == FieldType::kText) {
    if (text.empty()) return Value{};
    const Value value(std::move(text));
    NAVETTE_TRY(check(field, value));
    return value;
  }
  text = std::string(trimmed(text));
  if (text.empty()) return Value{};
  Value value;
  switch (field.type) {
    case FieldType::kInteger: {
      const auto number = decimal(text);
      const auto whole = number ? whole_number(*number) : std::nullopt;
      if (!whole) return refuse(field, text, "un nombre entier est attendu");
      value = *whole;
      break;
    }
    case FieldType::kBoolean: {
      const std::string word = lower_ascii(text);
      if (!is_true(word) && !is_false(word)) return refuse(field, text, "oui ou non est attendu");
      value = std::int64_t{is_true(word)};
      break;
    }
    case FieldType::kFiness:
      value = normalised_finess(text);
      break;
    case FieldType::kReference:
    case FieldType::kOwner:
      value = lower_ascii(text);
      break;
    default:
      value = std::move(text);
  }
  NAVETTE_TRY(check(field, value));
  return value;
}

Result<void> check(const Field& field, const Value& value, const Value& previous) {
  if (std::holds_alternative<std::monostate>(value)) return {};
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (text->empty()) return fail(ErrorCode::kMalformed, "un texte vide s'écrit sans valeur");
    return check_text(field, *text, previous);
  }
  const std::int64_t number = std::get<std::int64_t>(value);
  if (field.type == FieldType::kInteger) return {};
  if (field.type == FieldType::kBoolean && (number == 0 || number == 1)) return {};
  return refuse(field, std::to_string(number), "ce n'est pas le type attendu");
}

bool same_value(const Field& field, const Value& a, const Value& b) {
  if (a == b) return true;
  if (field.merges() || is_empty(a) != is_empty(b)) return false;
  return canonical(field, a) == canonical(field, b);
}

}  // namespace navette::schema
