// Tables as RFC 4180 writes them and as spreadsheets save them. Takes the bytes of a file; does no I/O.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"

namespace navette::cpom {

// Valid UTF-8 stays as it is (without its mark); anything else is read as CP1252, which Latin-1 is a part of.
struct DecodedText {
  std::string text;
  bool converted = false;  // it was not UTF-8
};
// Errors: kMalformed when the bytes are no text; says what they are (UTF-16, a spreadsheet's own format).
[[nodiscard]] Result<DecodedText> decode_text(BytesView bytes);

// Far above the whole national list (175,000 establishments, 70 MB); below what would exhaust a small server.
struct CsvLimits {
  std::size_t max_bytes = 128 * 1024 * 1024;
  std::size_t max_record_bytes = 64 * 1024;
  std::size_t max_fields = 256;
  std::size_t max_rows = 1'000'000;
  std::size_t max_issues = 1'000;  // a file with more is not the file that was meant
};

struct CsvRow {
  std::size_t line;  // in the file, from 1: where the row begins
  std::vector<std::string> fields;
};

// A row that was left out.
struct CsvIssue {
  std::size_t line;
  std::string message;  // French
};

struct CsvTable {
  char delimiter = ';';
  CsvRow header;
  std::vector<CsvRow> rows;  // blank lines left out; any number of fields
  std::vector<CsvIssue> issues;
  bool converted = false;  // see DecodedText
};

// The delimiter is the one of « ; », « , » and tabulation that the header has most of. A broken row becomes an issue,
// and reading goes on at the next line.
// Errors: kTooLarge (bytes, rows, issues), kMalformed (no text, no readable header).
[[nodiscard]] Result<CsvTable> parse_csv(BytesView bytes, const CsvLimits& limits = {});

}  // namespace navette::cpom
