// Rights, phases and what the server may not accept.
#include "engine_fixture.hpp"

namespace navette::test {
namespace {

using ::testing::IsEmpty;

TEST_F(EngineTest, ATransitionClosesThePushAndLaterEditsGoIntoTheNext) {
  delegation.edits(engagement_record, "texte", "Version finale.");
  delegation.edits(contrat_record, "phase", "signature");
  delegation.edits(engagement_record, "public_a", "Écrit après.");
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.reads(contrat_record, "phase"), "signature");
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "Version finale.");
  EXPECT_EQ(correspondent.reads(engagement_record, "public_a"), "Écrit après.");
  expect_agreement();
}

TEST_F(EngineTest, ATransitionOverUnseenNewsIsRefused) {
  correspondent.edits(engagement_record, "texte", "Arrivé entre-temps.");
  delegation.edits(contrat_record, "phase", "signature");
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(contrat_record, "phase"), "negociation");
  ASSERT_EQ(delegation.refusals().size(), 1);
  EXPECT_EQ(delegation.refusals()[0].reason, RefusalReason::kCovered);
  delegation.retries(delegation.refusals()[0]);
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.reads(contrat_record, "phase"), "signature");
  expect_agreement();
}

TEST_F(EngineTest, AnOpenConflictBlocksATransition) {
  correspondent.edits(indicateur_record, "cible", "81");
  delegation.edits(indicateur_record, "cible", "82");
  sync(correspondent, delegation);
  EXPECT_FALSE(delegation.tries_to_set(contrat_record, "phase", "signature"));
  delegation.resolves(delegation.conflict(), Choice::kIncoming);
  sync(delegation);
  EXPECT_TRUE(delegation.tries_to_set(contrat_record, "phase", "signature"));
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.reads(contrat_record, "phase"), "signature");
  expect_agreement();
}

TEST_F(EngineTest, APrivateConflictOfTheOtherPartyBlocksNothing) {
  correspondent.edits(engagement_record, "prive_s", "Un.");
  colleague.edits(engagement_record, "prive_s", "Deux.");
  sync(correspondent, colleague, delegation);
  EXPECT_EQ(colleague.conflicts().size(), 1);
  delegation.edits(contrat_record, "phase", "signature");
  sync(delegation);
  EXPECT_THAT(delegation.refusals(), IsEmpty());
  EXPECT_EQ(delegation.reads(contrat_record, "phase"), "signature");
  expect_agreement();
}

TEST_F(EngineTest, ARefusalKeepsTheWorkingValueAndRetryBringsItBack) {
  correspondent.edits(engagement_record, "texte", "Écrit hors ligne.");
  delegation.edits(contrat_record, "phase", "signature");
  sync(delegation);
  freezes(correspondent);
  correspondent.edits(engagement_record, "texte", "Écrit hors ligne, et encore.");
  sync(correspondent);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte"), "");
  ASSERT_EQ(correspondent.refusals().size(), 1);
  const sync::RefusalRow refusal = correspondent.refusals()[0];
  EXPECT_EQ(refusal.reason, RefusalReason::kRight);
  EXPECT_EQ(refusal.value, Value("Écrit hors ligne, et encore."));
  EXPECT_FALSE(correspondent.device.replica->retry(refusal.id, clock));  // still not their turn
  delegation.edits(contrat_record, "phase", "negociation");
  sync(delegation, correspondent);
  correspondent.retries(refusal);
  sync(correspondent, delegation);
  EXPECT_EQ(delegation.reads(engagement_record, "texte"), "Écrit hors ligne, et encore.");
  EXPECT_THAT(correspondent.refusals(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, ARefusedCreationTakesWhatDependsOnIt) {
  const RecordId engagement = correspondent.adds("engagement", {{"texte", "Nouveau."}});
  delegation.edits(contrat_record, "phase", "signature");
  sync(delegation);
  freezes(correspondent);
  correspondent.adds("indicateur", {{"engagement", engagement.text()}, {"cible", "7"}});
  sync(correspondent);
  EXPECT_FALSE(correspondent.sees(engagement));
  EXPECT_EQ(correspondent.counts().drafts, 0);
  std::set<std::string> kept;
  for (const sync::RefusalRow& refusal : correspondent.refusals()) kept.insert(schema::display(refusal.value));
  EXPECT_EQ(correspondent.refusals().size(), 4);
  EXPECT_TRUE(kept.contains("Nouveau."));
  EXPECT_TRUE(kept.contains("7"));
  expect_agreement();
}

TEST_F(EngineTest, ATextOverItsLimitIsRefusedHereAndShortenedStepByStepWhenAMergeGrewIt) {
  const std::string half(1'500, 'a');
  EXPECT_FALSE(correspondent.tries_to_set(engagement_record, "texte", half + half));
  correspondent.edits(engagement_record, "texte", "Un.\n");
  sync(correspondent, delegation);
  correspondent.edits(engagement_record, "texte", half + "\nUn.\n");
  delegation.edits(engagement_record, "texte", "Un.\n" + half + "\n");
  sync(correspondent, delegation);
  EXPECT_EQ(correspondent.reads(engagement_record, "texte").size(), 3'006);
  correspondent.edits(engagement_record, "texte", half + "\nUn.\n" + half.substr(100) + "\n");
  sync(correspondent);
  EXPECT_THAT(correspondent.refusals(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, AFieldOfTheOtherPartyCannotBeWritten) {
  EXPECT_FALSE(delegation.tries_to_set(indicateur_record, "realise", "80"));
  EXPECT_FALSE(correspondent.tries_to_set(engagement_record, "public_a", "Non."));
  EXPECT_FALSE(correspondent.tries_to_set(contrat_record, "phase", "signature"));
}

// Pushes that no honest device makes.
class HostileTest : public EngineTest {
 protected:
  sync::Receipt pushes(std::vector<sync::Change> changes, PushNumber number = {1}) {
    sync::Push push;
    push.dossier = dossier;
    push.replica = ReplicaId::make_v4(random);
    push.number = number;
    push.schema_version = 1;
    push.changes = std::move(changes);
    sync::PushSource source{{"Anne Structure", schema::Party::kStructure}, kCorrespondant, push.replica, {}};
    MemoryDossier& there = server.dossier(dossier);
    const auto ask = [&](const std::vector<sync::SuppliedBase>& bases) {
      return server.authority().process(there.state, there, source, push, sync::encode(push), bases, clock);
    };
    sync::PushAnswer answer = ask({});
    if (std::holds_alternative<sync::NeedBases>(answer)) answer = ask({{9'999, {}}});
    const auto& applied = std::get<sync::Applied>(answer);
    there.commit(server.authority(), applied, {}, {});
    return applied.receipt;
  }
  void expect_refused(const sync::Change& change, RefusalReason reason) {
    const sync::Receipt receipt = pushes({change});
    ASSERT_EQ(receipt.results.size(), 1);
    EXPECT_EQ(receipt.results[0].outcome, sync::Outcome::kRefused);
    EXPECT_EQ(receipt.results[0].reason, reason);
    EXPECT_THAT(server.dossier(dossier).defects(server.authority()), IsEmpty());
  }
  static sync::Carried carried(Value value = {}) { return {std::move(value), {}}; }
  FieldRef engagement_field(FieldNumber field) const { return {engagement_record, engagement::kKind, field}; }
};

TEST_F(HostileTest, FieldsKindsAndTypesThatAreNotTheirs) {
  sync::Delta hello;
  hello.insert("bonjour");
  const auto text = [&](const FieldRef& at) { return sync::EditText{at, carried(), hello, 0x4d4b0d3fcc36d22cu, {}}; };
  expect_refused(text(engagement_field(engagement::kPriveA)), RefusalReason::kUnknownRecord);
  expect_refused(text(engagement_field(engagement::kPublicA)), RefusalReason::kRight);
  expect_refused(text(engagement_field(77)), RefusalReason::kUnknownRecord);
  expect_refused(text({engagement_record, 77, 1}), RefusalReason::kUnknownRecord);
  expect_refused(text({engagement_record, indicateur::kKind, indicateur::kNote}), RefusalReason::kUnknownRecord);
  expect_refused(text(engagement_field(engagement::kMontant)), RefusalReason::kInvalid);
  expect_refused(sync::SetValue{engagement_field(engagement::kTexte), carried(), Value("x")}, RefusalReason::kInvalid);
  expect_refused(sync::SetValue{engagement_field(engagement::kMontant), carried(), Value("cent")},
                 RefusalReason::kInvalid);
  expect_refused(sync::SetValue{{indicateur_record, indicateur::kKind, indicateur::kEngagement}, carried(), Value("x")},
                 RefusalReason::kInvalid);
  expect_refused(sync::SetValue{{contrat_record, contrat::kKind, contrat::kPhase}, carried(), Value("signature")},
                 RefusalReason::kInvalid);
  expect_refused(text(engagement_field(engagement::kTexte)), RefusalReason::kBase);  // the check does not hold
}

TEST_F(HostileTest, BasesThatDoNotExist) {
  sync::Delta hello;
  hello.insert("bonjour");
  const sync::AtRevision future{Revision{1'000'000}, {}};
  expect_refused(sync::EditText{engagement_field(engagement::kTexte), future, hello, 0, {}}, RefusalReason::kBase);
  const sync::AtRevision foreign{Revision{1}, {}};
  expect_refused(sync::SetValue{engagement_field(engagement::kMontant), foreign, Value(std::int64_t{1})},
                 RefusalReason::kBase);
}

TEST_F(HostileTest, RecordsOfTheWrongShape) {
  const RecordId fresh = RecordId::make_v7(clock, random);
  expect_refused(sync::CreateRecord{fresh, contrat::kKind, {}}, RefusalReason::kRight);
  expect_refused(sync::CreateRecord{fresh, 77, {}}, RefusalReason::kInvalid);
  expect_refused(sync::CreateRecord{{}, engagement::kKind, {}}, RefusalReason::kInvalid);
  expect_refused(sync::CreateRecord{fresh, indicateur::kKind, contrat_record}, RefusalReason::kInvalid);
  expect_refused(sync::CreateRecord{fresh, indicateur::kKind, {}}, RefusalReason::kInvalid);
  expect_refused(sync::CreateRecord{engagement_record, indicateur::kKind, {}}, RefusalReason::kInvalid);
  expect_refused(sync::RemoveRecord{contrat_record, contrat::kKind, {}}, RefusalReason::kRight);
  expect_refused(sync::RemoveRecord{engagement_record, indicateur::kKind, {}}, RefusalReason::kUnknownRecord);
  expect_refused(
      sync::ChangePhase{
          {contrat_record, contrat::kKind, contrat::kPhase}, Value("negociation"), Value("signature"), {}},
      RefusalReason::kPhase);
  expect_refused(sync::ResolveConflict{}, RefusalReason::kConflictClosed);
}

TEST_F(HostileTest, AnOwnerThatNeverWasCannotBeRestored) {
  const RecordId fresh = RecordId::make_v7(clock, random);
  const sync::Receipt made = pushes({sync::CreateRecord{fresh, indicateur::kKind, RecordId::make_v7(clock, random)}});
  ASSERT_EQ(made.results[0].outcome, sync::Outcome::kContested);
  const Conflict orphan = state().open.at(made.results[0].conflicts[0]);
  expect_refused(sync::ResolveConflict{orphan.id, orphan.version, {}, Choice::kIncoming, {}, orphan.at},
                 RefusalReason::kConflictMoved);
  const ShortHash none = sync::value_hash({});
  const ShortHash nothing_seen = shorten(sha256({none.bytes(), none.bytes()}));
  expect_refused(sync::ResolveConflict{orphan.id, orphan.version, nothing_seen, Choice::kIncoming, {}, orphan.at},
                 RefusalReason::kUnknownRecord);
}

TEST_F(HostileTest, TheSameChangeTwiceInOnePushCountsOnce) {
  sync::Delta hello;
  hello.insert("bonjour");
  const sync::EditText once{engagement_field(engagement::kTexte),
                            carried(),
                            hello,
                            [] {
                              const Hash hash = sha256("bonjour");
                              std::uint64_t check;
                              std::memcpy(&check, hash.value.data(), sizeof check);
                              return check;
                            }(),
                            {}};
  pushes({once, once});
  EXPECT_EQ(head(engagement_record, engagement::kTexte), Value("bonjour"));
  EXPECT_THAT(server.dossier(dossier).defects(server.authority()), IsEmpty());
}

TEST_F(HostileTest, AnotherReplicasIdEndsTheSession) {
  sync(correspondent);
  sync::Push push;
  push.dossier = dossier;
  push.replica = ReplicaId::make_v4(random);
  push.number = {1};
  correspondent.device.announce(sync::PushMessage{sync::encode(push)});
  correspondent.device.deliver_up(clock);
  correspondent.device.deliver_down(clock);
  EXPECT_FALSE(correspondent.device.connected());
}

TEST_F(EngineTest, ARefusalShowsOnAllDevicesOfItsAuthorUntilItIsSettledOnOne) {
  Person& laptop = newcomer("Anne Structure");
  sync(laptop);
  correspondent.edits(engagement_record, "texte", "Écrit hors ligne.");
  delegation.edits(contrat_record, "phase", "signature");
  sync(delegation, correspondent, laptop);
  ASSERT_EQ(laptop.refusals().size(), 1);
  EXPECT_EQ(laptop.refusals()[0].id, correspondent.refusals().at(0).id);
  EXPECT_EQ(laptop.refusals()[0].value, Value("Écrit hors ligne."));
  EXPECT_THAT(colleague.refusals(), IsEmpty());
  laptop.device.cut();
  ASSERT_TRUE(laptop.device.replica->drop(laptop.refusals()[0].id));
  sync(correspondent);
  EXPECT_EQ(correspondent.refusals().size(), 1);
  sync(laptop, correspondent);
  EXPECT_THAT(laptop.refusals(), IsEmpty());
  EXPECT_THAT(correspondent.refusals(), IsEmpty());
  Person& third = newcomer("Anne Structure");
  sync(third);
  EXPECT_THAT(third.refusals(), IsEmpty());
  EXPECT_THAT(laptop.device.store.settled_refusals(), IsEmpty());
}

TEST_F(EngineTest, ARefusalTakenUpAgainElsewhereKeepsItsBase) {
  Person& laptop = newcomer("Denis Agence");
  Person& desk = newcomer("Denis Agence");
  sync(laptop, desk);
  desk.edits(engagement_record, "montant", "12");
  delegation.edits(contrat_record, "phase", "signature");
  sync(delegation, desk, laptop);
  delegation.edits(contrat_record, "phase", "negociation");
  sync(delegation, laptop);
  laptop.retries(laptop.refusals().at(0));
  sync(laptop, desk, delegation);
  EXPECT_EQ(head(engagement_record, engagement::kMontant), Value(std::int64_t{12}));
  EXPECT_THAT(desk.refusals(), IsEmpty());
  expect_agreement();
}

TEST_F(EngineTest, WhatWasTypedAfterThePushOutlivesARefusalDroppedElsewhere) {
  Person& laptop = newcomer("Anne Structure");
  sync(laptop);
  correspondent.edits(engagement_record, "texte", "Un.");
  freezes(correspondent);
  correspondent.edits(engagement_record, "texte", "Un. Deux.");
  delegation.edits(contrat_record, "phase", "signature");
  sync(delegation, correspondent, laptop);
  EXPECT_EQ(laptop.refusals().at(0).value, Value("Un."));
  ASSERT_TRUE(laptop.device.replica->drop(laptop.refusals()[0].id));
  sync(laptop, correspondent);
  EXPECT_THAT(laptop.refusals(), IsEmpty());
  ASSERT_EQ(correspondent.refusals().size(), 1);
  EXPECT_EQ(correspondent.refusals()[0].value, Value("Un. Deux."));
}

}  // namespace
}  // namespace navette::test
