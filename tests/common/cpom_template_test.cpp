// A new dossier and the demonstration portfolio.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "navette/cpom/anomalies.hpp"
#include "navette/cpom/demo.hpp"
#include "navette/schema/finess.hpp"

namespace navette::cpom {
namespace {

class FixedClock : public Clock {
 public:
  Timestamp now() override { return {1'700'000'000'000}; }
};

class CountingRandom : public Random {
 public:
  void fill(std::span<unsigned char> out) override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<unsigned char>(count_ >> (8 * (i % 4)));
    ++count_;
  }

 private:
  std::uint32_t count_ = 1;
};

Result<std::vector<RecordSeed>> seeded(const EntiteJuridique& entite, std::string_view date_effet,
                                       const DossierContent& content) {
  FixedClock clock;
  CountingRandom random;
  return dossier_seed(entite, date_effet, content, clock, random);
}

std::vector<RecordSeed> records_of(const DemoEtablissement& demo) {
  auto records = seeded(demo.entite, demo.date_effet, demo.content);
  EXPECT_TRUE(records.has_value()) << records.error().message;
  return records ? std::move(*records) : std::vector<RecordSeed>{};
}

std::string text(const RecordSeed& record, FieldNumber field) {
  const auto found = record.fields.find(field);
  return found == record.fields.end() ? "" : schema::display(found->second);
}

TEST(Echeance, FiveYearsLessOneDay) {
  EXPECT_EQ(date_echeance("2027-01-01"), "2031-12-31");
  EXPECT_EQ(date_echeance("2027-07-15"), "2032-07-14");
  EXPECT_EQ(date_echeance("2027-03-01"), "2032-02-29");
  EXPECT_EQ(date_echeance("2026-03-01"), "2031-02-28");
  EXPECT_EQ(date_echeance("2028-02-29"), "2033-02-28");
  EXPECT_EQ(date_echeance("2027-05-01"), "2032-04-30");
}

TEST(Template, TheRecordsComeInOrderOwnersFirst) {
  const std::vector<RecordSeed> records = records_of(demo_etablissements().front());
  std::string order;
  for (const RecordSeed& record : records) order += static_cast<char>('0' + record.kind);
  // contrat, entité juridique, 3 sites, a diagnostic per volet, 5 × (engagement, indicateur, diagnostic)
  EXPECT_EQ(order, "1233366456456456456456");
  EXPECT_EQ(text(records[0], contrat::kPhase), "negociation");
  EXPECT_EQ(text(records[0], contrat::kDateEffet), "2027-01-01");
  EXPECT_EQ(text(records[0], contrat::kDateEcheance), "2031-12-31");
  EXPECT_EQ(text(records[5], diagnostic::kVolet), "V1");
  EXPECT_EQ(text(records[6], diagnostic::kVolet), "V2");
  EXPECT_EQ(text(records[5], diagnostic::kEngagement), "");
  EXPECT_EQ(text(records[8], indicateur::kEngagement), records[7].id.text());
  EXPECT_EQ(text(records[9], diagnostic::kEngagement), records[7].id.text());
  EXPECT_EQ(text(records[8], indicateur::kOpposable), "1");
  EXPECT_EQ(text(records[10], engagement::kNumero), "2");
}

TEST(Template, WhatTheTableRefusesIsNotSeeded) {
  DemoEtablissement demo = demo_etablissements().front();
  EXPECT_FALSE(seeded(demo.entite, "2027-02-29", demo.content).has_value());
  EXPECT_FALSE(seeded(demo.entite, "", demo.content).has_value());
  demo.content.engagements[0].objectif = std::string(451, 'x');
  const auto records = seeded(demo.entite, demo.date_effet, demo.content);
  ASSERT_FALSE(records.has_value());
  EXPECT_EQ(records.error().code, ErrorCode::kTooLarge);
}

TEST(Template, AnEntiteWithAFailingKeyIsKeptAndNothingIsAttachedToIt) {  // B2, BR-21
  DemoEtablissement demo = demo_etablissements().front();
  demo.entite.finess = "990000029";
  const std::vector<RecordSeed> records = records_of(demo);
  EXPECT_EQ(text(records[1], entite_juridique::kFiness), "990000029");
  EXPECT_EQ(text(records[7], engagement::kFiness), "");
}

TEST(Template, MoreSitesThanADossierHoldsAreRefused) {
  EntiteJuridique entite = demo_etablissements().front().entite;
  entite.sites.resize(200, entite.sites.front());
  EXPECT_TRUE(seeded(entite, "2027-01-01", {}).has_value());
  entite.sites.resize(201, entite.sites.front());
  EXPECT_EQ(seeded(entite, "2027-01-01", {}).error().code, ErrorCode::kTooLarge);
}

TEST(Demo, TwelveFictitiousEstablishmentsWithSoundNumbers) {
  const auto demo = demo_etablissements();
  EXPECT_EQ(demo.size(), 12u);
  std::set<std::string> numbers;
  std::size_t count = 0;
  const auto take = [&](const std::string& finess) {
    EXPECT_TRUE(finess.starts_with("99") && schema::finess_key_holds(finess)) << finess;
    numbers.insert(finess);
    ++count;
  };
  for (const DemoEtablissement& one : demo) {
    take(one.entite.finess);
    EXPECT_FALSE(one.entite.sites.empty());
    for (const Site& site : one.entite.sites) {
      take(site.finess);
      EXPECT_EQ(site.departement, "99");
    }
    EXPECT_EQ(one.content.engagements.size(), 5u);
  }
  EXPECT_EQ(numbers.size(), count) << "no number twice";
}

TEST(Demo, EveryDossierPassesTheTableAndHasNoAnomaly) {
  for (const DemoEtablissement& one : demo_etablissements()) {
    std::vector<RecordView> views;
    std::set<RecordId> ids;
    for (const RecordSeed& record : records_of(one)) {
      const schema::Kind* kind = cpom_schema().kind(record.kind);
      for (const auto& [number, value] : record.fields) {
        ASSERT_NE(kind->field(number), nullptr);
        EXPECT_TRUE(schema::check(*kind->field(number), value).has_value()) << kind->name << "." << number;
      }
      EXPECT_TRUE(ids.insert(record.id).second);
      views.push_back({record.id, kind, record.fields});
    }
    EXPECT_THAT(anomalies(views), testing::IsEmpty()) << one.entite.raison_sociale;
  }
}

TEST(Demo, TextsNameTheirEstablishment) {
  for (const DemoEtablissement& one : demo_etablissements()) {
    EXPECT_THAT(one.content.pilotage.structure, testing::StartsWith(one.entite.raison_sociale));
    for (const EngagementSeed& seed : one.content.engagements) {
      EXPECT_THAT(seed.diagnostic.structure + seed.diagnostic.ars + seed.diagnostic.partage,
                  testing::Not(testing::HasSubstr("{")));
    }
  }
}

}  // namespace
}  // namespace navette::cpom
