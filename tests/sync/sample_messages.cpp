#include "sample_messages.hpp"

#include <cstdio>
#include <map>

#include "navette/sync/codec.hpp"

namespace navette::test {
namespace {

using namespace sync;  // a table of their structures

template <class AnyId>
AnyId id(unsigned char n) {
  AnyId made;
  made.value.fill(n);
  return made;
}
Hash hash(unsigned char n) {
  Hash made;
  made.value.fill(n);
  return made;
}
ShortHash short_hash(unsigned char n) { return shorten(hash(n)); }

const FieldRef kAt{id<RecordId>(5), 2, 3};

Delta delta() {
  Delta made;
  made.retain(3);
  made.insert("é😀");
  made.erase(2);
  made.finish();
  return made;
}

Conflict conflict() {
  Conflict made;
  made.id = id<ConflictId>(9);
  made.audience = Audience::kStructure;
  made.kind = ConflictKind::kText;
  made.version = 3;
  made.at = kAt;
  made.owner = id<RecordId>(6);
  made.base = Value("base");
  made.committed = Value("validé");
  made.incoming = Value("arrivé");
  made.range = {1, 4};
  made.pushed_range = {2, 5};
  made.base_range = {0, 4};
  made.committed_by = {"Chloé", Party::kAgence};
  made.incoming_by = {"Anne", Party::kStructure};
  made.replica = id<ReplicaId>(7);
  made.push = {12};
  made.improved = true;
  return made;
}

Push push() {
  Push made;
  made.dossier = id<DossierId>(1);
  made.replica = id<ReplicaId>(7);
  made.number = {300};
  made.schema_version = 2;
  made.client_time = {1'700'000'000'000};
  const AtRevision at{Revision{70'000}, short_hash(4)};
  made.changes = {CreateRecord{id<RecordId>(5), 2, id<RecordId>(6)},
                  SetValue{kAt, at, Value(std::int64_t{-5})},
                  EditText{kAt, Carried{Value("avant"), {2}}, delta(), 77, "session 3"},
                  PublishText{kAt, 4, at, delta(), 78},
                  RemoveRecord{id<RecordId>(5), 2, {{id<RecordId>(5), short_hash(8)}}},
                  ImproveConflict{id<ConflictId>(9), kAt, Value("vu"), Value("mieux")},
                  ResolveConflict{id<ConflictId>(9), 3, short_hash(8), Choice::kWritten, Value("réglé"), kAt},
                  ChangePhase{kAt, Value("negociation"), Value("signature"), short_hash(8)},
                  SalvageValue{kAt, id<RecordId>(6), Value("sauvé")}};
  return made;
}

RevisionBody body() {
  RevisionBody made;
  made.author = {"Anne", Party::kStructure};
  made.server_time = {1'700'000'000'001};
  made.client_time = {1'700'000'000'000};
  made.replica = id<ReplicaId>(7);
  made.push = {300};
  made.push_hash = hash(3);
  made.operations = {RecordCreated{id<RecordId>(5), 2, {}}, ValueSet{kAt, Value(std::int64_t{1} << 40)},
                     TextChanged{kAt, delta()}, RecordsRemoved{{id<RecordId>(5)}}, ConflictChanged{conflict()}};
  return made;
}

StreamSnapshot snapshot() {
  StreamSnapshot made;
  made.audience = Audience::kAgence;
  made.head = {9};
  made.chain = hash(2);
  made.digest = short_hash(3);
  made.code = short_hash(4);
  // Every form of a column, one that not all records have, and owners that are here, elsewhere and nowhere.
  made.records = {
      {id<RecordId>(5), 2, {}, {{3, Value("texte")}, {4, Value(std::int64_t{12})}, {5, Value("V2")}}},
      {id<RecordId>(6), 2, id<RecordId>(5), {{3, Value("é")}, {4, Value("seize")}, {5, Value("V2")}}},
      {id<RecordId>(8), 3, id<RecordId>(7), {{3, Value("2027-01-31")}, {4, Value(std::int64_t{-70'000})}}},
      {id<RecordId>(9), 3, {}, {{3, Value("1999-12-31")}}},
  };
  made.conflicts = {conflict()};
  return made;
}

}  // namespace

std::vector<Sample> sample_messages() {
  const auto dossier = id<DossierId>(1);
  const StreamHead head{Audience::kStructure, {9}, short_hash(2)};
  const RevisionEnvelope envelope{{9}, short_hash(3), short_hash(4), encode(body())};
  Receipt receipt;
  receipt.dossier = dossier;
  receipt.replica = id<ReplicaId>(7);
  receipt.number = {300};
  receipt.push_hash = hash(3);
  receipt.server_time = {1'700'000'000'001};
  receipt.results = {{Outcome::kMerged, RefusalReason::kNone, true, {}},
                     {Outcome::kContested, RefusalReason::kNone, false, {id<ConflictId>(9)}},
                     {Outcome::kRefused, RefusalReason::kTooLong, false, {}}};
  receipt.heads = {head};
  HistoryEntry entry;
  entry.audience = Audience::kShared;
  entry.revision = {9};
  entry.author = {"Anne", Party::kStructure};
  entry.what = "edited";
  entry.at = kAt;
  entry.before = Value("avant");
  return {{"hello", Hello{1, 1, 2, "navette 0.1", id<ReplicaId>(7), id<EpochId>(8), short_hash(8)}},
          {"welcome", Welcome{1, id<EpochId>(8), 30'000, 5, "Anne", "correspondant", {1'700'000'000'001}, "session 3"}},
          {"scope", Scope{{dossier, id<DossierId>(2)}}},
          {"follow", Follow{{{dossier, {head}, {300}}}}},
          {"totals", Totals{3, 1'000'000}},
          {"snapshot", Snapshot{dossier, true, snapshot()}},
          {"revisions", Revisions{dossier, Audience::kStructure, {envelope}}},
          {"caught_up", CaughtUp{dossier}},
          {"push", PushMessage{encode(push())}},
          {"need_bases", NeedBases{dossier, {300}, {1, 3}}},
          {"push_with_bases", PushWithBases{encode(push()), {{1, Value("base")}, {3, {}}}}},
          {"receipt", ReceiptMessage{receipt}},
          {"ask_kept", AskKept{dossier, Audience::kAgence, {9}}},
          {"kept", Kept{dossier, Audience::kAgence, {envelope}, false}},
          {"repair_request", RepairRequest{dossier, Audience::kShared, {9}, {{id<RecordId>(5), short_hash(8)}}}},
          {"repair", Repair{dossier, snapshot(), {id<RecordId>(6)}}},
          {"covered", Covered{dossier, {head}}},
          {"presence", Presence{dossier, kAt, false, {"Anne", Party::kStructure}}},
          {"report", Report{1, 2, 3, 60'000, 4, "navette 0.1"}},
          {"history_request", HistoryRequest{5, dossier, id<RecordId>(5), 3, 20}},
          {"history_reply", HistoryReply{5, {entry}, true}},
          {"refusal_notice", RefusalNotice{id<RefusalId>(4),
                                           dossier,
                                           kAt,
                                           RefusedAct::kPublish,
                                           id<RecordId>(6),
                                           Value("refusé"),
                                           Value("avant"),
                                           RefusalReason::kRight,
                                           {1'700'000'000'001}}},
          {"goodbye", Goodbye{Action::kUpgrade, "mettez à jour", 1'000, true}},
          {"unchanged", Unchanged{300}},
          {"refusals_settled", RefusalsSettled{{{id<RefusalId>(4), short_hash(8)}}}}};
}

namespace {

// Ids and fields ascend, as the server writes them. Ids share more or less of their beginning.
template <class Draw>
std::vector<RecordContent> random_records(RandomText& random, const Draw& value) {
  std::map<RecordId, RecordContent> records;
  const std::uint32_t shared = random.below(16);
  const bool codes = random.chance(50);
  for (std::uint32_t n = random.below(12); n > 0; --n) {
    auto record = id<RecordId>(7);
    for (std::size_t i = shared; i < 16; ++i) record.value[i] = static_cast<unsigned char>(random.below(256));
    RecordContent& content = records[record];
    content = {record, static_cast<KindNumber>(random.below(3)), {}, {}};
    if (random.chance(30)) content.owner = random.chance(50) ? records.begin()->first : id<RecordId>(3);
    std::map<FieldNumber, Value> values;
    for (std::uint32_t left = random.below(4); left > 0; --left) {
      const auto number = static_cast<FieldNumber>(random.below(4));
      const bool date = number == 1 && random.chance(90);
      if (date) {
        char text[11];
        std::snprintf(text, sizeof text, "%04u-%02u-%02u", 1 + random.below(9999), 1 + random.below(12),
                      1 + random.below(28));
        values[number] = Value(text);
      } else {
        values[number] = number == 2 && codes ? Value(random.chance(50) ? "V1" : "V2") : value();
      }
    }
    content.values.assign(values.begin(), values.end());
  }
  std::vector<RecordContent> all;
  for (auto& [record, content] : records) all.push_back(std::move(content));
  return all;
}

}  // namespace

// The samples with everything that varies drawn anew.
Message random_message(RandomText& random) {
  std::vector<Sample> samples = sample_messages();
  Message message = std::move(samples[random.below(static_cast<std::uint32_t>(samples.size()))].message);
  const auto value = [&] {
    switch (random.below(3)) {
      case 0:
        return Value{};
      case 1:
        return Value(static_cast<std::int64_t>(random.below(1u << 31)) - (1 << 30));
      default:
        return Value(random.text(40));
    }
  };
  if (auto* snapshot = std::get_if<Snapshot>(&message)) {
    snapshot->stream.records = random_records(random, value);
  } else if (auto* push_message = std::get_if<PushMessage>(&message)) {
    Push made = push();
    made.number = {random.below(1u << 31)};
    std::erase_if(made.changes, [&](const Change&) { return random.chance(40); });
    made.changes.push_back(
        EditText{kAt, Carried{value(), {}}, random.delta(random.text(30)), random.below(1u << 31), {}});
    push_message->push = encode(made);
  } else if (auto* revisions = std::get_if<Revisions>(&message)) {
    revisions->envelopes.assign(random.below(4), revisions->envelopes.front());
    for (RevisionEnvelope& envelope : revisions->envelopes) envelope.number = {random.below(1u << 31)};
  } else if (auto* receipt = std::get_if<ReceiptMessage>(&message)) {
    receipt->receipt.results.assign(
        random.below(6), {static_cast<Outcome>(random.below(4)), RefusalReason::kNone, random.chance(50), {}});
  } else if (auto* notice = std::get_if<RefusalNotice>(&message)) {
    notice->value = value();
  } else if (auto* scope = std::get_if<Scope>(&message)) {
    scope->dossiers.assign(random.below(100), id<DossierId>(static_cast<unsigned char>(random.below(256))));
  }
  return message;
}

}  // namespace navette::test
