#include "navette/cpom/csv.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "navette/base/utf8.hpp"

namespace navette::cpom {
namespace {

// CP1252 0x80 to 0x9F; the five bytes that it leaves undefined become U+FFFD.
constexpr std::array<char32_t, 32> kCp1252{0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                           0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
                                           0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                           0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

constexpr std::string_view kDelimiters = ";,\t";

char delimiter_of(std::string_view header) {
  std::array<std::size_t, kDelimiters.size()> counts{};
  bool quoted = false;
  for (char c : header) {
    if (c == '"') quoted = !quoted;
    const std::size_t which = kDelimiters.find(c);
    if (!quoted && which != std::string_view::npos) ++counts[which];
  }
  return kDelimiters[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

// Reads records one after the other; after a broken one it stands at the line that follows the record's first.
class Reader {
 public:
  Reader(std::string_view text, char delimiter, const CsvLimits& limits)
      : text_(text), delimiter_(delimiter), limits_(limits) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

  std::variant<CsvRow, CsvIssue> next() {
    const std::size_t start = at_;
    CsvRow row{line_, {}};
    std::string problem = read_fields(row, start);
    if (problem.empty()) return row;
    at_ = start;
    line_ = row.line;
    skip_line();
    return CsvIssue{row.line, std::move(problem)};
  }

 private:
  [[nodiscard]] char peek() const { return text_[at_]; }

  // One line end, "\r\n", "\n" or "\r"; false when there is none here.
  bool take_line_end() {
    if (at_end() || (peek() != '\n' && peek() != '\r')) return false;
    if (peek() == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
    return true;
  }

  void skip_line() {
    while (!at_end() && peek() != '\n' && peek() != '\r') ++at_;
    take_line_end();
  }

  // The problem, or nothing.
  std::string read_fields(CsvRow& row, std::size_t start) {
    for (;;) {
      if (row.fields.size() == limits_.max_fields) {
        return "plus de " + std::to_string(limits_.max_fields) + " colonnes";
      }
      std::string problem = !at_end() && peek() == '"' ? read_quoted(row, start) : read_bare(row, start);
      if (!problem.empty()) return problem;
      if (at_end() || take_line_end()) return {};
      ++at_;  // the delimiter
    }
  }

  [[nodiscard]] bool too_long(std::size_t start) const { return at_ - start > limits_.max_record_bytes; }

  std::string read_bare(CsvRow& row, std::size_t start) {
    const std::size_t begin = at_;
    while (!at_end() && peek() != delimiter_ && peek() != '\n' && peek() != '\r') {
      if (too_long(start)) return "ligne de plus de " + std::to_string(limits_.max_record_bytes) + " octets";
      ++at_;
    }
    row.fields.emplace_back(text_.substr(begin, at_ - begin));
    return {};
  }

  std::string read_quoted(CsvRow& row, std::size_t start) {
    std::string field;
    ++at_;
    for (;;) {
      if (at_end() || too_long(start)) return "guillemet ouvert et jamais refermé";
      if (peek() == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        ++at_;  // a doubled quote is one quote
      } else if (peek() == '\n' || peek() == '\r') {
        take_line_end();
        field += '\n';
        continue;
      }
      field += peek();
      ++at_;
    }
    ++at_;
    if (!at_end() && peek() != delimiter_ && peek() != '\n' && peek() != '\r') {
      return "du texte suit un guillemet fermant";
    }
    row.fields.push_back(std::move(field));
    return {};
  }

  std::string_view text_;
  char delimiter_;
  const CsvLimits& limits_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

// What a file is that people take for a table in text, by its first bytes; "" when nothing speaks against text.
std::string_view other_format(BytesView bytes) {
  struct Format {
    std::string_view beginning;
    std::string_view name;
  };
  constexpr std::array<Format, 7> kFormats{{{"PK\x03\x04", "un classeur (xlsx, ods) ou une archive zip"},
                                            {"\xd0\xcf\x11\xe0", "un ancien classeur Excel (xls)"},
                                            {"%PDF", "un document PDF"},
                                            {"\x1f\x8b", "un fichier compressé (gz)"},
                                            {"7z\xbc\xaf", "une archive 7z"},
                                            {"\xff\xfe", "en UTF-16"},
                                            {"\xfe\xff", "en UTF-16"}}};
  for (const Format& format : kFormats) {
    if (bytes.starts_with(format.beginning)) return format.name;
  }
  const auto zeros = std::ranges::count(bytes, '\0');
  if (zeros == 0) return {};
  // Without its mark, UTF-16 of a Western language has every second byte zero.
  return static_cast<std::size_t>(zeros) * 3 > bytes.size() ? "en UTF-16" : "un fichier binaire";
}

bool blank(const CsvRow& row) { return row.fields.size() == 1 && row.fields.front().empty(); }

}  // namespace

Result<DecodedText> decode_text(BytesView bytes) {
  if (const std::string_view other = other_format(bytes); !other.empty()) {
    return fail(ErrorCode::kMalformed, "ce fichier est " + std::string(other) +
                                           " : ouvrez-le dans votre tableur et enregistrez-le en CSV UTF-8");
  }
  if (is_valid_utf8(bytes)) {
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    return DecodedText{std::string(bytes), false};
  }
  std::u32string points;
  points.reserve(bytes.size());
  for (unsigned char byte : bytes) points += byte >= 0x80 && byte < 0xa0 ? kCp1252[byte - 0x80] : char32_t{byte};
  return DecodedText{to_utf8(points), true};
}

Result<CsvTable> parse_csv(BytesView bytes, const CsvLimits& limits) {
  if (bytes.size() > limits.max_bytes) {
    return fail(ErrorCode::kTooLarge,
                "ce fichier dépasse " + std::to_string(limits.max_bytes) + " octets : découpez-le");
  }
  NAVETTE_ASSIGN(const DecodedText decoded, decode_text(bytes));
  const std::string_view text = decoded.text;
  CsvTable table;
  table.converted = decoded.converted;
  table.delimiter = delimiter_of(text.substr(0, text.find_first_of("\r\n")));
  Reader reader(text, table.delimiter, limits);
  if (reader.at_end()) return fail(ErrorCode::kMalformed, "ce fichier est vide : une ligne de titres est attendue");
  auto first = reader.next();
  if (const auto* issue = std::get_if<CsvIssue>(&first)) {
    return fail(ErrorCode::kMalformed, "la ligne de titres est illisible : " + issue->message);
  }
  table.header = std::get<CsvRow>(std::move(first));
  while (!reader.at_end()) {
    auto next = reader.next();
    if (auto* issue = std::get_if<CsvIssue>(&next)) {
      if (table.issues.size() == limits.max_issues) {
        return fail(ErrorCode::kTooLarge, "plus de " + std::to_string(limits.max_issues) +
                                              " lignes illisibles : vérifiez que c'est le bon fichier");
      }
      table.issues.push_back(std::move(*issue));
      continue;
    }
    auto& row = std::get<CsvRow>(next);
    if (blank(row)) continue;
    if (table.rows.size() == limits.max_rows) {
      return fail(ErrorCode::kTooLarge, "plus de " + std::to_string(limits.max_rows) + " lignes : découpez ce fichier");
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace navette::cpom
