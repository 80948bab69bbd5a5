// The CPOM table: itself, its rights (domain A2.4), its workflow, and the rules between records.
#include "navette/cpom/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "navette/base/utf8.hpp"
#include "navette/cpom/anomalies.hpp"

namespace navette::cpom {
namespace {

using testing::HasSubstr;

// The phases in which a role may write a field, one letter each: « n.s.. » reads negociation and signature.
std::string may_write(std::string_view kind, std::string_view field, RoleNumber role) {
  std::string out;
  const schema::Field* one = cpom_schema().kind(kind)->field(field);
  for (unsigned phase = 0; phase < cpom_schema().phases.size(); ++phase) {
    out += one->writable(role, phase) ? "nvsec"[phase] : '.';
  }
  return out;
}

TEST(CpomTable, HoldsTogether) {
  const auto valid = schema::validate(cpom_schema());
  EXPECT_TRUE(valid.has_value()) << valid.error().message;
  EXPECT_EQ(cpom_schema().role("correspondant"), kCorrespondant);
  EXPECT_EQ(cpom_schema().role("negociateur"), kNegociateur);
  EXPECT_EQ(cpom_schema().phase("negociation"), kNegociation);
  EXPECT_EQ(cpom_schema().phase("clos"), kClos);
  EXPECT_EQ(cpom_schema().root().name, "contrat");
}

TEST(CpomTable, NumbersAreTheOnesWrittenDown) {
  const auto number = [](std::string_view kind, std::string_view field) {
    return cpom_schema().kind(kind)->field(field)->number;
  };
  EXPECT_EQ(number("contrat", "enjeux"), 10);
  EXPECT_EQ(number("entite_juridique", "fonction"), 11);
  EXPECT_EQ(number("site", "siret"), 13);
  EXPECT_EQ(number("engagement", "theme"), 10);
  EXPECT_EQ(number("indicateur", "cible_n5"), 13);
  EXPECT_EQ(number("indicateur", "realise_n1"), 14);
  EXPECT_EQ(number("indicateur", "realise_n5"), 18);
  EXPECT_EQ(number("indicateur", "statut"), 19);
  EXPECT_EQ(number("diagnostic", "brouillon_ars"), 7);
}

TEST(CpomTable, EverythingHasALabelForPeople) {
  for (const schema::Kind& kind : cpom_schema().kinds) {
    EXPECT_FALSE(kind.label.empty()) << kind.name;
    for (const schema::Field& field : kind.fields) EXPECT_FALSE(field.label.empty()) << kind.name << "." << field.name;
  }
}

TEST(CpomRights, IdentitiesAreTheAgencys) {
  EXPECT_EQ(may_write("entite_juridique", "raison_sociale", kNegociateur), "n....");
  EXPECT_EQ(may_write("entite_juridique", "raison_sociale", kCorrespondant), ".....");
  EXPECT_EQ(may_write("site", "adresse", kNegociateur), "n....");
  EXPECT_EQ(may_write("site", "finess", kNegociateur), ".....");
  for (const char* kind : {"contrat", "entite_juridique", "site"}) {
    EXPECT_FALSE(cpom_schema().kind(kind)->creatable(kNegociateur, kNegociation)) << kind;
  }
}

TEST(CpomRights, EngagementsAreNegotiatedByBothThenFrozen) {
  for (RoleNumber role : {kCorrespondant, kNegociateur}) {
    EXPECT_EQ(may_write("engagement", "objectif", role), "n....");
    EXPECT_EQ(may_write("indicateur", "cible_n3", role), "n....");
    EXPECT_EQ(may_write("contrat", "forces", role), "n....");
    EXPECT_EQ(may_write("diagnostic", "partage", role), "n....");
    EXPECT_EQ(may_write("indicateur", "statut", role), "n..e.");
    EXPECT_TRUE(cpom_schema().kind("engagement")->creatable(role, kNegociation));
    EXPECT_FALSE(cpom_schema().kind("engagement")->creatable(role, kEnVigueur));  // BR-65
    EXPECT_TRUE(cpom_schema().kind("diagnostic")->creatable(role, kNegociation));
    EXPECT_EQ(may_write("contrat", "phase", role), ".....");
  }
}

TEST(CpomRights, RealisedValuesAreTheStructures) {  // BR-62
  EXPECT_EQ(may_write("indicateur", "realise_n1", kCorrespondant), "n..e.");
  EXPECT_EQ(may_write("indicateur", "realise_n5", kNegociateur), ".....");
}

TEST(CpomRights, EachSideWritesItsOwnDiagnosisAndDraft) {
  EXPECT_EQ(may_write("diagnostic", "structure", kCorrespondant), "n....");
  EXPECT_EQ(may_write("diagnostic", "structure", kNegociateur), ".....");
  EXPECT_EQ(may_write("diagnostic", "ars", kCorrespondant), ".....");
  EXPECT_EQ(may_write("diagnostic", "ars", kNegociateur), "n....");
  EXPECT_EQ(may_write("diagnostic", "brouillon_structure", kCorrespondant), "nvse.");
  EXPECT_EQ(may_write("diagnostic", "brouillon_structure", kNegociateur), ".....");
  EXPECT_EQ(may_write("diagnostic", "brouillon_ars", kNegociateur), "nvse.");
  const schema::Kind& kind = *cpom_schema().kind("diagnostic");
  EXPECT_EQ(kind.field("brouillon_structure")->audience, schema::Audience::kStructure);
  EXPECT_EQ(kind.field("brouillon_ars")->audience, schema::Audience::kAgence);
  EXPECT_EQ(kind.field("brouillon_structure")->publishes_to, kind.field("structure")->number);
  EXPECT_EQ(kind.field("brouillon_ars")->publishes_to, kind.field("ars")->number);
}

TEST(CpomWorkflow, OnlyTheAgencyMovesTheContractAndNeverBackFromForce) {
  std::vector<std::string> moves;
  for (const schema::Transition& one : cpom_schema().transitions) {
    EXPECT_EQ(one.role, kNegociateur);
    moves.push_back(cpom_schema().phases[one.from] + ">" + cpom_schema().phases[one.to]);
  }
  EXPECT_THAT(moves,
              testing::UnorderedElementsAre("negociation>validation", "validation>negociation", "validation>signature",
                                            "signature>negociation", "signature>en_vigueur", "en_vigueur>clos"));
}

// A dossier that has no anomaly until a test breaks it.
class Rules : public testing::Test {
 protected:
  Rules() {
    add("contrat", {});
    add("entite_juridique", {{entite_juridique::kFiness, "990000010"}});
    add("site", {{site::kFiness, "990000028"}});
    for (int i = 0; i < 3; ++i) add_engagement();
  }

  RecordView& add(std::string_view kind, std::map<FieldNumber, schema::Value> values) {
    RecordId id;
    id.value[0] = static_cast<unsigned char>(records_.size() + 1);
    records_.push_back({id, cpom_schema().kind(kind), std::move(values)});
    return records_.back();
  }

  void add_engagement() {
    const RecordId id = add("engagement", {{engagement::kFiness, "990000028"},
                                           {engagement::kNumero, std::int64_t{1}},
                                           {engagement::kObjectif, "Un objectif."}})
                            .id;
    add("indicateur", {{indicateur::kEngagement, id.text()},
                       {indicateur::kIntitule, "Un taux"},
                       {indicateur::kModeCalcul, "a / b"},
                       {indicateur::kUnite, "%"},
                       {indicateur::kSource, "PMSI"}});
  }

  RecordView& first_engagement() { return records_[3]; }
  RecordView& first_indicateur() { return records_[4]; }

  // « BR-20! » blocks, « BR-20? » warns.
  std::string found() const {
    std::string out;
    for (const Anomaly& one : anomalies(records_)) {
      EXPECT_TRUE(is_valid_utf8(one.message));
      out += (out.empty() ? "" : " ") + one.rule + (one.severity == Severity::kBlocking ? "!" : "?");
    }
    return out;
  }

  std::vector<RecordView> records_;
};

TEST_F(Rules, ASoundDossierHasNoAnomaly) { EXPECT_EQ(found(), ""); }

TEST_F(Rules, ThreeToTenEngagements) {  // BR-20
  while (records_.size() < 3 + 2 * 10) add_engagement();
  EXPECT_EQ(found(), "");
  add_engagement();
  EXPECT_EQ(found(), "BR-20! BR-23?");
  EXPECT_EQ(anomalies(records_)[0].record, records_[0].id);
  records_.resize(3 + 2 * 2);
  EXPECT_EQ(found(), "BR-20?");
  records_.resize(3);
  EXPECT_EQ(found(), "BR-20?") << "legal: the socle commun alone (BR-16)";
}

TEST_F(Rules, AnEngagementBelongsToThePerimeter) {  // BR-21
  first_engagement().values[engagement::kFiness] = "990000010";
  EXPECT_EQ(found(), "") << "the entité juridique itself";
  first_engagement().values[engagement::kFiness] = "990000036";
  EXPECT_EQ(found(), "BR-21!");
  first_engagement().values.erase(engagement::kFiness);
  EXPECT_EQ(found(), "BR-21!");
  EXPECT_EQ(anomalies(records_)[0].record, first_engagement().id);
}

TEST_F(Rules, AnEngagementIsMeasured) {  // BR-22
  records_.erase(records_.begin() + 4);
  EXPECT_EQ(found(), "BR-22!");
}

TEST_F(Rules, TenIndicatorsAtMostAreAdvised) {  // BR-23
  const RecordView copy = first_indicateur();
  while (records_.size() < 13 + 3) records_.push_back(copy);
  EXPECT_EQ(found(), "");
  records_.push_back(copy);
  EXPECT_EQ(found(), "BR-23?");
}

TEST_F(Rules, AMergedTextMayHaveGrownTooLong) {  // BR-24
  std::string long_enough;
  for (int i = 0; i < 450; ++i) long_enough += "é";
  first_engagement().values[engagement::kObjectif] = long_enough;
  first_indicateur().values[indicateur::kIntitule] = long_enough;
  EXPECT_EQ(found(), "");
  first_engagement().values[engagement::kObjectif] = long_enough + "x";
  EXPECT_EQ(found(), "BR-24!");
  first_indicateur().values[indicateur::kIntitule] = long_enough + "x";
  EXPECT_EQ(found(), "BR-24! BR-24!");
  EXPECT_THAT(anomalies(records_)[0].message, HasSubstr("451"));
}

TEST_F(Rules, TheCadreIsCompleteAboveAllForASpecificEngagement) {  // BR-28
  first_indicateur().values.erase(indicateur::kSource);
  EXPECT_EQ(found(), "BR-28?");
  EXPECT_THAT(anomalies(records_)[0].message, HasSubstr("à renseigner : source"));
  first_engagement().values[engagement::kNature] = "specifique";
  EXPECT_EQ(found(), "BR-28!");
  first_engagement().values[engagement::kNature] = "generique";
  EXPECT_EQ(found(), "BR-28?");
}

}  // namespace
}  // namespace navette::cpom
