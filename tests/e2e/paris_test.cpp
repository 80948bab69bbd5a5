// The main job on the public file (domain B2.4): all of Paris as one delegation's portfolio, an establishment of 34
// sites.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "e2e/agency.hpp"

namespace navette::e2e {
namespace {

constexpr const char* kEtablissements = NAVETTE_SHARED_DIR "/data/etablissements_idf_occitanie_sae2023.csv";
constexpr const char* kEngagements = NAVETTE_SHARED_DIR "/data/engagements_examples.json";
constexpr std::size_t kExamples = 68;
constexpr const char* kApHp = "750712184";
constexpr std::size_t kFinessEjColumn = 1;
constexpr std::size_t kDepartementColumn = 17;

// EJ → the départements of its sites, read without the importer.
std::map<std::string, std::set<std::string>> departements_by_ej() {
  std::map<std::string, std::set<std::string>> all;
  std::ifstream in(kEtablissements);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ';');) cells.push_back(cell);
    all[cells.at(kFinessEjColumn)].insert(cells.at(kDepartementColumn));
  }
  return all;
}

std::string finess_of(const Replica& who, const std::string& dossier) {
  return who.records(dossier, "entite_juridique").at(0).at("fields").at("finess");
}

class Paris : public AgencyTest {
 protected:
  void open_with_etablissements() {
    server_.init("ARS Île-de-France");
    server_.serve();
    server_.does({"import", "--etablissements", kEtablissements});
  }
  std::string create(const std::string& ej, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"dossier", "create", "--ej", ej, "--effet", "2027-01-01"};
    words.insert(words.end(), more.begin(), more.end());
    std::string id = server_.does(std::move(words)).out;
    return id.substr(0, id.find('\n'));
  }
};

TEST_F(Paris, TheImportCanBeRunAgainWithoutDoubling) {
  server_.init("ARS Île-de-France");
  server_.serve();
  const Json first = server_.does({"import", "--etablissements", kEtablissements, "--json"}).json();
  EXPECT_EQ(first.at("rows"), 933);
  EXPECT_EQ(first.at("sites"), 933);
  EXPECT_EQ(first.at("entites"), 549);
  EXPECT_GT(first.at("changed"), 0);
  const Json again = server_.does({"import", "--etablissements", kEtablissements, "--json"}).json();
  EXPECT_EQ(again.at("changed"), 0);
  EXPECT_EQ(again.at("sites"), 933);
  const std::string told = server_.does({"import", "--etablissements", kEtablissements}).out;
  EXPECT_THAT(told, testing::HasSubstr("933 lignes lues : 933 sites de 549 entités juridiques, 0 lignes écartées"));
}

TEST_F(Paris, OneDelegationFollowsEveryEntiteWithASiteThere) {
  open_with_etablissements();
  std::map<std::string, std::string> dossier_of;  // by EJ
  std::string prefixed_elsewhere;                 // seated in another département, all its sites in Paris
  for (const auto& [ej, departements] : departements_by_ej()) {
    if (!departements.contains("75")) continue;
    dossier_of[ej] = ej == kApHp ? create(ej, {"--engagements", kEngagements}) : create(ej);
    if (!ej.starts_with("75") && departements.size() == 1) prefixed_elsewhere = ej;
  }
  ASSERT_EQ(dossier_of.size(), 74U);
  ASSERT_FALSE(prefixed_elsewhere.empty());
  EXPECT_EQ(server_.does({"dossier", "list", "--departement", "75", "--json"}).json().size(), 74U);
  const Ran doubled = server_.run({"dossier", "create", "--ej", kApHp, "--effet", "2027-01-01"});
  EXPECT_EQ(doubled.code, 1);
  EXPECT_THAT(doubled.err, testing::HasSubstr("déjà un dossier"));

  const Replica paris = enrol("paris", "Délégation de Paris", "negociateur", "departement:75");
  const Replica elsewhere =
      enrol("elsewhere", "Autre délégation", "negociateur", "departement:" + prefixed_elsewhere.substr(0, 2));
  const Replica region = enrol("region", "Siège", "negociateur", "region:11");
  for (const Replica& one : {paris, elsewhere, region}) one.sync();
  EXPECT_EQ(paris.json({"list"}).size(), 74U);
  EXPECT_EQ(region.json({"list"}).size(), 74U);
  EXPECT_EQ(finess_of(paris, dossier_of.at(prefixed_elsewhere)), prefixed_elsewhere);
  for (const Json& row : elsewhere.json({"list"})) EXPECT_NE(row.at("dossier"), dossier_of.at(prefixed_elsewhere));

  const Replica hospital = enrol("hospital", "Correspondante AP-HP", "correspondant", std::string("ej:") + kApHp);
  hospital.sync();
  ASSERT_EQ(hospital.json({"list"}).size(), 1U);
  EXPECT_EQ(hospital.dossier(), dossier_of.at(kApHp));
  EXPECT_EQ(hospital.records(hospital.dossier(), "site").size(), 34U);
  EXPECT_EQ(hospital.records(hospital.dossier(), "engagement").size(), kExamples);
  EXPECT_EQ(hospital.json({"show", hospital.dossier()}).at("phase"), "negociation");

  // One change each, and they have the same again.
  const std::string indicateur = hospital.records(hospital.dossier(), "indicateur").at(0).at("id");
  hospital.set(indicateur, "realise_n1", "79,5");
  paris.set(indicateur, "cible_n5", "90");
  converge({hospital, paris, region});
  EXPECT_EQ(hospital.get(indicateur, "cible_n5"), "90");
  EXPECT_EQ(paris.get(indicateur, "realise_n1"), "79,5");
}

}  // namespace
}  // namespace navette::e2e
