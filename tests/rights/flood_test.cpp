// A modified client that asks and says much more than a person could: it is sent away, and costs the others little.
#include <gtest/gtest.h>

#include <functional>

#include "contract.hpp"
#include "navette/cpom/numbers.hpp"
#include "navette/server/tuning.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/frame.hpp"
#include "world.hpp"

namespace navette::test {
namespace {

using namespace sync;

class Flood : public testing::Test {
 protected:
  Flood() {
    world_.connect(claire_, {{dossier_, {}, {}}});
    (void)World::heard(claire_);
  }
  // The last word of her session, if it has ended.
  std::optional<Goodbye> goodbye() {
    std::optional<Goodbye> last;
    Unpacker unpacker(kBatchBytesFromServer);
    for (const Bytes& frame : World::heard(claire_)) {
      auto batch = unpacker.feed(frame).value();
      if (!batch) continue;
      for (const Message& message : *batch) {
        if (const auto* said = std::get_if<Goodbye>(&message)) last = *said;
      }
    }
    return last;
  }
  void expect_sent_away(const Message& message, double burst) {
    const std::vector<Message> allowed(static_cast<std::size_t>(burst), message);
    world_.say(claire_, allowed);
    EXPECT_FALSE(goodbye()) << "what an honest program may do";
    world_.say(claire_, {message});
    const auto said = goodbye();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->action, Action::kRetry);
    EXPECT_GT(said->retry_after_ms, 0U);
  }

  World world_;
  Person claire_ = world_.add_person("Claire", "correspondant", "ej:750712184", 1);
  DossierId dossier_ = world_.add_dossier("750712184", "75", 1);
  FieldRef objectif_{World::record(dossier_, cpom::engagement::kKind, 1), cpom::engagement::kKind,
                     cpom::engagement::kObjectif};
};

namespace tuning = server::tuning;

TEST_F(Flood, OfHistory) { expect_sent_away(HistoryRequest{1, dossier_, {}, 0, 1}, tuning::kHistoryBurst); }
TEST_F(Flood, OfRepairs) {
  expect_sent_away(RepairRequest{dossier_, Audience::kShared, {1}, {}}, tuning::kRepairBurst);
}
TEST_F(Flood, OfPresence) { expect_sent_away(Presence{dossier_, objectif_, true, {}}, tuning::kPresenceBurst); }
TEST_F(Flood, OfSettledRefusals) { expect_sent_away(RefusalsSettled{{}}, tuning::kSettledBurst); }

TEST_F(Flood, OfPushesBeforeTheirAnswer) {
  const auto push = [&](std::uint64_t number) {
    return PushMessage{encode(Push{dossier_,
                                   claire_.replica,
                                   {number},
                                   1,
                                   world_.now(),
                                   {edit(objectif_, Value{"Un but."}, Value{"But " + std::to_string(number)})}})};
  };
  world_.say(claire_, {push(1)});
  EXPECT_FALSE(goodbye());
  std::vector<Message> many;
  for (std::uint64_t number = 2; number < 500; ++number) many.push_back(push(number));
  const auto before = world_.store().writer_stats().jobs;
  world_.say(claire_, many);
  EXPECT_TRUE(goodbye());
  EXPECT_LT(world_.store().writer_stats().jobs - before, 20U) << "the writer is there for the others";
}

}  // namespace
}  // namespace navette::test
