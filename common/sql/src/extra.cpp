#include "extra.hpp"

#include <optional>

namespace navette::sql {
namespace {

void put_number(Bytes& out, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

std::optional<std::uint64_t> take_number(BytesView& in, std::size_t size) {
  if (in.size() < size) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{static_cast<unsigned char>(in[i])} << (8 * i);
  in.remove_prefix(size);
  return value;
}

}  // namespace

Bytes encode_extra(const Values& values) {
  Bytes out;
  for (const auto& [field, value] : values) {
    if (schema::is_empty(value)) continue;
    put_number(out, field, 2);
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      out += 'i';
      put_number(out, static_cast<std::uint64_t>(*number), 8);
    } else {
      const std::string_view text = schema::text_of(value);
      out += 't';
      put_number(out, text.size(), 4);
      out += text;
    }
  }
  return out;
}

Result<Values> decode_extra(BytesView bytes) {
  Values values;
  const auto wrong = [] {
    return fail(ErrorCode::kCorrupt, "colonne « extra » illisible : resynchronisez ce dossier");
  };
  while (!bytes.empty()) {
    const auto field = take_number(bytes, 2);
    const auto type = take_number(bytes, 1);
    const auto payload = take_number(bytes, type == 'i' ? 8 : 4);
    if (!field || !type || !payload) return wrong();
    schema::Value& value = values[static_cast<schema::FieldNumber>(*field)];
    if (*type == 'i') {
      value = static_cast<std::int64_t>(*payload);
    } else {
      if (*type != 't' || *payload > bytes.size()) return wrong();
      value = std::string(bytes.substr(0, *payload));
      bytes.remove_prefix(*payload);
    }
  }
  return values;
}

}  // namespace navette::sql
