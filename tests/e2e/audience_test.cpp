// A private draft is in no byte that the other party can read.
#include "e2e/agency.hpp"

namespace navette::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kOfStructure = "secret-de-la-structure-ne-pas-annoncer";
constexpr const char* kOfAgence = "secret-de-l-agence-arbitrage-demande";

class Audiences : public AgencyTest {
 protected:
  void SetUp() override {
    open_demo();
    bring_people();
    claire_.edit(diagnostic_, "brouillon_structure", kOfStructure);
    nadia_.edit(diagnostic_, "brouillon_ars", kOfAgence);
    for (const Replica& one : {claire_, nadia_, paul_, claire_, nadia_}) one.sync();
  }
  void nothing_leaked() {
    for (const Replica& one : {claire_, paul_}) EXPECT_FALSE(one.holds_bytes(kOfAgence)) << one.directory().filename();
    EXPECT_FALSE(nadia_.holds_bytes(kOfStructure));
  }
};

TEST_F(Audiences, DraftsStayWithTheirParty) {
  EXPECT_EQ(paul_.get(diagnostic_, "brouillon_structure"), kOfStructure);
  EXPECT_EQ(nadia_.get(diagnostic_, "brouillon_ars"), kOfAgence);
  EXPECT_EQ(claire_.run({"get", diagnostic_, "brouillon_ars"}).code, 1);
  EXPECT_EQ(nadia_.run({"set", diagnostic_, "brouillon_structure", "x"}).code, 1);
  nothing_leaked();
  EXPECT_THAT(claire_.does({"show", dossier_, "--json"}).out, Not(HasSubstr(kOfAgence)));
  EXPECT_THAT(nadia_.does({"show", dossier_}).out, Not(HasSubstr(kOfStructure)));
}

TEST_F(Audiences, HistoryTellsOnlyWhatItsReaderMayRead) {
  EXPECT_THAT(claire_.does({"history", dossier_, "--json"}).out, Not(HasSubstr(kOfAgence)));
  EXPECT_THAT(claire_.does({"history", dossier_, "--json"}).out, HasSubstr(kOfStructure));
  EXPECT_THAT(nadia_.does({"history", dossier_}).out, Not(HasSubstr(kOfStructure)));
  EXPECT_THAT(nadia_.does({"history", dossier_, "--record", diagnostic_, "--json"}).out, Not(HasSubstr(kOfStructure)));
}

TEST_F(Audiences, TheOthersHeadDoesNotMoveWithAPrivateChange) {
  const Json before = nadia_.show(dossier_).at("head");
  claire_.edit(diagnostic_, "brouillon_structure", "encore autre chose");
  claire_.sync();
  nadia_.sync();
  EXPECT_EQ(nadia_.show(dossier_).at("head"), before);
}

TEST_F(Audiences, APublishedDraftIsForAll) {
  claire_.does({"publish", diagnostic_, "brouillon_structure"});
  claire_.sync();
  nadia_.sync();
  EXPECT_EQ(nadia_.get(diagnostic_, "structure"), kOfStructure);
  EXPECT_EQ(claire_.get(diagnostic_, "brouillon_structure"), "");
  for (const Replica& one : {claire_, paul_}) EXPECT_FALSE(one.holds_bytes(kOfAgence));
}

TEST_F(Audiences, AConflictBetweenTwoDraftsOfOnePartyIsTheirs) {
  claire_.edit(diagnostic_, "brouillon_structure", std::string(kOfStructure) + " version de Claire");
  paul_.edit(diagnostic_, "brouillon_structure", std::string(kOfStructure) + " version de Paul");
  for (const Replica& one : {claire_, paul_, nadia_, claire_}) one.sync();
  EXPECT_EQ(claire_.conflicts().size(), 1U);
  EXPECT_TRUE(nadia_.conflicts().empty());
  EXPECT_EQ(nadia_.run({"sync"}).code, 0);
  nothing_leaked();
}

TEST_F(Audiences, RemovingAnEngagementDoesNotShowThePrivateTextBelowIt) {
  nadia_.does({"remove", engagement_});
  for (const Replica& one : {nadia_, claire_, paul_, nadia_}) one.sync();
  nothing_leaked();
  // What the agency could not read goes to its readers as a conflict, or the removal is contested: it is not lost.
  EXPECT_FALSE(claire_.conflicts().empty());
  EXPECT_THAT(claire_.does({"conflicts", "--json"}).out + claire_.does({"show", dossier_}).out,
              HasSubstr(kOfStructure));
}

}  // namespace
}  // namespace navette::e2e
