// The authority's engine against hostile pushes: its state never contradicts itself, no field crosses its audience, a
// push is answered once.
#include <array>
#include <map>

#include "hostile.hpp"
#include "law.hpp"
#include "navette/sync/codec.hpp"
#include "support/memory_dossier.hpp"
#include "support/seeded_random.hpp"
#include "support/test_schema.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

using namespace sync;

constexpr int kSteps = 40;  // longer stories say nothing new and cost the fuzzer its speed
constexpr std::size_t kReplicas = 3;

template <class AnyId>
AnyId id(unsigned char n) {
  AnyId made;
  made.value.fill(n);
  return made;
}

class House {
 public:
  explicit House(BytesView input) : script_(input), hostile_(script_, schema_) {
    const std::vector<SeedRecord> seeds{
        {id<RecordId>(1), test::contrat::kKind, {}, {{test::contrat::kPhase, Value{"negociation"}}}},
        {id<RecordId>(2), test::engagement::kKind, {}, {{test::engagement::kTexte, Value{"Un début. Une suite."}}}}};
    commit(authority_.seed(dossier_.state, seeds, {"Agence", Party::kAgence}, now_));
    hostile_.see(dossier_.state);
    for (unsigned char n = 0; n < kReplicas; ++n) hostile_.remember(id<ReplicaId>(n));
  }

  void run() {
    for (int step = 0; step < kSteps && !script_.empty(); ++step) {
      switch (script_.below(12)) {
        case 0:
          adopt();
          break;
        case 1:
          repair();
          break;
        case 2:
          unreadable();
          break;
        default:
          push();
      }
    }
    const auto defects = dossier_.defects(authority_);
    require(defects.empty(), defects.empty() ? "" : defects.front());
    check_records();
  }

 private:
  // The messages as they would come: decoded from bytes.
  template <class T>
  static T received(const T& message) {
    return std::get<T>(decode<Message>(encode(Message(message))).value());
  }

  void push() {
    const auto number = static_cast<unsigned char>(script_.below(kReplicas));
    PushSource source;
    source.replica = id<ReplicaId>(number);
    source.role = number == 0 ? test::kCorrespondant : test::kNegociateur;
    source.author = {"someone", schema_.roles[source.role].party};
    source.together = [this](const std::string&, const FieldRef&, Revision) { return script_.chance(50); };
    const auto mark = dossier_.state.marks.find(source.replica);
    const PushNumber last = mark == dossier_.state.marks.end() ? PushNumber{} : mark->second.number;
    const Bytes encoded = encode(hostile_.push(source.replica, last));
    const Push push = decode<Push>(encoded).value();
    // What the session checks before it asks.
    if (push.replica != source.replica || push.dossier != dossier_.state.dossier) return;
    PushAnswer answer = authority_.process(dossier_.state, dossier_, source, push, encoded, {}, now_);
    if (std::holds_alternative<NeedBases>(answer)) {
      auto bases = hostile_.bases();
      if (bases.empty()) bases.push_back({~std::uint32_t{0}, {}});
      answer = authority_.process(dossier_.state, dossier_, source, push, encoded, bases, now_);
    }
    require(!std::holds_alternative<NeedBases>(answer), "bases are asked for once");
    const auto* applied = std::get_if<Applied>(&answer);
    if (applied == nullptr) return;
    check_receipt(push, *applied);
    if (!applied->repeated) commit(*applied);
    const DossierState before = dossier_.state;
    const PushAnswer again = authority_.process(dossier_.state, dossier_, source, push, encoded, {}, now_);
    const auto* repeated = std::get_if<Applied>(&again);
    require(repeated != nullptr && repeated->repeated && repeated->receipt == applied->receipt,
            "a push sent again gets the same receipt");
    require(repeated->revisions.empty() && dossier_.state == before, "and changes nothing");
  }

  static void check_receipt(const Push& push, const Applied& applied) {
    const Receipt& receipt = applied.receipt;
    require(receipt.replica == push.replica && receipt.number == push.number, "the receipt names its push");
    require(applied.repeated || receipt.results.size() == push.changes.size(), "one result for every change");
    for (const ChangeResult& result : receipt.results) {
      const bool refused = result.outcome == Outcome::kRefused;
      require(refused == (result.reason != RefusalReason::kNone), "what is refused says why");
    }
  }

  void adopt() {
    const auto message = hostile_.to_server(id<ReplicaId>(0), {});
    if (const auto* kept = std::get_if<Kept>(&message)) {
      commit(authority_.adopt(dossier_.state, kept->audience, received(*kept).envelopes));
    }
  }

  void repair() {
    const auto message = hostile_.to_server(id<ReplicaId>(0), {});
    const auto* request = std::get_if<RepairRequest>(&message);
    if (request == nullptr) return;
    const Repair answer = authority_.repair(dossier_.state, received(*request));
    check_snapshot(answer.stream, request->audience);
    check_snapshot(authority_.snapshot(dossier_.state, request->audience), request->audience);
  }

  void unreadable() {
    const ReplicaId replica = id<ReplicaId>(static_cast<unsigned char>(script_.below(kReplicas)));
    const Applied applied =
        authority_.unreadable(dossier_.state, replica, {script_.number()}, sha256(script_.bytes(8)), now_);
    require(applied.receipt.unreadable || applied.repeated, "what cannot be read is said to be so");
    if (!applied.repeated) commit(applied);
  }

  void check_records() const {
    for (const auto& [record, state] : dossier_.state.records) {
      const schema::Kind* kind = schema_.kind(state.kind);
      require(kind != nullptr, "a record has a kind");
      require(!kind->server_only || record == id<RecordId>(1), "what only the server makes, no push makes");
      if (state.owner.empty()) continue;
      const RecordState* owner = dossier_.state.record(state.owner);
      require(owner != nullptr && (state.removed || !owner->removed), "what is there has its owner");
      require(std::ranges::any_of(kind->fields,
                                  [&](const schema::Field& field) {
                                    return field.type == schema::FieldType::kOwner && field.target == owner->kind;
                                  }),
              "an owner is of the kind that owns");
    }
  }

  void require_audience(const FieldRef& at, Audience audience) {
    const schema::Kind* kind = schema_.kind(at.kind);
    const schema::Field* field = kind == nullptr ? nullptr : kind->field(at.field);
    require(field == nullptr || field->audience == audience, "no field crosses its audience");
  }

  void check_snapshot(const StreamSnapshot& stream, Audience audience) {
    require(stream.audience == audience, "the stream that was asked for");
    for (const RecordContent& record : stream.records) {
      for (const auto& [field, value] : record.values) require_audience({record.record, record.kind, field}, audience);
    }
    for (const Conflict& conflict : stream.conflicts) {
      require(conflict.audience == audience, "no conflict crosses its audience");
    }
  }

  void commit(const Applied& applied) {
    for (const NewRevision& revision : applied.revisions) {
      hostile_.remember(revision);
      for (const FieldRef& at : revision.fields) require_audience(at, revision.audience);
      const auto body = decode<RevisionBody>(revision.envelope.body);
      require(body.has_value(), "a revision can be read");
      for (const Operation& operation : body->operations) {
        if (const auto* set = std::get_if<ValueSet>(&operation)) require_audience(set->at, revision.audience);
        if (const auto* text = std::get_if<TextChanged>(&operation)) require_audience(text->at, revision.audience);
        if (const auto* conflict = std::get_if<ConflictChanged>(&operation)) {
          require(conflict->conflict.audience == revision.audience, "no conflict crosses its audience");
        }
      }
    }
    dossier_.commit(authority_, applied, {}, {});
  }

  const schema::Schema& schema_ = test::test_schema();
  test::SeededRandom random_{1};
  Authority authority_{schema_, "a key", random_};
  test::MemoryDossier dossier_{id<DossierId>(9)};
  Timestamp now_{1'800'000'000'000};
  Script script_;
  Hostile hostile_;
};

}  // namespace

void authority(BytesView input) { House(input).run(); }

}  // namespace navette::fuzz
