// Words that occur nowhere else: what is lost, doubled or shown to the wrong party can be told by its characters.
#pragma once

#include <map>
#include <set>
#include <string>

#include "navette/sync/authority.hpp"

namespace navette::test {

using Words = std::set<char32_t>;

// Every character from kFirst on is a word. Those of private fields need four bytes: no hash looks like them by chance.
class WordBook {
 public:
  static constexpr char32_t kFirst = U'\u4E00';
  static constexpr char32_t kFirstPrivate = U'\U00020000';
  static constexpr char32_t kFirstPhrase = U'\u3400';  // phrases that several people write: not followed

  // A new word for a field of that audience.
  char32_t fresh(schema::Audience audience);
  // It was entered on a device.
  void written(char32_t word) { written_.insert(word); }
  [[nodiscard]] const Words& all_written() const { return written_; }
  // Words in those bytes that this party may not read.
  [[nodiscard]] Words leaked(BytesView bytes, schema::Party reader) const;

 private:
  char32_t next_ = kFirst;
  char32_t next_private_ = kFirstPrivate;
  std::map<char32_t, schema::Audience> private_;
  Words written_;
};

[[nodiscard]] Words words_of(const sync::Value& value);
[[nodiscard]] Words words_of(const sync::DossierState& state);  // visible or in an open conflict
// Private values of removed records: until their party's next push they wait for its recycle bin.
[[nodiscard]] Words leftovers_of(const sync::DossierState& state);
void add(Words& to, const Words& more);
[[nodiscard]] Words without(Words from, const Words& less);
[[nodiscard]] std::string shown(const Words& words);

}  // namespace navette::test
