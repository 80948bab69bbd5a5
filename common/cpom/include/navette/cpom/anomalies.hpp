// Rules between fields and records. They never refuse a change (offline merges could break any of them): they mark
// the dossier, and the blocking ones hold back its transitions (A15).
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "navette/base/id.hpp"
#include "navette/cpom/numbers.hpp"
#include "navette/schema/value.hpp"

namespace navette::cpom {

// One record that is not removed, with the values its reader may see.
struct RecordView {
  RecordId id;
  const schema::Kind* kind;  // of cpom_schema()
  std::map<FieldNumber, schema::Value> values;
};

enum class Severity : std::uint8_t { kBlocking, kWarning };

struct Anomaly {
  std::string rule;  // "BR-20"
  Severity severity;
  RecordId record;      // the contract's for a rule about the whole dossier
  std::string message;  // French

  friend bool operator==(const Anomaly&, const Anomaly&) = default;
};

// Counted on the shared fields only, so both parties see the same list. Sorted by rule, then in the order of `records`.
[[nodiscard]] std::vector<Anomaly> anomalies(std::span<const RecordView> records);

}  // namespace navette::cpom
