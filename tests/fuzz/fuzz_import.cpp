// Files that people import: a report or one clear error, never more.
#include "law.hpp"
#include "navette/base/utf8.hpp"
#include "navette/cpom/csv.hpp"
#include "navette/cpom/dossier.hpp"
#include "navette/cpom/etablissements.hpp"
#include "script.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

void table(BytesView bytes, const cpom::CsvLimits& limits) {
  const auto parsed = cpom::parse_csv(bytes, limits);
  if (!parsed) return require(is_valid_utf8(parsed.error().message), "an error that people can read");
  require(parsed->rows.size() <= limits.max_rows && parsed->issues.size() <= limits.max_issues, "limits hold");
  std::size_t line = parsed->header.line;
  for (const cpom::CsvRow& row : parsed->rows) {
    require(row.line > line, "rows come in order");
    line = row.line;
    require(row.fields.size() <= limits.max_fields, "limits hold");
    for (const std::string& field : row.fields) require(is_valid_utf8(field), "what is read is text");
  }
}

void establishments(BytesView bytes) {
  const auto report = cpom::import_etablissements(bytes);
  if (!report) return;
  std::size_t sites = 0;
  for (const cpom::EntiteJuridique& entite : report->entites) {
    require(code_point_count(entite.finess) == 9, "an entité has its number");
    sites += entite.sites.size();
  }
  const cpom::ImportCounts& counts = report->counts;
  require(counts.entites == report->entites.size() && counts.sites == sites, "what is counted is there");
  require(counts.skipped + counts.duplicates + sites <= counts.rows, "every line counts once");
}

}  // namespace

void import(BytesView input) {
  Script script(input);
  switch (script.below(4)) {
    case 0:
      return establishments(script.rest());
    case 1:
      return void(cpom::parse_engagements(script.rest()));
    case 2: {
      cpom::CsvLimits limits;
      limits.max_record_bytes = 1 + script.byte();
      limits.max_fields = 1 + script.below(16);
      limits.max_rows = 1 + script.below(16);
      limits.max_issues = 1 + script.below(16);
      return table(script.rest(), limits);
    }
    default:
      return table(script.rest(), {});
  }
}

}  // namespace navette::fuzz
