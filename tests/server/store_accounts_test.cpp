#include <gmock/gmock.h>

#include "store_fixture.hpp"

namespace navette::test {
namespace {

server::Account somebody(Random& random, const std::string& name, const std::string& scope) {
  return {AccountId::make_v4(random), name, "correspondant", scope, kNow, false};
}

TEST_F(StoreTest, AScopeGoesByTheSitesDepartementAndEndsWithASuspension) {
  const TestDossier dossier = make_dossier();
  server::Account paris = somebody(random_, "paris", "departement:75 ej:999999999");
  const server::Account lyon = somebody(random_, "lyon", "departement:69 region:84");
  const server::Account all = somebody(random_, "tout", "all");
  for (const auto& account : {paris, lyon, all}) ASSERT_TRUE(store_->add_account(account));
  EXPECT_THAT(store_->in_scope(paris.id).value(), ::testing::ElementsAre(dossier.id));
  EXPECT_TRUE(store_->covers(paris.id, dossier.id).value());
  EXPECT_THAT(store_->in_scope(all.id).value(), ::testing::ElementsAre(dossier.id));
  EXPECT_TRUE(store_->covers(all.id, dossier.id).value());
  EXPECT_TRUE(store_->in_scope(lyon.id).value().empty());
  EXPECT_FALSE(store_->covers(lyon.id, dossier.id).value());
  paris.suspended = true;
  ASSERT_TRUE(store_->change_account(paris));
  EXPECT_TRUE(store_->in_scope(paris.id).value().empty());
  EXPECT_EQ(store_->add_account(somebody(random_, "nice", "ville:nice")).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(StoreTest, AnEnrolmentCodeServesOnceAndNotAfterManyWrongTries) {
  const server::Account account = somebody(random_, "martin", "all");
  ASSERT_TRUE(store_->add_account(account));
  const auto code = store_->new_enrolment_code(account.id, kNow, 1000).value();
  EXPECT_EQ(store_->check_enrolment_code(code, kNow).value(), account.id);
  EXPECT_FALSE(store_->check_enrolment_code(code, Timestamp{kNow.milliseconds + 1000}));
  const server::Device laptop{DeviceId::make_v4(random_), {}, "portable", "01", "aa", {}, {}, {}, {}};
  ASSERT_TRUE(store_->enrol(code, laptop, kNow));
  EXPECT_EQ(store_->device_of_certificate("aa").value().account, account.id);
  EXPECT_EQ(store_->check_enrolment_code(code, kNow).error().code, ErrorCode::kUntrusted);

  const auto guessed = store_->new_enrolment_code(account.id, kNow, 1000).value();
  std::string wrong = guessed;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(store_->check_enrolment_code(wrong, kNow));
  EXPECT_FALSE(store_->check_enrolment_code(guessed, kNow));
}

TEST_F(StoreTest, AReplicaBelongsToOneDeviceAndReportsReachTheStatus) {
  const server::Account account = somebody(random_, "martin", "all");
  ASSERT_TRUE(store_->add_account(account));
  std::vector<server::Device> devices;
  for (const char* name : {"un", "deux"}) {
    const auto code = store_->new_enrolment_code(account.id, kNow, 1000).value();
    devices.push_back({DeviceId::make_v4(random_), {}, name, name, name, {}, {}, {}, {}});
    ASSERT_TRUE(store_->enrol(code, devices.back(), kNow));
  }
  TestReplica replica = make_replica();
  EXPECT_TRUE(claim(*store_, devices[0].id, replica.id));
  EXPECT_TRUE(claim(*store_, devices[0].id, replica.id));
  EXPECT_EQ(claim(*store_, devices[1].id, replica.id).error().code, ErrorCode::kConflict);

  const TestDossier dossier = make_dossier();
  edit(replica, dossier, dossier.montant(), schema::Value{std::int64_t{1}});
  store_->note_heads(replica.id, {{dossier.id, {{schema::Audience::kShared, Revision{1}, {}}}}});
  store_->note_seen(devices[0].id, kNow, sync::Report{3, 1, 0, 250, 0, "essai 1"});
  ASSERT_TRUE(store_->revoke_device(devices[1].id, kNow));  // waits: what was noted before is stored too
  const auto status = store_->status().value();
  ASSERT_EQ(status.devices.size(), 2u);
  EXPECT_EQ(status.devices[0].device.revoked, kNow);
  EXPECT_EQ(status.devices[1].device.report->drafts, 3u);
  EXPECT_EQ(status.devices[1].head_lag, 1u);
  ASSERT_EQ(status.dossiers.size(), 1u);
  EXPECT_EQ(status.dossiers[0].revisions, 2u);
}

TEST_F(StoreTest, ImportingTheSameReferentialTwiceChangesNothing) {
  cpom::EntiteJuridique entite;
  entite.finess = "750712184";
  entite.raison_sociale = "Clinique des Lilas";
  entite.sites.emplace_back().finess = "750100018";
  entite.sites[0].departement = "75";
  EXPECT_EQ(store_->import_referential({entite}, kNow).value(), 2u);
  EXPECT_EQ(store_->import_referential({entite}, kNow).value(), 0u);
  entite.raison_sociale = "Clinique du Lilas";
  EXPECT_EQ(store_->import_referential({entite}, kNow).value(), 1u);
  EXPECT_EQ(store_->entite_juridique("750712184").value(), entite);
}

}  // namespace
}  // namespace navette::test
