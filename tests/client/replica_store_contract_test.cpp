// What replica_store.hpp promises, asked of both implementations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "store_maker.hpp"
#include "support/test_schema.hpp"

namespace navette::test {
namespace {

using namespace sync;  // the vocabulary of every line below
using testing::ElementsAre;
using testing::IsEmpty;

template <class Maker>
class ReplicaStoreContract : public testing::Test {
 protected:
  template <class AnId>
  static AnId id(unsigned char n) {
    return {{n, n}};
  }
  static RecordId record_id(unsigned char n) { return id<RecordId>(n); }
  static FieldRef texte_of(unsigned char n) { return {record_id(n), engagement::kKind, engagement::kTexte}; }
  static ShortHash short_hash(unsigned char n) { return {{n}}; }

  void write(const std::function<void()>& work) {
    const auto done = store().transact([&]() -> Result<void> {
      work();
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  static RecordRow engagement_row(unsigned char n, DossierId dossier = {{1, 1}}) {
    return {.id = record_id(n), .dossier = dossier, .kind = engagement::kKind, .owner = {}, .values = {}};
  }
  static DraftRow draft_row(unsigned char n, FieldNumber field, DossierId dossier = {{1, 1}}) {
    DraftRow row;
    row.dossier = dossier;
    row.at = {record_id(n), engagement::kKind, field};
    row.working = "brouillon";
    row.base = AtRevision{Revision{4}, short_hash(3)};
    return row;
  }
  static Conflict conflict_row(unsigned char n, unsigned char record, ConflictState state = ConflictState::kOpen) {
    Conflict conflict;
    conflict.id = id<ConflictId>(n);
    conflict.at = texte_of(record);
    conflict.state = state;
    conflict.incoming = "autre texte";
    conflict.range = {2, 9};
    conflict.committed_by = {"Agnès", Party::kAgence};
    return conflict;
  }
  static RevisionEnvelope envelope(std::uint64_t number) {
    return {.number = {number}, .digest = short_hash(1), .code = short_hash(2), .body = Bytes("\0\xff", 2)};
  }

  ReplicaStore& store() { return maker_.store(); }
  DossierId dossier_ = id<DossierId>(1);
  DossierId other_ = id<DossierId>(2);

 private:
  Maker maker_;
};

using Makers = testing::Types<MemoryMaker, SqliteMaker>;
TYPED_TEST_SUITE(ReplicaStoreContract, Makers);

TYPED_TEST(ReplicaStoreContract, NamedValues) {
  EXPECT_FALSE(this->store().meta("epoch"));
  this->write([&] { this->store().set_meta("epoch", "a"); });
  this->write([&] { this->store().set_meta("epoch", Bytes("\0b", 2)); });
  EXPECT_EQ(this->store().meta("epoch"), Bytes("\0b", 2));
  this->write([&] { this->store().set_meta("epoch", ""); });
  EXPECT_EQ(this->store().meta("epoch"), "");
}

TYPED_TEST(ReplicaStoreContract, DossiersComeById) {
  this->write([&] {
    this->store().put_dossier({.id = this->other_, .last_push = {7}, .followed = false, .caught_up = true});
    this->store().put_dossier({.id = this->dossier_, .last_push = {}});
    this->store().put_dossier({.id = this->dossier_, .last_push = {3}});
  });
  const auto rows = this->store().dossiers();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id, this->dossier_);
  EXPECT_EQ(rows[0].last_push.value, 3U);
  EXPECT_FALSE(rows[1].followed);
  EXPECT_TRUE(rows[1].caught_up);
  EXPECT_FALSE(this->store().dossier(this->template id<DossierId>(9)));
}

TYPED_TEST(ReplicaStoreContract, Streams) {
  StreamRow row{.head = {12}, .chain = {{5, 6}}, .digest = {{1, ~std::uint64_t{0}, 3, 4}}};
  this->write([&] { this->store().put_stream(this->dossier_, Audience::kAgence, row); });
  EXPECT_FALSE(this->store().stream(this->dossier_, Audience::kShared));
  const auto read = this->store().stream(this->dossier_, Audience::kAgence);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->head, row.head);
  EXPECT_EQ(read->chain, row.chain);
  EXPECT_EQ(read->digest, row.digest);
}

TYPED_TEST(ReplicaStoreContract, RecordsKeepWhatIsNotEmpty) {
  RecordRow row = this->engagement_row(5);
  row.values = {{engagement::kTexte, "été"},
                {engagement::kMontant, std::int64_t{0}},
                {engagement::kLibelle, ""},
                {engagement::kObjectif, {}}};
  this->write([&] { this->store().put_record(row); });
  const auto read = this->store().record(row.id);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, engagement::kKind);
  EXPECT_EQ(read->dossier, this->dossier_);
  EXPECT_EQ(read->values,
            (std::map<FieldNumber, Value>{{engagement::kTexte, "été"}, {engagement::kMontant, std::int64_t{0}}}));
  this->write([&] { this->store().put_record(this->engagement_row(5)); });
  EXPECT_THAT(this->store().record(row.id)->values, IsEmpty()) << "replaced whole";
  EXPECT_FALSE(this->store().record(this->record_id(6)));
}

TYPED_TEST(ReplicaStoreContract, OneValueIsSetAndEmptied) {
  const RecordId record = this->record_id(5);
  this->write([&] {
    this->store().put_record(this->engagement_row(5));
    this->store().set_value(record, engagement::kKind, engagement::kTexte, "a");
    this->store().set_value(record, engagement::kKind, engagement::kMontant, std::int64_t{-3});
    this->store().set_value(this->record_id(6), engagement::kKind, engagement::kTexte, "absent");
  });
  EXPECT_EQ(this->store().record(record)->values,
            (std::map<FieldNumber, Value>{{engagement::kTexte, "a"}, {engagement::kMontant, std::int64_t{-3}}}));
  EXPECT_FALSE(this->store().record(this->record_id(6)));
  this->write([&] { this->store().set_value(record, engagement::kKind, engagement::kTexte, {}); });
  EXPECT_EQ(this->store().record(record)->values.size(), 1U);
}

TYPED_TEST(ReplicaStoreContract, RecordsComeByKindThenIdAndOwnedById) {
  this->write([&] {
    this->store().put_record({this->record_id(1), this->dossier_, indicateur::kKind, this->record_id(8), {}});
    this->store().put_record(this->engagement_row(8));
    this->store().put_record(this->engagement_row(3));
    this->store().put_record({this->record_id(9), this->dossier_, contrat::kKind, {}, {}});
    this->store().put_record(this->engagement_row(4, this->other_));
    this->store().put_record({this->record_id(2), this->dossier_, indicateur::kKind, this->record_id(8), {}});
  });
  std::vector<RecordId> ids;
  for (const RecordRow& row : this->store().records(this->dossier_)) ids.push_back(row.id);
  EXPECT_THAT(ids, ElementsAre(this->record_id(9), this->record_id(3), this->record_id(8), this->record_id(1),
                               this->record_id(2)));
  EXPECT_THAT(this->store().owned(this->record_id(8)), ElementsAre(this->record_id(1), this->record_id(2)));
  EXPECT_EQ(this->store().record(this->record_id(2))->owner, this->record_id(8));
  this->write([&] { this->store().erase_record(this->record_id(1), indicateur::kKind); });
  EXPECT_THAT(this->store().owned(this->record_id(8)), ElementsAre(this->record_id(2)));
}

TYPED_TEST(ReplicaStoreContract, Drafts) {
  DraftRow full = this->draft_row(2, engagement::kMontant);
  full.base_value = std::int64_t{1};
  full.base = Carried{std::int64_t{1}, {4}};
  full.head = std::int64_t{2};
  full.pushed = Value{};
  full.push = {6};
  full.publishes_from = engagement::kPriveA;
  full.room = "salle";
  full.covered = this->short_hash(8);
  this->write([&] {
    this->store().put_draft(full);
    this->store().put_draft(this->draft_row(2, engagement::kTexte));
    this->store().put_draft(this->draft_row(1, engagement::kLibelle));
    this->store().put_draft(this->draft_row(3, engagement::kTexte, this->other_));
  });
  const auto read = this->store().draft(this->record_id(2), engagement::kMontant);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at, full.at);
  EXPECT_EQ(read->base, full.base);
  EXPECT_EQ(read->base_value, full.base_value);
  EXPECT_EQ(read->head, full.head);
  ASSERT_TRUE(read->pushed) << "an emptied value that was pushed is not the same as none";
  EXPECT_EQ(read->pushed, full.pushed);
  EXPECT_EQ(read->push, full.push);
  EXPECT_EQ(read->publishes_from, full.publishes_from);
  EXPECT_EQ(read->room, "salle");
  EXPECT_EQ(read->covered, full.covered);
  const auto plain = this->store().draft(this->record_id(1), engagement::kLibelle);
  EXPECT_FALSE(plain->pushed);
  EXPECT_FALSE(plain->covered);

  std::vector<FieldRef> fields;
  for (const DraftRow& row : this->store().drafts(this->dossier_)) fields.push_back(row.at);
  EXPECT_THAT(fields, ElementsAre(this->draft_row(1, engagement::kLibelle).at, this->texte_of(2), full.at));
  EXPECT_EQ(this->store().drafts_of(this->record_id(2)).size(), 2U);
  this->write([&] { this->store().erase_draft(this->record_id(2), engagement::kMontant); });
  EXPECT_EQ(this->store().drafts_of(this->record_id(2)).size(), 1U);
}

TYPED_TEST(ReplicaStoreContract, CreationsKeepTheirOrder) {
  const auto row = [&](unsigned char n) {
    return CreationRow{.dossier = this->dossier_, .record = this->record_id(n), .kind = 3, .owner = {}, .push = {}};
  };
  this->write([&] {
    for (const unsigned char n : {std::uint8_t{5}, std::uint8_t{2}, std::uint8_t{9}})
      this->store().put_creation(row(n));
  });
  CreationRow sent = row(5);
  sent.push = {1};
  sent.known = true;
  sent.owner = this->record_id(7);
  this->write([&] {
    this->store().put_creation(sent);
    this->store().erase_creation(this->record_id(9));
    this->store().put_creation(row(1));
  });
  std::vector<RecordId> order;
  for (const CreationRow& creation : this->store().creations(this->dossier_)) order.push_back(creation.record);
  EXPECT_THAT(order, ElementsAre(this->record_id(5), this->record_id(2), this->record_id(1)));
  const auto read = this->store().creation(this->record_id(5));
  EXPECT_TRUE(read->known);
  EXPECT_EQ(read->push.value, 1U);
  EXPECT_EQ(read->owner, this->record_id(7));
  EXPECT_FALSE(this->store().creation(this->record_id(9)));
}

TYPED_TEST(ReplicaStoreContract, Removals) {
  const RemovalRow row{.dossier = this->dossier_,
                       .record = this->record_id(1),
                       .kind = 2,
                       .seen = {{this->record_id(1), this->short_hash(4)}, {this->record_id(2), this->short_hash(5)}},
                       .push = {2}};
  this->write([&] { this->store().put_removal(row); });
  const auto rows = this->store().removals(this->dossier_);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].seen, row.seen);
  EXPECT_EQ(rows[0].push, row.push);
  EXPECT_THAT(this->store().removals(this->other_), IsEmpty());
  this->write([&] { this->store().erase_removal(row.record); });
  EXPECT_THAT(this->store().removals(this->dossier_), IsEmpty());
}

TYPED_TEST(ReplicaStoreContract, ImprovementsAndResolutions) {
  const ConflictId conflict = this->template id<ConflictId>(1);
  const ImprovementRow improvement{this->dossier_, conflict, this->texte_of(3), "vu", "mieux", Value("envoyé"), {4}};
  const ResolutionRow resolution{this->dossier_,
                                 {.conflict = conflict,
                                  .version = 0xffffffff,
                                  .seen_live = this->short_hash(7),
                                  .choice = Choice::kWritten,
                                  .value = "décidé",
                                  .at = this->texte_of(3)},
                                 {5}};
  this->write([&] {
    this->store().put_improvement(improvement);
    this->store().put_resolution(resolution);
  });
  const auto improved = this->store().improvement(conflict);
  ASSERT_TRUE(improved);
  EXPECT_EQ(improved->text, improvement.text);
  EXPECT_EQ(improved->seen, improvement.seen);
  EXPECT_EQ(improved->pushed, improvement.pushed);
  EXPECT_EQ(improved->at, improvement.at);
  const auto resolved = this->store().resolution(conflict);
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->change, resolution.change);
  EXPECT_EQ(resolved->push, resolution.push);
  EXPECT_EQ(this->store().improvements(this->dossier_).size(), 1U);
  EXPECT_EQ(this->store().resolutions(this->dossier_).size(), 1U);
  this->write([&] {
    this->store().erase_improvement(conflict);
    this->store().erase_resolution(conflict);
  });
  EXPECT_FALSE(this->store().improvement(conflict));
  EXPECT_FALSE(this->store().resolution(conflict));
}

TYPED_TEST(ReplicaStoreContract, SalvagesAreOnePerFieldAndValue) {
  const auto put = [&](Value value, std::uint64_t push) {
    this->store().put_salvage({this->dossier_, {this->texte_of(1), this->record_id(9), std::move(value)}, {push}});
  };
  this->write([&] {
    put("a", 1);
    put("a", 2);
    put("b", 1);
    put({}, 2);
  });
  EXPECT_EQ(this->store().salvages(this->dossier_).size(), 3U);
  EXPECT_EQ(this->store().salvages(this->dossier_)[0].change.owner, this->record_id(9));
  this->write([&] { this->store().erase_salvages(this->dossier_, {2}); });
  const auto rest = this->store().salvages(this->dossier_);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].change.value, Value("b"));
}

TYPED_TEST(ReplicaStoreContract, Conflicts) {
  Conflict own = this->conflict_row(3, 2);
  own.audience = Audience::kStructure;
  this->write([&] {
    this->store().put_conflict(this->dossier_, this->conflict_row(2, 1));
    this->store().put_conflict(this->dossier_, this->conflict_row(1, 1, ConflictState::kResolved));
    this->store().put_conflict(this->dossier_, own);
    this->store().put_conflict(this->other_, this->conflict_row(4, 1));
  });
  EXPECT_EQ(this->store().conflict(own.id), own);
  EXPECT_EQ(this->store().conflict_dossier(own.id), this->dossier_);
  EXPECT_FALSE(this->store().conflict_dossier(this->template id<ConflictId>(8)));
  EXPECT_THAT(this->store().conflicts(this->dossier_, true), ElementsAre(this->conflict_row(2, 1), own));
  EXPECT_EQ(this->store().conflicts(this->dossier_, false).size(), 3U);
  EXPECT_THAT(this->store().open_conflicts_at(this->texte_of(2)), ElementsAre(own));
  EXPECT_THAT(this->store().open_conflicts_at({this->record_id(2), engagement::kKind, 0}), IsEmpty());
  this->write([&] { this->store().erase_open_conflicts(this->dossier_, Audience::kShared); });
  EXPECT_EQ(this->store().conflicts(this->dossier_, false).size(), 2U) << "settled ones and other audiences stay";
  EXPECT_EQ(this->store().conflicts(this->other_, true).size(), 1U);
}

TYPED_TEST(ReplicaStoreContract, RefusalsComeOldestFirst) {
  RefusalRow row;
  row.id = this->template id<RefusalId>(1);
  row.dossier = this->dossier_;
  row.at = this->texte_of(1);
  row.owner = this->record_id(4);
  row.act = RefusedAct::kEdit;
  row.value = "refusé";
  row.base = "avant";
  row.reason = RefusalReason::kTooLong;
  row.when = {2000};
  RefusalRow older = row;
  older.id = this->template id<RefusalId>(2);
  older.when = {-5};
  this->write([&] {
    this->store().put_refusal(row);
    this->store().put_refusal(older);
  });
  EXPECT_EQ(this->store().refusals().front().id, older.id);
  const auto read = this->store().refusal(row.id);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->owner, row.owner);
  EXPECT_EQ(read->act, row.act);
  EXPECT_EQ(read->value, row.value);
  EXPECT_EQ(read->base, row.base);
  EXPECT_EQ(read->reason, row.reason);
  EXPECT_EQ(read->when, row.when);
  this->write([&] { this->store().erase_refusal(older.id); });
  EXPECT_EQ(this->store().refusals().size(), 1U);
}

TYPED_TEST(ReplicaStoreContract, OneOutboxPerDossier) {
  const OutboxRow row{this->dossier_, {2}, Bytes("\0\x80", 2), {{1, "base"}, {4, {}}}, {77}};
  this->write([&] {
    this->store().put_outbox({this->dossier_, {1}, "p", {}, {1}});
    this->store().put_outbox(row);
  });
  const auto read = this->store().outbox(this->dossier_);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number, row.number);
  EXPECT_EQ(read->push, row.push);
  EXPECT_EQ(read->bases, row.bases);
  EXPECT_EQ(read->frozen_at, row.frozen_at);
  this->write([&] { this->store().erase_outbox(this->dossier_); });
  EXPECT_FALSE(this->store().outbox(this->dossier_));
}

TYPED_TEST(ReplicaStoreContract, KeptRevisions) {
  this->write([&] {
    for (const std::uint64_t n : {3, 1, 2, 10})
      this->store().keep(this->dossier_, Audience::kShared, this->envelope(n));
    this->store().keep(this->dossier_, Audience::kAgence, this->envelope(5));
  });
  const auto kept = [&](std::uint64_t after, std::size_t most) {
    return this->store().kept(this->dossier_, Audience::kShared, {after}, most);
  };
  EXPECT_THAT(kept(1, 2), ElementsAre(this->envelope(2), this->envelope(3)));
  EXPECT_EQ(kept(0, std::numeric_limits<std::size_t>::max()).size(), 4U);
  EXPECT_THAT(kept(0, 0), IsEmpty());
  this->write([&] { this->store().forget_kept(this->dossier_, Audience::kShared, {3}); });
  EXPECT_THAT(kept(0, 9), ElementsAre(this->envelope(10)));
  EXPECT_EQ(this->store().kept(this->dossier_, Audience::kAgence, {}, 9).size(), 1U);
}

TYPED_TEST(ReplicaStoreContract, ManyKeptRevisionsAreReadAndForgottenOneByOne) {
  constexpr std::uint64_t kLast = 300;
  const auto kept = [&](std::uint64_t after, std::size_t most) {
    std::vector<std::uint64_t> numbers;
    for (const RevisionEnvelope& envelope : this->store().kept(this->dossier_, Audience::kShared, {after}, most)) {
      EXPECT_EQ(envelope, this->envelope(envelope.number.value));
      numbers.push_back(envelope.number.value);
    }
    return numbers;
  };
  const auto from_to = [](std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> numbers;
    for (; first <= last; ++first) numbers.push_back(first);
    return numbers;
  };
  this->write([&] {
    for (std::uint64_t n = 1; n <= kLast; ++n) this->store().keep(this->dossier_, Audience::kShared, this->envelope(n));
    this->store().keep(this->dossier_, Audience::kAgence, this->envelope(63));
  });
  for (const std::uint64_t after : {0, 1, 62, 63, 64, 127, 200, 255, 256, 299, 300}) {
    EXPECT_EQ(kept(after, 1'000), from_to(after + 1, kLast)) << after;
    EXPECT_EQ(kept(after, 10), from_to(after + 1, std::min(after + 10, kLast))) << after;
    EXPECT_EQ(kept(after, 70), from_to(after + 1, std::min(after + 70, kLast))) << after;
  }
  for (const std::uint64_t up_to : {0, 1, 63, 64, 100, 126, 127, 128, 290}) {
    this->write([&] { this->store().forget_kept(this->dossier_, Audience::kShared, {up_to}); });
    EXPECT_EQ(kept(0, 1'000), from_to(up_to + 1, kLast)) << up_to;
  }
  EXPECT_EQ(this->store().kept(this->dossier_, Audience::kAgence, {}, 9).size(), 1U);
}

TYPED_TEST(ReplicaStoreContract, AKeptRevisionMayComeLateOrAgain) {
  this->write([&] {
    for (const std::uint64_t n : {70, 127, 65, 64, 127, 66, 130}) {
      this->store().keep(this->dossier_, Audience::kShared, this->envelope(n));
    }
  });
  std::vector<std::uint64_t> numbers;
  for (const auto& envelope : this->store().kept(this->dossier_, Audience::kShared, {}, 4)) {
    numbers.push_back(envelope.number.value);
  }
  EXPECT_THAT(numbers, ElementsAre(64, 65, 66, 70));
  this->write([&] { this->store().forget_kept(this->dossier_, Audience::kShared, {65}); });
  EXPECT_EQ(this->store().kept(this->dossier_, Audience::kShared, {}, 9).size(), 4U);
}

TYPED_TEST(ReplicaStoreContract, ForgettingUpToTheEndForgetsAll) {
  this->write([&] {
    for (std::uint64_t n = 1; n <= 70; ++n) this->store().keep(this->dossier_, Audience::kShared, this->envelope(n));
    this->store().forget_kept(this->dossier_, Audience::kShared, Revision{~std::uint64_t{0}});
  });
  EXPECT_THAT(this->store().kept(this->dossier_, Audience::kShared, {}, 9), IsEmpty());
}

TYPED_TEST(ReplicaStoreContract, EveryKindOfWorkCounts) {
  const auto id = [&](unsigned char n) { return this->template id<DossierId>(n); };
  this->write([&] {
    this->store().put_dossier({.id = id(1), .last_push = {}});
    this->store().put_outbox({id(8), {1}, "p", {}, {}});
    this->store().put_draft(this->draft_row(1, 1, id(2)));
    this->store().put_creation({id(3), this->record_id(2), 2, {}, {}});
    this->store().put_removal({id(4), this->record_id(3), 2, {}, {}});
    this->store().put_improvement({id(5), this->template id<ConflictId>(1), this->texte_of(1), {}, {}, {}, {}});
    this->store().put_resolution(
        {id(6), {.conflict = this->template id<ConflictId>(2), .seen_live = {}, .value = {}, .at = {}}, {}});
    this->store().put_salvage({id(7), {this->texte_of(1), {}, {}}, {}});
    this->store().put_draft(this->draft_row(1, 2, id(8)));
  });
  EXPECT_THAT(this->store().dossiers_with_work(), ElementsAre(id(2), id(3), id(4), id(5), id(6), id(7), id(8)));
}

TYPED_TEST(ReplicaStoreContract, AnErasedDossierLeavesItsRefusalsOnly) {
  const auto fill = [&](const DossierId& dossier, unsigned char n) {
    this->store().put_dossier({.id = dossier, .last_push = {}});
    this->store().put_stream(dossier, Audience::kShared, {});
    this->store().put_record(this->engagement_row(n, dossier));
    this->store().put_record({this->record_id(n + 1), dossier, indicateur::kKind, this->record_id(n), {}});
    this->store().put_draft(this->draft_row(n, 1, dossier));
    this->store().put_creation({dossier, this->record_id(n), 2, {}, {}});
    this->store().put_removal({dossier, this->record_id(n), 2, {}, {}});
    this->store().put_improvement({dossier, this->template id<ConflictId>(n), this->texte_of(n), {}, {}, {}, {}});
    this->store().put_resolution(
        {dossier, {.conflict = this->template id<ConflictId>(n), .seen_live = {}, .value = {}, .at = {}}, {}});
    this->store().put_salvage({dossier, {this->texte_of(n), {}, {}}, {}});
    this->store().put_conflict(dossier, this->conflict_row(n, n));
    this->store().put_outbox({dossier, {1}, "p", {}, {}});
    this->store().keep(dossier, Audience::kShared, this->envelope(1));
  };
  this->write([&] { fill(this->other_, 20); });
  const std::string before = dump(this->store());
  this->write([&] { fill(this->dossier_, 10); });
  this->write([&] { this->store().erase_dossier(this->dossier_); });
  EXPECT_EQ(dump(this->store()), before);
  EXPECT_THAT(this->store().owned(this->record_id(10)), IsEmpty());
  EXPECT_FALSE(this->store().conflict(this->template id<ConflictId>(10)));

  RefusalRow refusal;
  refusal.dossier = this->other_;
  this->write([&] {
    this->store().put_refusal(refusal);
    this->store().erase_dossier(this->other_);
  });
  EXPECT_EQ(this->store().refusals().size(), 1U);
}

TYPED_TEST(ReplicaStoreContract, AnErrorRollsEverythingBack) {
  this->write([&] {
    this->store().put_record(this->engagement_row(1));
    this->store().set_value(this->record_id(1), engagement::kKind, engagement::kTexte, "avant");
    this->store().put_draft(this->draft_row(1, 1));
    this->store().put_dossier({.id = this->dossier_, .last_push = {}});
  });
  const std::string before = dump(this->store());
  const auto change = [&] {
    this->store().set_value(this->record_id(1), engagement::kKind, engagement::kTexte, "après");
    this->store().set_value(this->record_id(1), engagement::kKind, engagement::kTexte, {});
    this->store().erase_record(this->record_id(1), engagement::kKind);
    this->store().put_record(this->engagement_row(1, this->other_));
    this->store().set_value(this->record_id(1), engagement::kKind, engagement::kLibelle, "x");
    this->store().put_draft(this->draft_row(1, 2));
    this->store().erase_draft(this->record_id(1), 1);
    this->store().erase_dossier(this->dossier_);
  };
  const auto refused = this->store().transact([&]() -> Result<void> {
    change();
    return fail(ErrorCode::kStale, "changé depuis");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStale);
  EXPECT_EQ(dump(this->store()), before);

  const auto failed = this->store().transact([&]() -> Result<void> {
    change();
    throw StoreFailure{{ErrorCode::kDiskFull, "disque plein"}};
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(dump(this->store()), before);
  this->write([&] { this->store().set_meta("epoch", "e"); });
}

TYPED_TEST(ReplicaStoreContract, NestedCallsJoin) {
  const auto set = [&](std::string_view name) {
    return this->store().transact([&]() -> Result<void> {
      this->store().set_meta(name, "1");
      return {};
    });
  };
  const auto refused = this->store().transact([&]() -> Result<void> {
    NAVETTE_TRY(set("a"));
    return fail(ErrorCode::kStale, "non");
  });
  EXPECT_FALSE(refused);
  EXPECT_FALSE(this->store().meta("a")) << "what was nested goes with the rest";

  const auto done = this->store().transact([&]() -> Result<void> {
    NAVETTE_TRY(set("a"));
    return this->store().read([&]() -> Result<void> {
      EXPECT_TRUE(this->store().meta("a"));
      return {};
    });
  });
  EXPECT_TRUE(done);
  EXPECT_TRUE(this->store().meta("a"));
}

TYPED_TEST(ReplicaStoreContract, ANestedFailureCannotBeForgotten) {
  const auto result = this->store().transact([&]() -> Result<void> {
    this->store().set_meta("a", "1");
    const auto inner =
        this->store().transact([]() -> Result<void> { throw StoreFailure{{ErrorCode::kBusy, "occupé"}}; });
    EXPECT_FALSE(inner);
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBusy);
  EXPECT_FALSE(this->store().meta("a"));
  this->write([&] { this->store().set_meta("a", "2"); });
}

TYPED_TEST(ReplicaStoreContract, AReadDoesNotWrite) {
  const auto written = this->store().read([&]() -> Result<void> {
    this->store().set_meta("a", "1");
    return {};
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kInternal);
  const auto nested =
      this->store().read([&]() -> Result<void> { return this->store().transact([]() -> Result<void> { return {}; }); });
  EXPECT_FALSE(nested);
  EXPECT_THROW(this->store().set_meta("a", "1"), StoreFailure);
  EXPECT_FALSE(this->store().meta("a"));
}

}  // namespace
}  // namespace navette::test
