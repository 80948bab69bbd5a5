// The workload generator, draw for draw the same as the reference in JavaScript: same names, same streams, same hashes.
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace navette::bench {

using Json = nlohmann::json;

inline constexpr unsigned kRecords = 70;  // of one contract
inline constexpr unsigned kTexts = 25;
inline constexpr unsigned kFields = 12;

// mulberry32, seeded by the FNV-1a hash of the stream's name.
class Stream {
 public:
  explicit Stream(std::string_view name);
  std::uint32_t operator()();

 private:
  std::uint32_t state_;
};

struct Contract {
  unsigned number = 0;
  std::array<std::array<Json, kFields>, kRecords> records;  // strings, numbers, booleans
  std::array<std::string, kTexts> texts;
};
[[nodiscard]] Contract make_contract(unsigned number);
[[nodiscard]] std::array<Json, kFields> make_record(unsigned contract, unsigned record);
[[nodiscard]] std::string make_text(unsigned contract, unsigned text);
[[nodiscard]] std::vector<Contract> make_contracts(unsigned count);

// One offline edit. Positions count code points of the text as its author has it then.
struct Edit {
  enum class Kind : std::uint8_t { kSet, kInsert, kErase };
  Kind kind = Kind::kSet;
  unsigned contract = 0;
  unsigned item = 0;   // record or text
  unsigned field = 0;  // of a record
  Json value;          // kSet
  std::uint32_t position = 0;
  std::uint32_t count = 0;  // kErase
  std::string inserted;
};
// Edits of one client over the contracts 0 … contracts-1. Texts of contracts that are not in `base` are made again.
[[nodiscard]] std::vector<Edit> make_edits(std::string_view client, unsigned count, unsigned contracts,
                                           const std::vector<Contract>& base);
[[nodiscard]] std::string apply_edit(const Edit& edit, std::string_view text);

[[nodiscard]] std::string record_name(unsigned contract, unsigned record);
[[nodiscard]] std::string text_name(unsigned contract, unsigned text);

// The state of one contract as text: names in order, JSON without spaces.
struct NamedState {
  std::map<std::string, Json> records;  // arrays of twelve
  std::map<std::string, std::string> texts;
};
[[nodiscard]] NamedState named(const Contract& contract);
[[nodiscard]] std::string canonical(const NamedState& state);
[[nodiscard]] std::string canonical(const std::vector<Contract>& contracts);

// Empty: the hashes of section 2 come out. Otherwise which one does not.
[[nodiscard]] std::string wrong_check_value();

}  // namespace navette::bench
