// The records of a snapshot, column by column: ids together, then kind by kind and field by field the values. What is
// alike stands side by side, which is what a compressor needs. One writing only: what the writer would have written
// otherwise is refused. Included by codec.cpp only. PROTOCOL.md, "Records in columns".
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "archive.hpp"
#include "navette/sync/revision.hpp"

namespace navette::sync {

// REQUIRES, to write: ids strictly ascending, and in each record the fields.
struct RecordColumns {
  std::vector<RecordContent>& records;
};

enum class ColumnForm : std::uint8_t { kNumbers, kTexts, kDates, kTable, kMixed };

// A table pays where few short texts come again and again: codes. A string holds that many bytes in itself, so that an
// index of one byte asks for no memory beyond the value.
inline constexpr std::size_t kTableEntries = 64;
inline constexpr std::size_t kTableEntryBytes = 15;
// Dates count from 2020-01-01: those of contracts in force take two bytes.
inline constexpr std::int64_t kFirstDay = 18'262;
// What a record and a value hold in memory, with room to grow.
inline constexpr std::size_t kRecordMemory = 128;
inline constexpr std::size_t kValueMemory = 64;

using Column = std::vector<const Value*>;

namespace columns {

inline bool leap(std::int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
inline std::int64_t days_of(std::int64_t month, std::int64_t year) {
  constexpr std::array<std::int64_t, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap(year) ? 1 : 0);
}
// Days between 0000-03-01 and the first of March of that year (Gregorian, also before its time).
inline std::int64_t days_to_march(std::int64_t year) { return 365 * year + year / 4 - year / 100 + year / 400; }
// Days between the first of March and the first of that month, counted from March.
inline std::int64_t days_to_month(std::int64_t month_from_march) { return (153 * month_from_march + 2) / 5; }

// The day of a text that is a date and nothing else, AAAA-MM-JJ; from 2020-01-01.
inline std::optional<std::int64_t> day_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) -> std::int64_t {
    std::int64_t value = 0;
    for (const char digit : text.substr(at, digits)) {
      if (digit < '0' || digit > '9') return -1;
      value = 10 * value + (digit - '0');
    }
    return value;
  };
  const std::int64_t year = number(0, 4);
  const std::int64_t month = number(5, 2);
  const std::int64_t day = number(8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of(month, year)) return std::nullopt;
  const bool early = month < 3;                    // January and February belong to the year before
  constexpr std::int64_t kMarchToEpoch = 719'468;  // 0000-03-01 to 1970-01-01
  return days_to_march(early ? year - 1 : year) + days_to_month(early ? month + 9 : month - 3) + day - 1 -
         kMarchToEpoch - kFirstDay;
}

inline std::string date_of(std::int64_t day) {
  constexpr std::int64_t kMarchToEpoch = 719'468;
  constexpr std::int64_t kFurthest = 3'000'000;  // days; beyond year 9999 on either side
  if (day < -kFurthest || day > kFurthest) malformed("no such day");
  const std::int64_t days = day + kFirstDay + kMarchToEpoch;
  std::int64_t year = days * 400 / 146'097;
  while (days_to_march(year) > days) --year;
  while (days_to_march(year + 1) <= days) ++year;
  const std::int64_t rest = days - days_to_march(year);
  const std::int64_t from_march = (5 * rest + 2) / 153;
  const std::int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
  if (month < 3) ++year;
  if (year < 1 || year > 9999) malformed("no such day");
  std::string text = "0000-00-00";
  const auto put = [&](std::size_t at, std::size_t digits, std::int64_t value) {
    for (std::size_t i = digits; i > 0; --i, value /= 10) text[at + i - 1] = static_cast<char>('0' + value % 10);
  };
  put(0, 4, year);
  put(5, 2, month);
  put(8, 2, rest - days_to_month(from_march) + 1);
  return text;
}

// The distinct texts in the order in which they appear; nothing if a table does not pay.
inline std::optional<std::vector<std::string_view>> table_of(const Column& column) {
  std::vector<std::string_view> table;
  std::set<std::string_view> known;
  for (const Value* value : column) {
    const std::string& text = std::get<std::string>(*value);
    if (text.size() > kTableEntryBytes) return std::nullopt;
    if (!known.insert(text).second) continue;
    table.push_back(text);
    if (table.size() > kTableEntries || 2 * table.size() > column.size()) return std::nullopt;
  }
  return table;
}

inline ColumnForm form_of(const Column& column) {
  const auto all = [&](auto is) { return std::ranges::all_of(column, [&](const Value* value) { return is(*value); }); };
  if (all([](const Value& value) { return std::holds_alternative<std::int64_t>(value); })) return ColumnForm::kNumbers;
  if (!all([](const Value& value) { return std::holds_alternative<std::string>(value); })) return ColumnForm::kMixed;
  if (all([](const Value& value) { return day_of(std::get<std::string>(value)).has_value(); }))
    return ColumnForm::kDates;
  return table_of(column) ? ColumnForm::kTable : ColumnForm::kTexts;
}

inline void write(Writer& out, const Column& column) {
  const ColumnForm form = form_of(column);
  out.varint(static_cast<std::uint64_t>(form));
  const auto text = [](const Value* value) -> const std::string& { return std::get<std::string>(*value); };
  switch (form) {
    case ColumnForm::kNumbers:
      for (const Value* value : column) out(std::get<std::int64_t>(*value));
      break;
    case ColumnForm::kTexts:
      for (const Value* value : column) out.varint(text(value).size());
      for (const Value* value : column) out.raw(text(value).data(), text(value).size());
      break;
    case ColumnForm::kDates:
      for (const Value* value : column) out(*day_of(text(value)));
      break;
    case ColumnForm::kTable: {
      const std::vector<std::string_view> table = *table_of(column);
      out.varint(table.size());
      for (const std::string_view entry : table) out(std::string(entry));
      for (const Value* value : column) {
        out.varint(static_cast<std::uint64_t>(std::ranges::find(table, text(value)) - table.begin()));
      }
      break;
    }
    case ColumnForm::kMixed:
      for (const Value* value : column) out(*value);
      break;
  }
}

inline void read_texts(Reader& in, std::vector<Value>& column) {
  std::vector<std::size_t> sizes(column.size());
  for (std::size_t& size : sizes) size = in.count(1);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const BytesView text = in.take(sizes[i]);
    if (!is_valid_utf8(text)) malformed("text is not UTF-8");
    column[i] = std::string(text);
  }
}

inline void read_table(Reader& in, std::vector<Value>& column) {
  std::vector<std::string> table(in.count(sizeof(std::string)));
  for (std::string& entry : table) {
    in(entry);
    if (entry.size() > kTableEntryBytes) malformed("a table of long texts");
  }
  if (std::set(table.begin(), table.end()).size() != table.size()) malformed("a table that says one thing twice");
  std::size_t seen = 0;
  for (Value& value : column) {
    const std::uint64_t index = in.varint();
    if (index > seen || index >= table.size()) malformed("a table out of order");
    if (index == seen) ++seen;
    value = table[index];
  }
  if (seen != table.size()) malformed("a table that holds too much");
}

inline std::vector<Value> read(Reader& in, std::size_t size) {
  const std::uint64_t form = in.varint();
  std::vector<Value> column(size);
  switch (form) {
    case static_cast<std::uint64_t>(ColumnForm::kNumbers):
      for (Value& value : column) in(value.emplace<std::int64_t>());
      break;
    case static_cast<std::uint64_t>(ColumnForm::kTexts):
      read_texts(in, column);
      break;
    case static_cast<std::uint64_t>(ColumnForm::kDates):
      for (Value& value : column) {
        std::int64_t day = 0;
        in(day);
        value = date_of(day);
      }
      break;
    case static_cast<std::uint64_t>(ColumnForm::kTable):
      read_table(in, column);
      break;
    case static_cast<std::uint64_t>(ColumnForm::kMixed):
      for (Value& value : column) in(value);
      break;
    default:
      malformed("unknown form of a column");
  }
  Column held;
  for (const Value& value : column) held.push_back(&value);
  if (static_cast<std::uint64_t>(form_of(held)) != form) malformed("a column in another form than its own");
  return column;
}

inline std::size_t common_prefix(const std::vector<RecordContent>& records) {
  // Ascending: what the first and the last have in common, all have.
  const Uuid& first = records.front().record.value;
  const Uuid& last = records.back().record.value;
  return static_cast<std::size_t>(std::ranges::mismatch(first, last).in1 - first.begin());
}

inline std::uint64_t owner_code(const std::vector<RecordContent>& records, const RecordId& owner) {
  if (owner.empty()) return 0;
  const auto place = std::ranges::lower_bound(records, owner, {}, &RecordContent::record);
  const bool here = place != records.end() && place->record == owner;
  return (here ? static_cast<std::uint64_t>(place - records.begin()) : records.size()) + 1;
}

// The places of the records of each kind.
inline std::map<KindNumber, std::vector<std::size_t>> by_kind(const std::vector<RecordContent>& records) {
  std::map<KindNumber, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < records.size(); ++i) places[records[i].kind].push_back(i);
  return places;
}

}  // namespace columns

inline void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const RecordColumns& item) {
  const std::vector<RecordContent>& records = item.records;
  out.varint(records.size());
  if (records.empty()) return;
  const std::size_t prefix = columns::common_prefix(records);
  out.varint(prefix);
  out.raw(records.front().record.value.data(), prefix);
  for (const RecordContent& record : records) out.raw(record.record.value.data() + prefix, 16 - prefix);
  for (const RecordContent& record : records) out.varint(record.kind);
  for (const RecordContent& record : records) {
    const std::uint64_t code = columns::owner_code(records, record.owner);
    out.varint(code);
    if (code > records.size()) out.raw(record.owner.value.data(), 16);
  }
  for (const auto& [kind, places] : columns::by_kind(records)) {
    std::map<FieldNumber, std::pair<Column, std::string>> fields;  // the values; who has one, a bit each
    for (std::size_t i = 0; i < places.size(); ++i) {
      for (const auto& [number, value] : records[places[i]].values) {
        auto& [column, holders] = fields[number];
        column.push_back(&value);
        holders.resize((places.size() + 7) / 8);
        holders[i / 8] = static_cast<char>(holders[i / 8] | 1 << i % 8);
      }
    }
    out.varint(fields.size());
    for (const auto& [number, field] : fields) {
      const auto& [column, holders] = field;
      out.varint(number);
      out.varint(column.size());
      if (column.size() < places.size()) out.raw(holders.data(), holders.size());
      columns::write(out, column);
    }
  }
}

inline void CEREAL_LOAD_FUNCTION_NAME(Reader& in, RecordColumns& item) {
  std::vector<RecordContent>& records = item.records;
  records.clear();
  records.resize(in.count(kRecordMemory));
  if (records.empty()) return;
  const std::uint64_t prefix = in.varint();
  if (prefix > 16) malformed("an id longer than ids are");
  const BytesView common = in.take(prefix);
  for (RecordContent& record : records) {
    std::ranges::copy(common, record.record.value.begin());
    in.raw(record.record.value.data() + prefix, 16 - prefix);
  }
  const bool ascending =
      std::ranges::adjacent_find(records, std::ranges::greater_equal{}, &RecordContent::record) == records.end();
  if (!ascending || columns::common_prefix(records) != prefix) malformed("records out of order");
  for (RecordContent& record : records) in(record.kind);
  for (RecordContent& record : records) {
    const std::uint64_t code = in.varint();
    if (code > records.size() + 1) malformed("no such owner");
    if (code > records.size()) in.raw(record.owner.value.data(), 16);
    if (code > 0 && code <= records.size()) record.owner = records[code - 1].record;
    if (columns::owner_code(records, record.owner) != code) malformed("an owner in another form than its own");
  }
  for (const auto& [kind, places] : columns::by_kind(records)) {
    std::optional<FieldNumber> before;
    for (std::size_t left = in.count(1); left > 0; --left) {
      FieldNumber number = 0;
      in(number);
      const std::size_t size = in.count(kValueMemory);
      const bool ordered = !before || *before < number;
      if (!ordered || size == 0 || size > places.size()) malformed("columns out of order");
      before = number;
      std::vector<std::size_t> holders = places;
      if (size < places.size()) {
        const BytesView bits = in.take((places.size() + 7) / 8);
        const auto holds = [&](std::size_t i) { return (bits[i / 8] >> i % 8 & 1) != 0; };
        holders.clear();
        for (std::size_t i = 0; i < bits.size() * 8; ++i) {
          if (!holds(i)) continue;
          if (i >= places.size()) malformed("a value of no record");
          holders.push_back(places[i]);
        }
        if (holders.size() != size) malformed("a column of another length");
      }
      std::vector<Value> column = columns::read(in, size);
      for (std::size_t i = 0; i < size; ++i) records[holders[i]].values.emplace_back(number, std::move(column[i]));
    }
  }
}

}  // namespace navette::sync
