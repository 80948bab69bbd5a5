#include "navette/cli/harmless.hpp"

namespace navette::cli {
namespace {

constexpr unsigned char kSecondSet = 0xc2;

// U+2400 + the character: « ␛ »; U+2421 « ␡ ».
std::string sign_of(unsigned char control) {
  const unsigned char last = control == 0x7f ? 0xa1 : static_cast<unsigned char>(0x80 + control);
  return {'\xe2', '\x90', static_cast<char>(last)};
}

}  // namespace

HarmlessOutput::HarmlessOutput(std::ostream& behind) : std::ostream(nullptr), behind_(behind), buffer_(behind) {
  rdbuf(&buffer_);
}

void HarmlessOutput::Buffer::pass(char byte, std::string& out) {
  const auto value = static_cast<unsigned char>(byte);
  if (second_set_begun_) {
    second_set_begun_ = false;
    if (value >= 0x80 && value < 0xa0) {
      out += "\xef\xbf\xbd";
      return;
    }
    out += static_cast<char>(kSecondSet);
  }
  if (value == kSecondSet) {
    second_set_begun_ = true;
  } else if ((value < 0x20 && byte != '\n' && byte != '\t') || value == 0x7f) {
    out += sign_of(value);
  } else {
    out += byte;
  }
}

HarmlessOutput::Buffer::int_type HarmlessOutput::Buffer::overflow(int_type character) {
  if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(character);
  const char byte = traits_type::to_char_type(character);
  return xsputn(&byte, 1) == 1 ? character : traits_type::eof();
}

std::streamsize HarmlessOutput::Buffer::xsputn(const char* text, std::streamsize size) {
  std::string out;
  for (std::streamsize i = 0; i < size; ++i) pass(text[i], out);
  return behind_.write(out.data(), static_cast<std::streamsize>(out.size())) ? size : 0;
}

int HarmlessOutput::Buffer::sync() { return behind_.flush() ? 0 : -1; }

}  // namespace navette::cli
