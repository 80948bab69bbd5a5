// What hostile messages did before they were refused. Each was a crash of a fuzzer (tests/fuzz).
#include "engine_fixture.hpp"
#include "seen.hpp"

namespace navette::test {
namespace {

class HostilePush : public EngineTest {
 protected:
  HostilePush() {
    session_ = server.connect(correspondent.device.account());
    server.receive(session_, {sync::Hello{1, 1, 1, "hostile", replica_, {}, {}}}, clock);
    server.receive(session_, {sync::Follow{{{dossier, {}, {}}}}}, clock);
    (void)server.take(session_);
  }

  // The server's answer to these changes.
  sync::Receipt pushes(std::vector<sync::Change> changes) {
    number_ = number_.next();
    const sync::Push push{dossier, replica_, number_, 1, clock, std::move(changes)};
    server.receive(session_, {sync::PushMessage{sync::encode(push)}}, clock);
    for (const Batch& batch : server.take(session_)) {
      for (const sync::Message& message : batch) {
        if (const auto* receipt = std::get_if<sync::ReceiptMessage>(&message)) return receipt->receipt;
      }
    }
    ADD_FAILURE() << "no receipt";
    return {};
  }

  ReplicaId replica_ = ReplicaId::make_v4(random);
  PushNumber number_;
  MemoryAuthority::SessionNumber session_ = 0;
};

// A field number means another field, of another audience perhaps, in another kind.
TEST_F(HostilePush, ASalvagedValueMustNameTheKindOfItsRecord) {
  const FieldRef wrong{engagement_record, indicateur::kKind, indicateur::kNote};
  const sync::Receipt receipt = pushes({sync::SalvageValue{wrong, {}, Value("ailleurs")}});
  ASSERT_EQ(receipt.results.size(), 1U);
  EXPECT_EQ(receipt.results[0].reason, RefusalReason::kUnknownRecord);
  EXPECT_EQ(head(engagement_record, engagement::kLibelle), Value("Soins palliatifs"));
  expect_agreement();
}

// A conflict of a record that never was, settled in its favour, makes that record: by the rules of creation.
TEST_F(HostilePush, AConflictCannotMakeWhatItsAuthorMayNotCreate) {
  const auto made = RecordId::make_v7(clock, random);
  const FieldRef second_contract{made, contrat::kKind, contrat::kNote};
  const sync::Receipt opened = pushes({sync::SalvageValue{second_contract, engagement_record, Value("un autre")}});
  ASSERT_EQ(state().open.size(), 1U) << name_of(opened.results[0].reason);
  sync::ResolveConflict settled;
  settled.conflict = state().open.begin()->first;
  settled.version = state().open.begin()->second.version;
  settled.at = second_contract;
  settled.choice = Choice::kIncoming;
  settled.seen_live = sync::seen_sides({}, Value("un autre"));
  const sync::Receipt receipt = pushes({settled});
  EXPECT_EQ(receipt.results[0].reason, RefusalReason::kRight);
  EXPECT_EQ(state().record(made), nullptr);
  expect_agreement();
}

TEST_F(HostilePush, ARestoredRecordStandsUnderAnOwnerOfItsKind) {
  const auto made = RecordId::make_v7(clock, random);
  const FieldRef at{made, indicateur::kKind, indicateur::kNote};
  pushes({sync::SalvageValue{at, contrat_record, Value("sous le contrat")}});
  ASSERT_EQ(state().open.size(), 1U);
  sync::ResolveConflict settled;
  settled.conflict = state().open.begin()->first;
  settled.version = state().open.begin()->second.version;
  settled.at = at;
  settled.choice = Choice::kIncoming;
  settled.seen_live = sync::seen_sides({}, Value("sous le contrat"));
  EXPECT_EQ(pushes({settled}).results[0].reason, RefusalReason::kInvalid);
  EXPECT_EQ(state().record(made), nullptr);
  expect_agreement();
}

// Whatever hangs at the dossier names the empty id as its owner.
TEST_F(HostilePush, ARecordWithoutAnIdIsNeverMade) {
  const FieldRef nowhere{RecordId{}, indicateur::kKind, indicateur::kNote};
  const sync::Receipt receipt = pushes({sync::SalvageValue{nowhere, engagement_record, Value("nulle part")},
                                        sync::SetValue{nowhere, sync::Carried{}, Value("nulle part")},
                                        sync::CreateRecord{RecordId{}, indicateur::kKind, engagement_record}});
  ASSERT_EQ(receipt.results.size(), 3U);
  EXPECT_EQ(receipt.results[0].reason, RefusalReason::kUnknownRecord);
  EXPECT_EQ(receipt.results[1].reason, RefusalReason::kUnknownRecord);
  EXPECT_EQ(receipt.results[2].reason, RefusalReason::kInvalid);
  EXPECT_TRUE(state().open.empty());
  expect_agreement();
}

class HostileServer : public EngineTest {
 protected:
  // What the correspondent's session makes of it.
  Result<sync::Step> hears(const sync::Message& message) {
    return correspondent.device.session()->receive({message}, clock);
  }
  sync::Revisions revision(sync::Audience audience, sync::Operation operation) {
    sync::RevisionBody body;
    body.operations = {std::move(operation)};
    const Revision number = state().streams[static_cast<std::size_t>(audience)].head.next();
    return {dossier, audience, {{number, {}, {}, sync::encode(body)}}};
  }
};

// A stream keeps the digest of its own fields: what comes through another one would never be compared.
TEST_F(HostileServer, RecordsAreRemovedInTheSharedStreamOnly) {
  EXPECT_FALSE(hears(revision(sync::Audience::kStructure, sync::RecordsRemoved{{engagement_record}})));
  EXPECT_TRUE(correspondent.sees(engagement_record));
  sync(correspondent);
  expect_agreement();
}

TEST_F(HostileServer, AFieldComesInItsOwnStreamOnly) {
  const FieldRef libelle = correspondent.at(engagement_record, "libelle");
  EXPECT_FALSE(hears(revision(sync::Audience::kStructure, sync::ValueSet{libelle, Value("ailleurs")})));
  EXPECT_EQ(correspondent.reads(engagement_record, "libelle"), "Soins palliatifs");
  expect_agreement();
}

TEST_F(HostileServer, ADossierThatIsNotFollowedTakesNoRecordOfAnother) {
  sync::Snapshot other;
  other.dossier = DossierId::make_v7(clock, random);
  other.stream.records = {{engagement_record, engagement::kKind, {}, {}}};
  SetDigest digest;
  digest.add(sync::content_hash(other.stream.records[0], sync::Audience::kShared));
  other.stream.digest = digest.short_hash();
  (void)hears(other);
  EXPECT_EQ(correspondent.reads(engagement_record, "libelle"), "Soins palliatifs");
  expect_agreement();
}

TEST_F(HostileServer, RecordsThatOwnEachOtherCanBeRemoved) {
  const auto first = RecordId::make_v7(clock, random);
  const auto second = RecordId::make_v7(clock, random);
  sync::RevisionBody body;
  body.operations = {sync::RecordCreated{first, engagement::kKind, second},
                     sync::RecordCreated{second, engagement::kKind, first}};
  const Revision next = state().streams[0].head.next();
  ASSERT_TRUE(hears(sync::Revisions{dossier, sync::Audience::kShared, {{next, {}, {}, sync::encode(body)}}}));
  correspondent.removes(first);
  EXPECT_FALSE(correspondent.sees(first));
  EXPECT_FALSE(correspondent.sees(second));
}

TEST_F(HostileServer, ARepairCorrectsTheKindOfARecord) {
  sync::Repair wrong;
  wrong.dossier = dossier;
  wrong.stream.head = state().streams[0].head;
  wrong.stream.records = {{engagement_record, contrat::kKind, {}, {}}};
  wrong.superfluous = {engagement_record};
  ASSERT_TRUE(hears(wrong));
  delegation.edits(contrat_record, "note", "Du nouveau.");  // brings the next digest
  sync(delegation, correspondent);
  EXPECT_EQ(correspondent.reads(engagement_record, "libelle"), "Soins palliatifs");
  expect_agreement();
}

}  // namespace
}  // namespace navette::test
