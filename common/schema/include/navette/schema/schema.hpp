// The schema: kinds, fields, audiences and rights as a table. The engine knows nothing else of what it synchronises.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navette/base/error.hpp"
#include "navette/base/id.hpp"
#include "navette/schema/unit.hpp"
#include "navette/schema/value.hpp"

namespace navette::schema {

enum class Party : std::uint8_t { kStructure, kAgence };

// Who may read: both parties, or one alone. One audience of one dossier is a stream.
enum class Audience : std::uint8_t { kShared, kStructure, kAgence };
inline constexpr std::size_t kAudienceCount = 3;
inline constexpr std::array<Audience, kAudienceCount> kAudiences{Audience::kShared, Audience::kStructure,
                                                                 Audience::kAgence};
[[nodiscard]] std::string_view name_of(Party party);        // "structure", "agence"
[[nodiscard]] std::string_view name_of(Audience audience);  // "shared", "structure", "agence"
[[nodiscard]] std::string_view label_of(Party party);       // "établissement", "agence": for people
[[nodiscard]] bool readable(Audience audience, Party party);
[[nodiscard]] Audience own_audience(Party party);

using KindNumber = std::uint16_t;   // never reused, never renumbered: they are on the wire and on disk
using FieldNumber = std::uint16_t;  // within its kind, likewise
using RoleNumber = std::uint8_t;
using PhaseMask = std::uint32_t;  // bit n: phase n of Schema::phases
inline constexpr PhaseMask kEveryPhase = ~PhaseMask{0};

enum class FieldType : std::uint8_t {
  kText,       // long text, merged by units
  kLabel,      // short text on one line, a scalar
  kInteger,    // whole number
  kBoolean,    // oui / non
  kDate,       // YYYY-MM-DD
  kCode,       // one of `codes`
  kFiness,     // 9 characters with their key (domain B2)
  kMeasure,    // a number, oui / non, or a short milestone (BR-27)
  kReference,  // another record of the dossier
  kOwner,      // the record that owns this one; given at creation, never changed
  kPhase,      // one of `codes` = Schema::phases; changes only by a transition, never merged
};

struct Field {
  FieldNumber number;
  std::string name;
  FieldType type;
  Audience audience = Audience::kShared;
  Unit unit = Unit::kSentence;          // of a kText
  std::uint32_t max_length = 0;         // code points of texts and labels
  std::vector<std::string> codes = {};  // of a kCode, kPhase
  KindNumber target = 0;                // of a kOwner, kReference: the kind it points to
  std::vector<PhaseMask> write = {};    // by role number: the phases in which that role may write; absent: none
  FieldNumber publishes_to = 0;         // of a private draft text: the field that publishing writes
  std::string label = {};               // what people read, French
  bool required = false;                // of a kOwner: no such record hangs at the dossier itself

  [[nodiscard]] bool merges() const { return type == FieldType::kText; }
  [[nodiscard]] bool writable(RoleNumber role, unsigned phase) const {
    return role < write.size() && (write[role] >> phase & 1) != 0;
  }
};

struct Kind {
  KindNumber number;
  std::string name;
  std::vector<Field> fields;
  std::vector<PhaseMask> create = {};  // by role: phases in which that role may add or remove such a record
  std::string label = {};
  bool server_only = false;          // made by the agency server (imports, dossier creation), never by a client
  std::uint32_t max_records = 1000;  // per dossier; reason: bounds what one push can make everybody load

  [[nodiscard]] const Field* field(FieldNumber field_number) const;
  [[nodiscard]] const Field* field(std::string_view field_name) const;
  [[nodiscard]] bool creatable(RoleNumber role, unsigned phase) const {
    return !server_only && role < create.size() && (create[role] >> phase & 1) != 0;
  }
};

struct Role {
  std::string name;
  Party party;
  std::string label = {};  // what people read, French
};

// A phase change that a role may make.
struct Transition {
  unsigned from;
  unsigned to;
  RoleNumber role;
};

struct Schema {
  std::uint32_t version = 1;  // a push names it; servers read every version ever issued
  std::vector<Role> roles;
  std::vector<std::string> phases;
  std::vector<std::string> phase_labels = {};  // what people read, French; by phase
  std::vector<Transition> transitions;
  std::vector<Kind> kinds;  // kinds[0] is the root: one record of it per dossier, holding the phase

  [[nodiscard]] const Kind* kind(KindNumber number) const;
  [[nodiscard]] const Kind* kind(std::string_view name) const;
  [[nodiscard]] const Kind& root() const { return kinds.front(); }
  [[nodiscard]] std::optional<RoleNumber> role(std::string_view name) const;
  [[nodiscard]] std::optional<unsigned> phase(std::string_view name) const;
  [[nodiscard]] const Field* phase_field() const;  // of the root
  // For people; the name itself where the table has no label.
  [[nodiscard]] const std::string& phase_label(unsigned phase) const;
  [[nodiscard]] const std::string& role_label(RoleNumber role) const;
};

// A table that contradicts itself (numbers twice, unknown targets, …) is a defect: tests call this.
[[nodiscard]] Result<void> validate(const Schema& schema);

}  // namespace navette::schema
