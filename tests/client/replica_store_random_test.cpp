// Random transactions, some of which fail, on both stores: they hold the same after each.
#include <gtest/gtest.h>

#include <random>

#include "store_maker.hpp"

namespace navette::test {
namespace {

using namespace sync;

class RandomWork {
 public:
  explicit RandomWork(unsigned seed) : random_(seed) {}

  // The same steps on both: the choices are made before.
  struct Step {
    unsigned what, a, b, c;
  };
  std::vector<Step> transaction() {
    std::vector<Step> steps(1 + below(8));
    for (Step& step : steps) step = {below(16), below(4), below(6), below(5)};
    return steps;
  }
  bool fails() { return below(3) == 0; }

  static void run(ReplicaStore& store, const Step& s) {
    const DossierId dossier{{static_cast<unsigned char>(s.a)}};
    const RecordId record{{static_cast<unsigned char>(10 + s.b)}};
    const KindNumber kind = s.b < 3 ? engagement::kKind : indicateur::kKind;
    const auto field = static_cast<FieldNumber>(s.b < 3 ? engagement::kTexte : indicateur::kNote);
    const Value value = s.c == 0 ? Value{} : Value{std::string(s.c, 'v')};
    const PushNumber push{s.c};
    const ConflictId conflict{{static_cast<unsigned char>(30 + s.b)}};
    const Audience audience = schema::kAudiences[s.b % 3];
    const FieldRef at{record, kind, field};
    switch (s.what) {
      case 0:
        return store.put_dossier({.id = dossier, .last_push = push});
      case 1:
        return store.put_record({record, dossier, kind, s.c > 2 ? RecordId{{10}} : RecordId{}, {{field, value}}});
      case 2:
        return store.set_value(record, kind, field, value);
      case 3:
        return store.erase_record(record, kind);
      case 4:
        return store.put_draft({dossier, at, value, {}, Carried{value, push}, {}, value, push, 0, "", {}});
      case 5:
        return store.erase_draft(record, field);
      case 6:
        return store.put_creation({dossier, record, kind, {}, push});
      case 7:
        return store.erase_creation(record);
      case 8:
        return store.put_salvage({dossier, {at, {}, value}, push});
      case 9:
        return store.erase_salvages(dossier, push);
      case 10: {
        Conflict row;
        row.id = conflict;
        row.at = at;
        row.audience = audience;
        row.state = s.c < 3 ? ConflictState::kOpen : ConflictState::kResolved;
        return store.put_conflict(dossier, row);
      }
      case 11:
        return store.erase_open_conflicts(dossier, audience);
      case 12:
        return store.keep(dossier, audience, {.number = {s.c}, .digest = {}, .code = {}, .body = "b"});
      case 13:
        return store.forget_kept(dossier, audience, {s.c});
      case 14:
        return s.c == 0 ? store.erase_dossier(dossier)
                        : store.put_stream(dossier, audience, {.head = {s.c}, .chain = {}, .digest = {}});
      default:
        return store.put_removal({dossier, record, kind, {}, push});
    }
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::mt19937 random_;
};

TEST(ReplicaStoreRandom, BothStoresHoldTheSame) {
  MemoryMaker memory;
  SqliteMaker sqlite;
  RandomWork work(20240607);
  for (unsigned char n = 0; n < 4; ++n) {  // known to both, so that the dump walks them
    for (ReplicaStore* store : {&memory.store(), &sqlite.store()}) {
      ASSERT_TRUE(store->transact([&]() -> Result<void> {
        store->put_dossier({.id = {{n}}, .last_push = {}});
        return {};
      }));
    }
  }
  for (int round = 0; round < 1500; ++round) {
    const auto steps = work.transaction();
    const bool fails = work.fails();
    for (ReplicaStore* store : {&memory.store(), &sqlite.store()}) {
      const auto done = store->transact([&]() -> Result<void> {
        for (const auto& step : steps) RandomWork::run(*store, step);
        if (fails) return fail(ErrorCode::kStale, "tiré au sort");
        return {};
      });
      ASSERT_EQ(done.has_value(), !fails);
    }
    ASSERT_EQ(dump(memory.store()), dump(sqlite.store())) << "round " << round;
  }
}

}  // namespace
}  // namespace navette::test
