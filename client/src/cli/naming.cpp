#include "cli/naming.hpp"

#include "cli/print.hpp"
#include "navette/cpom/numbers.hpp"
#include "replica/open_replica.hpp"

namespace navette::client {
namespace {

constexpr std::size_t kTitleLength = 60;

std::string value_of(const sync::RecordRow& row, sync::FieldNumber field) {
  const auto found = row.values.find(field);
  return found == row.values.end() ? std::string() : schema::display(found->second);
}

std::string engagement_label(const sync::RecordRow& row) {
  const std::string number = value_of(row, cpom::engagement::kNumero);
  if (!number.empty()) return "engagement n° " + number;
  const std::string objective = value_of(row, cpom::engagement::kObjectif);
  return objective.empty() ? "engagement" : "engagement « " + one_line(objective, kTitleLength) + " »";
}

std::string record_label(sync::ReplicaStore& store, const sync::RecordRow& row) {
  const auto owner = row.owner.empty() ? std::nullopt : store.record(row.owner);
  const std::string under = owner && owner->kind == cpom::engagement::kKind ? engagement_label(*owner) : std::string();
  if (row.kind == cpom::engagement::kKind) return engagement_label(row);
  if (row.kind == cpom::indicateur::kKind) {
    const std::string title = value_of(row, cpom::indicateur::kIntitule);
    const std::string name = title.empty() ? "indicateur" : "« " + one_line(title, kTitleLength) + " »";
    return under.empty() ? name : under + " · " + name;
  }
  if (row.kind == cpom::diagnostic::kKind) {
    const std::string volet = value_of(row, cpom::diagnostic::kVolet);
    return !under.empty() ? under : volet.empty() ? "diagnostic" : "volet " + volet;
  }
  const schema::Kind* kind = replica_schema().kind(row.kind);
  return kind == nullptr ? "fiche" : kind->label;
}

}  // namespace

std::string dossier_name(const std::vector<sync::RecordRow>& records) {
  std::string site;
  for (const sync::RecordRow& row : records) {
    if (row.kind == cpom::entite_juridique::kKind) {
      const std::string name = value_of(row, cpom::entite_juridique::kRaisonSociale);
      if (!name.empty()) return name;
    }
    if (row.kind == cpom::site::kKind && site.empty()) site = value_of(row, cpom::site::kNom);
  }
  return site;
}

std::string dossier_name(sync::ReplicaStore& store, const DossierId& dossier) {
  const std::string name = dossier_name(store.records(dossier));
  return name.empty() ? "dossier " + dossier.text() : name;
}

std::string place_label(sync::ReplicaStore& store, const sync::FieldRef& at) {
  const schema::Kind* kind = replica_schema().kind(at.kind);
  const schema::Field* field = kind == nullptr ? nullptr : kind->field(at.field);
  const auto row = store.record(at.record);
  const std::string record = row ? record_label(store, *row) : kind == nullptr ? "fiche" : kind->label;
  return field == nullptr ? record : record + " · " + field->label;
}

}  // namespace navette::client
