#include "navette/schema/finess.hpp"

#include <array>

namespace navette::schema {
namespace {

constexpr std::size_t kLength = 9;
constexpr std::array<std::string_view, 4> kBlanks{" ", "\t", "\u00a0", "\u202f"};

// Luhn over all nine characters: from the right, every second digit doubled. In Corsica A counts 1 and B counts 2.
std::optional<int> luhn_sum(std::string_view finess) {
  int sum = 0;
  for (std::size_t at = 0; at < kLength; ++at) {
    const char c = finess[at];
    const bool corsican = at == 1 && finess[0] == '2' && (c == 'A' || c == 'B');
    if (!corsican && (c < '0' || c > '9')) return std::nullopt;
    int digit = corsican ? c - 'A' + 1 : c - '0';
    if ((kLength - 1 - at) % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum;
}

}  // namespace

std::string normalised_finess(std::string_view typed) {
  std::string out;
  while (!typed.empty()) {
    std::size_t blank = 0;
    for (std::string_view candidate : kBlanks) {
      if (typed.starts_with(candidate)) blank = candidate.size();
    }
    if (blank == 0) {
      const char c = typed.front();
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      blank = 1;
    }
    typed.remove_prefix(blank);
  }
  return out;
}

bool finess_form_holds(std::string_view finess) { return finess.size() == kLength && luhn_sum(finess).has_value(); }

bool finess_key_holds(std::string_view finess) {
  if (finess.size() != kLength) return false;
  const auto sum = luhn_sum(finess);
  return sum && *sum % 10 == 0;
}

std::optional<std::string> with_finess_key(std::string_view eight_characters) {
  if (eight_characters.size() != kLength - 1) return std::nullopt;
  const auto sum = luhn_sum(std::string(eight_characters) + '0');
  if (!sum) return std::nullopt;
  return std::string(eight_characters) + static_cast<char>('0' + (10 - *sum % 10) % 10);
}

}  // namespace navette::schema
