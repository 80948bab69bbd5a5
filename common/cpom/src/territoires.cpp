#include "navette/cpom/territoires.hpp"

#include <algorithm>
#include <array>

#include "navette/schema/finess.hpp"

namespace navette::cpom {
namespace {

constexpr std::string_view kFictitious = "99";
// Of the two-digit ones, 20 was Corsica until 1976.
constexpr std::string_view kFirstMainland = "01";
constexpr std::string_view kLastMainland = "95";
constexpr std::string_view kOldCorsica = "20";
constexpr std::array<std::string_view, 14> kOtherDepartements{"2A",  "2B",  "971", "972", "973", "974", "975",
                                                              "976", "977", "978", "984", "986", "987", "988"};
constexpr std::array<std::string_view, 18> kRegions{"01", "02", "03", "04", "06", "11", "24", "27", "28",
                                                    "32", "44", "52", "53", "75", "76", "84", "93", "94"};

template <class Codes>
bool among(const Codes& codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Blanks out, letters in upper case, a leading zero where it was left out.
std::string cleaned(std::string_view typed) {
  std::string code = schema::normalised_finess(typed);
  if (code.size() == 1 && is_digit(code.front())) code.insert(0, "0");
  return code;
}

}  // namespace

std::optional<std::string> departement_code(std::string_view typed) {
  std::string code = cleaned(typed);
  const bool mainland = code.size() == 2 && std::ranges::all_of(code, is_digit) && code >= kFirstMainland &&
                        code <= kLastMainland && code != kOldCorsica;
  if (mainland || code == kFictitious || among(kOtherDepartements, code)) return code;
  return std::nullopt;
}

std::optional<std::string> region_code(std::string_view typed) {
  std::string code = cleaned(typed);
  if (code == kFictitious || among(kRegions, code)) return code;
  return std::nullopt;
}

}  // namespace navette::cpom
