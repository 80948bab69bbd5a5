#include "navette/cli/arguments.hpp"

#include "navette/base/utf8.hpp"

namespace navette::cli {
namespace {

// « Ren? » of what a terminal would show as garbage.
std::string shown(const std::string& argument) {
  std::string text;
  for (const char byte : argument) text += static_cast<unsigned char>(byte) < 0x80 ? byte : '?';
  return excerpt(text, 60);
}

}  // namespace

Result<> check_utf8(std::span<const std::string> arguments) {
  for (const std::string& argument : arguments) {
    if (is_valid_utf8(argument)) continue;
    return fail(ErrorCode::kNotUtf8, "« " + shown(argument) +
                                         " » n'est pas en UTF-8 : réglez votre terminal en UTF-8 (variable LANG, par "
                                         "exemple fr_FR.UTF-8), puis tapez de nouveau la commande");
  }
  return {};
}

}  // namespace navette::cli
