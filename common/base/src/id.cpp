#include "navette/base/id.hpp"

#include "navette/base/hex.hpp"
#include "navette/base/utf8.hpp"

namespace navette {

std::string uuid_text(const Uuid& uuid) {
  const std::string hex = to_hex({reinterpret_cast<const char*>(uuid.data()), uuid.size()});
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' +
         hex.substr(20);
}

Result<Uuid> parse_uuid(std::string_view text) {
  const auto wrong = [&] {
    return fail(ErrorCode::kInvalidArgument, "« " + excerpt(text, 60) + " » n'est pas un identifiant");
  };
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return wrong();
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != 8 && i != 13 && i != 18 && i != 23) digits += text[i];
  }
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != 16) return wrong();
  Uuid uuid;
  std::memcpy(uuid.data(), bytes->data(), 16);
  return uuid;
}

Uuid uuid_v7(Timestamp now, Random& random) {
  Uuid uuid;
  random.fill(uuid);
  const auto ms = static_cast<std::uint64_t>(now.milliseconds);
  for (int i = 0; i < 6; ++i) uuid[static_cast<std::size_t>(i)] = static_cast<unsigned char>(ms >> (40 - 8 * i));
  uuid[6] = static_cast<unsigned char>(0x70 | (uuid[6] & 0x0f));
  uuid[8] = static_cast<unsigned char>(0x80 | (uuid[8] & 0x3f));
  return uuid;
}

Uuid uuid_v4(Random& random) {
  Uuid uuid;
  random.fill(uuid);
  uuid[6] = static_cast<unsigned char>(0x40 | (uuid[6] & 0x0f));
  uuid[8] = static_cast<unsigned char>(0x80 | (uuid[8] & 0x3f));
  return uuid;
}

}  // namespace navette
