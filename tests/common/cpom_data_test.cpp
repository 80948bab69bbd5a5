// The importers on the public référentiels (domain B2.4), which stand beside the project.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "navette/cpom/dossier.hpp"
#include "navette/cpom/etablissements.hpp"

namespace navette::cpom {
namespace {

Bytes file(const std::string& name) {
  std::ifstream in(NAVETTE_SHARED_DIR "/data/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

ImportReport imported() {
  auto report = import_etablissements(file("etablissements_idf_occitanie_sae2023.csv"));
  EXPECT_TRUE(report.has_value()) << report.error().message;
  return report ? std::move(*report) : ImportReport{};
}

TEST(Sae2023, AllSitesComeInWithoutAnIssueThatSkips) {
  const ImportReport report = imported();
  EXPECT_EQ(report.counts.rows, 933u);
  EXPECT_EQ(report.counts.sites, 933u);
  EXPECT_EQ(report.counts.entites, 549u);
  EXPECT_EQ(report.counts.skipped, 0u);
  EXPECT_EQ(report.counts.duplicates, 0u);
  EXPECT_EQ(report.issues.size(), 4u) << "four EJ whose sites have not all the same ESPIC quality";
  for (const ImportIssue& issue : report.issues) EXPECT_THAT(issue.message, testing::HasSubstr("ESPIC"));
}

TEST(Sae2023, SitesAndEntitesPerDepartement) {
  std::map<std::string, std::pair<std::size_t, std::set<std::string>>> counts;
  const ImportReport report = imported();
  for (const EntiteJuridique& entite : report.entites) {
    for (const Site& site : entite.sites) {
      ++counts[site.departement].first;
      counts[site.departement].second.insert(entite.finess);
    }
  }
  const auto sites_and_entites = [&](const char* departement) {
    return std::to_string(counts[departement].first) + "/" + std::to_string(counts[departement].second.size());
  };
  EXPECT_EQ(sites_and_entites("75"), "108/74");
  EXPECT_EQ(sites_and_entites("77"), "49/34");
  EXPECT_EQ(sites_and_entites("78"), "57/43");
  EXPECT_EQ(sites_and_entites("91"), "50/36");
  EXPECT_EQ(sites_and_entites("92"), "80/63");
  EXPECT_EQ(sites_and_entites("93"), "59/44");
  EXPECT_EQ(sites_and_entites("94"), "48/37");
  EXPECT_EQ(sites_and_entites("95"), "41/28");
  EXPECT_EQ(counts.size(), 21u);
}

TEST(Sae2023, EveryEntiteMakesADossier) {
  class : public Clock {
    Timestamp now() override { return {}; }
  } clock;
  class : public Random {
    void fill(std::span<unsigned char> out) override {
      for (unsigned char& byte : out) byte = 0;
    }
  } random;
  for (const EntiteJuridique& entite : imported().entites) {
    const auto records = dossier_seed(entite, "2027-01-01", {}, clock, random);
    ASSERT_TRUE(records.has_value()) << entite.finess << ": " << records.error().message;
    EXPECT_EQ(records->size(), 4 + entite.sites.size());
  }
}

TEST(Examples, AllEngagementsAreAccepted) {
  const auto seeds = parse_engagements(file("engagements_examples.json"));
  ASSERT_TRUE(seeds.has_value()) << seeds.error().message;
  EXPECT_EQ(seeds->size(), 68u);
  EXPECT_EQ(seeds->front().identifiant, "EX-01");
  EXPECT_EQ(seeds->front().indicateurs.front().cibles[4], "85");
}

}  // namespace
}  // namespace navette::cpom
