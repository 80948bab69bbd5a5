// The server loses its disk and comes back from an older backup: the devices bring back what was written since.
#include <algorithm>
#include <thread>

#include "e2e/agency.hpp"

namespace navette::e2e {
namespace {

using testing::HasSubstr;

class Restore : public AgencyTest {
 protected:
  void SetUp() override {
    open_demo();
    bring_people();
  }
  [[nodiscard]] std::string backup_file() const { return (place_ / "sauvegarde.navette").string(); }
  void backup() { server_.does({"backup", "--to", backup_file()}); }
  void restore() {
    server_.stop();
    const Ran restored = server_.does({"restore", "--from", backup_file()});
    EXPECT_THAT(restored.out, HasSubstr("nouvelle époque"));
    server_.serve();
  }
  // A value is in the dossier or in a conflict that this person sees.
  static bool sees(const Replica& who, const std::string& dossier, const std::string& text) {
    return who.does({"show", dossier, "--json"}).out.contains(text) ||
           who.does({"conflicts", "--json"}).out.contains(text);
  }
};

TEST_F(Restore, WhatWasWrittenSinceComesBackInAnyOrderOfTheDevices) {
  std::vector<int> order{0, 1, 2};
  int turn = 0;
  do {
    SCOPED_TRACE("order " + std::to_string(order[0]) + std::to_string(order[1]) + std::to_string(order[2]));
    const std::string mark = " (tour " + std::to_string(++turn) + ")";
    claire_.edit(diagnostic_, "partage", "Avant la sauvegarde" + mark + ".\n");
    for (const Replica& one : {claire_, paul_, nadia_}) one.sync();
    backup();

    claire_.edit(diagnostic_, "structure", "Structure, après" + mark + ".\n");
    claire_.edit(diagnostic_, "brouillon_structure", "Privé de la structure" + mark);
    claire_.sync();
    nadia_.edit(diagnostic_, "ars", "Agence, après" + mark + ".\n");
    nadia_.edit(diagnostic_, "brouillon_ars", "Privé de l'agence" + mark);
    nadia_.sync();
    paul_.edit(diagnostic_, "partage", "Avant la sauvegarde" + mark + ".\n\nParagraphe de Paul" + mark + ".\n");
    paul_.sync();
    const std::string added = nadia_.add(dossier_, "engagement", {"objectif=Ajouté après" + mark});
    nadia_.sync();
    claire_.sync();
    claire_.set(indicateur_, "realise_n1", std::to_string(40 + turn));  // never left the device

    const Json epoch = claire_.json({"status"}).at("epoch");
    restore();
    const std::vector<Replica> people{claire_, paul_, nadia_};
    for (const int who : order) people[static_cast<std::size_t>(who)].sync();
    converge(people);
    EXPECT_NE(claire_.json({"status"}).at("epoch"), epoch);
    for (const Replica& one : people) {
      EXPECT_TRUE(sees(one, dossier_, "Structure, après" + mark)) << one.directory().filename();
      EXPECT_TRUE(sees(one, dossier_, "Agence, après" + mark)) << one.directory().filename();
      EXPECT_TRUE(sees(one, dossier_, "Paragraphe de Paul" + mark)) << one.directory().filename();
      EXPECT_EQ(one.get(added, "objectif"), "Ajouté après" + mark);
      EXPECT_EQ(one.get(indicateur_, "realise_n1"), std::to_string(40 + turn));
    }
    EXPECT_TRUE(sees(paul_, dossier_, "Privé de la structure" + mark));
    EXPECT_TRUE(sees(nadia_, dossier_, "Privé de l'agence" + mark));
    EXPECT_FALSE(nadia_.holds_bytes("Privé de la structure"));
    EXPECT_FALSE(claire_.holds_bytes("Privé de l'agence") || paul_.holds_bytes("Privé de l'agence"));
  } while (std::ranges::next_permutation(order).found && !HasFailure());
}

TEST_F(Restore, AnyFollowerBringsBackWhatItsAuthorNoLongerHas) {
  backup();
  claire_.edit(diagnostic_, "structure", "Écrit par Claire, dont le poste est perdu ensuite.\n");
  claire_.sync();
  paul_.sync();
  std::filesystem::remove_all(claire_.directory());
  restore();
  converge({paul_, nadia_});
  EXPECT_EQ(nadia_.get(diagnostic_, "structure"), "Écrit par Claire, dont le poste est perdu ensuite.\n");
}

TEST_F(Restore, TwoThatWroteApartAfterTheRestoreMeetInAConflict) {
  claire_.set(indicateur_, "cible_n1", "10");
  claire_.sync();
  paul_.sync();
  backup();
  claire_.set(indicateur_, "cible_n1", "11");
  claire_.sync();
  restore();
  // Paul has not seen 11 and comes first.
  paul_.set(indicateur_, "cible_n1", "12");
  paul_.sync();
  converge({claire_, paul_});
  EXPECT_TRUE(sees(paul_, dossier_, "11") && sees(paul_, dossier_, "12"));
  const std::string value = paul_.get(indicateur_, "cible_n1");
  const auto conflicts = paul_.conflicts();
  const bool known_side = value == "12" || value == "11";
  EXPECT_TRUE(known_side) << value;
  EXPECT_EQ(conflicts.size(), 1U);
}

TEST_F(Restore, IsRefusedWhileServing) {
  backup();
  const Ran refused = server_.run({"restore", "--from", backup_file()});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("arrêtez-le"));
  claire_.sync();
}

TEST_F(Restore, OfAFileThatIsNoBackupLeavesTheServerAsItWas) {
  server_.stop();
  const std::string garbage = write_file("garbage", std::string(10'000, 'x'));
  const std::string missing = (place_ / "missing").string();
  for (const std::string& file : {garbage, missing}) {
    const Ran refused = server_.run({"restore", "--from", file});
    EXPECT_EQ(refused.code, 1) << refused.told();
    EXPECT_FALSE(refused.err.empty());
  }
  server_.serve();
  converge({claire_, paul_, nadia_});
}

TEST_F(Restore, ABackupDuringWritesIsConsistent) {
  const auto watcher = claire_.watch();
  Process load(claire_.launch({"batch"}));
  for (int i = 0; i < 400; ++i) {
    load.write(
        Json{{"op", "set"}, {"record", indicateur_}, {"field", "realise_n5"}, {"value", std::to_string(i)}}.dump() +
        "\n");
    if (i % 100 == 50) backup();
  }
  load.close_input();
  ASSERT_EQ(load.wait(30s), 0);
  watcher->signal(SIGTERM);
  EXPECT_EQ(watcher->wait(), 0);
  restore();
  server_.is_sound();
  converge({nadia_, claire_, paul_});
  EXPECT_EQ(nadia_.get(indicateur_, "realise_n5"), "399");
}

TEST_F(Restore, TwiceInARowLosesNothing) {
  backup();
  claire_.edit(diagnostic_, "structure", "Après la sauvegarde.\n");
  claire_.sync();
  restore();
  nadia_.sync();
  nadia_.edit(diagnostic_, "ars", "Entre les deux restaurations.\n");
  nadia_.sync();
  restore();
  converge({paul_, nadia_, claire_});
  EXPECT_TRUE(sees(paul_, dossier_, "Après la sauvegarde."));
  EXPECT_EQ(paul_.get(diagnostic_, "ars"), "Entre les deux restaurations.\n");
}

}  // namespace
}  // namespace navette::e2e
