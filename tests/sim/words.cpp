#include "words.hpp"

#include "navette/base/utf8.hpp"
#include "support/test_schema.hpp"

namespace navette::test {

char32_t WordBook::fresh(schema::Audience audience) {
  if (audience == schema::Audience::kShared) return next_++;
  private_[next_private_] = audience;
  return next_private_++;
}

Words WordBook::leaked(BytesView bytes, schema::Party reader) const {
  Words found;
  for (std::size_t i = 0; i + 3 < bytes.size(); ++i) {
    const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(bytes[i + k]); };
    const auto follows = [&](std::size_t k) { return (byte(k) & 0xc0) == 0x80; };
    if (byte(0) != 0xF0 || !follows(1) || !follows(2) || !follows(3)) continue;
    const char32_t point = (byte(1) & 0x3fu) << 12 | (byte(2) & 0x3fu) << 6 | (byte(3) & 0x3fu);
    const auto word = private_.find(point);
    if (word != private_.end() && !schema::readable(word->second, reader)) found.insert(point);
  }
  return found;
}

Words words_of(const sync::Value& value) {
  Words words;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (*number >= WordBook::kFirst) words.insert(static_cast<char32_t>(*number));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    for (const char32_t point : to_code_points(*text)) {
      if (point >= WordBook::kFirst) words.insert(point);
    }
  }
  return words;
}

Words words_of(const sync::DossierState& state) {
  Words words;
  for (const auto& [id, record] : state.records) {
    if (record.removed) continue;
    for (const sync::FieldState& field : record.fields) add(words, words_of(field.value));
  }
  for (const auto& [id, conflict] : state.open) add(words, words_of(conflict.incoming));
  return words;
}

Words leftovers_of(const sync::DossierState& state) {
  Words words;
  for (const auto& [id, record] : state.records) {
    for (const sync::FieldState& field : record.fields) {
      const bool left =
          record.removed && test_schema().kind(record.kind)->field(field.field)->audience != schema::Audience::kShared;
      if (left) add(words, words_of(field.value));
    }
  }
  return words;
}

void add(Words& to, const Words& more) { to.insert(more.begin(), more.end()); }

Words without(Words from, const Words& less) {
  for (const char32_t word : less) from.erase(word);
  return from;
}

std::string shown(const Words& words) { return to_utf8(std::u32string(words.begin(), words.end())); }

}  // namespace navette::test
