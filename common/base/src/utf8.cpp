#include "navette/base/utf8.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace navette {
namespace {

// Length of the valid sequence at `at`, or 0.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  if (lead == 0xe0 && second < 0xa0) return 0;
  if (lead == 0xed && second >= 0xa0) return 0;
  if (lead == 0xf0 && second < 0x90) return 0;
  if (lead == 0xf4 && second >= 0x90) return 0;
  return length;
}

// Whether eight bytes are ASCII, none of them 0.
bool plain(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kTops = 0x8080808080808080U;
  return ((word | (word - kOnes)) & kTops) == 0;
}

// Position of the first invalid byte, or the size.
std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (at + 8 <= text.size() && plain(text.data() + at)) {
      at += 8;
      continue;
    }
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return at;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

// What commands a terminal instead of being read, line ends and tabs apart: U+0001 … U+001F, U+007F … U+009F.
bool is_control(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte == 0xc2) return static_cast<unsigned char>(text[at + 1]) < 0xa0;
  return (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
}

struct FreeDeleter {
  void operator()(void* memory) const { std::free(memory); }
};

}  // namespace

bool is_valid_utf8(std::string_view text) { return valid_prefix(text) == text.size(); }

std::size_t code_point_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

std::u32string to_code_points(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      out += lead;
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    char32_t point = lead & (0xff >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3f);
    out += point;
    i += length;
  }
  return out;
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char32_t point : text) {
    if (point < 0x80) {
      out += static_cast<char>(point);
    } else if (point < 0x800) {
      out += static_cast<char>(0xc0 | point >> 6);
      out += static_cast<char>(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
      out += static_cast<char>(0xe0 | point >> 12);
      out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (point & 0x3f));
    } else {
      out += static_cast<char>(0xf0 | point >> 18);
      out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
      out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (point & 0x3f));
    }
  }
  return out;
}

std::string excerpt(std::string_view text, std::size_t max_code_points) {
  std::size_t end = 0;
  for (std::size_t points = 0; points < max_code_points && end < text.size(); ++points) {
    const std::size_t length = sequence_length(text, end);
    if (length == 0) break;
    end += length;
  }
  return std::string(text.substr(0, end));
}

Result<std::string> normalized(std::string_view text) {
  while (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (const std::size_t valid = valid_prefix(text); valid != text.size()) {
    if (text[valid] == '\0') {
      return fail(ErrorCode::kNotUtf8, "le texte contient un caractère nul (octet " + std::to_string(valid + 1) +
                                           ") : ce n'est pas un texte, ou il est en UTF-16 ; enregistrez-le en UTF-8, "
                                           "puis recommencez");
    }
    return fail(ErrorCode::kNotUtf8, "le texte n'est pas de l'UTF-8 valide (octet " + std::to_string(valid + 1) +
                                         ") : enregistrez-le en UTF-8, puis recommencez");
  }
  std::string lines;
  lines.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      lines += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else if (text[i] == '\v' || text[i] == '\f') {
      lines += '\n';
    } else if (is_control(text, i)) {
      return fail(ErrorCode::kInvalidArgument, "le texte contient un caractère de commande (octet " +
                                                   std::to_string(i + 1) + ") : retirez-le, puis recommencez");
    } else {
      lines += text[i];
    }
  }
  if (is_ascii(lines)) return lines;
  utf8proc_uint8_t* mapped = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(lines.data()),
                                 static_cast<utf8proc_ssize_t>(lines.size()), &mapped, options);
  const std::unique_ptr<utf8proc_uint8_t, FreeDeleter> owner(mapped);
  if (size < 0) return fail(ErrorCode::kNotUtf8, "le texte n'a pas pu être normalisé : enregistrez-le en UTF-8");
  return std::string(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
}

}  // namespace navette
