// Clocks that are years wrong, or jump while a program runs: nothing lost, nothing stuck, and the clock is named.
#include <csignal>
#include <fstream>

#include "e2e/agency.hpp"

namespace navette::e2e {
namespace {

using testing::HasSubstr;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#endif

// libfaketime stands between a program and the system's clock. What measures durations is left alone, as a changed
// clock leaves it alone.
std::string library() {
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib")) {
    const std::filesystem::path file = entry.path() / "faketime" / "libfaketimeMT.so.1";
    if (std::filesystem::exists(file)) return file;
  }
  return {};
}

class Clocks : public AgencyTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "a sanitizer wants to be loaded first";
    ASSERT_FALSE(library().empty()) << "packaging/setup installs faketime";
    open_demo();
    bring_people();
  }
  // "+3y", "-10y": that far from the present.
  static Environment shifted(const std::string& by) {
    return {{"LD_PRELOAD", library()}, {"FAKETIME", by}, {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
  }
  // As the file says, which may change at any moment.
  [[nodiscard]] Environment following(const std::filesystem::path& file) const {
    return {{"LD_PRELOAD", library()},
            {"FAKETIME_TIMESTAMP_FILE", file.string()},
            {"FAKETIME_NO_CACHE", "1"},
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
  }
  static Ran run_shifted(const Replica& who, std::vector<std::string> words, const std::string& by) {
    Launch launch = who.launch(std::move(words));
    launch.environment = shifted(by);
    return e2e::run(launch);
  }
};

TEST_F(Clocks, ADeviceFarFromTheTimeKeepsWritingAndIsToldToLookAtItsClock) {
  int value = 10;
  for (const std::string by : {"+10y", "-10y"}) {
    const std::string text = std::to_string(++value);
    EXPECT_EQ(run_shifted(claire_, {"set", indicateur_, "realise_n1", text}, by).code, 0) << by;
    const Ran added = run_shifted(claire_, {"add", dossier_, "engagement", "objectif=À " + by}, by);
    EXPECT_EQ(added.code, 0) << added.told();
    const Ran refused = run_shifted(claire_, {"sync"}, by);
    EXPECT_THAT(refused.code, testing::AnyOf(1, 2)) << by << refused.told();
    EXPECT_THAT(refused.err, HasSubstr("horloge")) << by;
    EXPECT_LT(refused.took, 30s);
    claire_.sync();
    nadia_.sync();
    EXPECT_EQ(nadia_.get(indicateur_, "realise_n1"), text);
    EXPECT_EQ(nadia_.get(added.out.substr(0, 36), "objectif"), "À " + by);
  }
  converge({claire_, nadia_, paul_});
}

TEST_F(Clocks, ADeviceAYearAheadIsADeviceLikeAnyOther) {
  EXPECT_EQ(run_shifted(claire_, {"set", indicateur_, "realise_n1", "5"}, "+1y").code, 0);
  const Ran ran = run_shifted(claire_, {"sync"}, "+1y");
  EXPECT_EQ(ran.code, 0) << ran.told();
  claire_.set(indicateur_, "realise_n1", "6");
  claire_.edit(diagnostic_, "structure", "De nouveau à l'heure.\n");
  converge({claire_, nadia_, paul_});
  EXPECT_EQ(nadia_.get(indicateur_, "realise_n1"), "6");
}

TEST_F(Clocks, AServerFarFromTheTimeIsNamedAndWorksAgainAtTheRightTime) {
  for (const std::string by : {"+10y", "-10y"}) {
    server_.stop();
    server_.serve({}, shifted(by));
    claire_.set(indicateur_, "realise_n1", "7");
    const Ran refused = claire_.run({"sync"});
    EXPECT_THAT(refused.code, testing::AnyOf(1, 2)) << by << refused.told();
    EXPECT_THAT(refused.err, HasSubstr("horloge")) << by;
    EXPECT_LT(refused.took, 30s);
    server_.stop();
    server_.serve();
    converge({claire_, nadia_});
  }
}

TEST_F(Clocks, AServerAYearAheadAndBackKeepsItsHistoryInOrder) {
  server_.stop();
  server_.serve({}, shifted("+1y"));
  claire_.set(indicateur_, "realise_n1", "8");
  claire_.sync();
  server_.stop();
  server_.serve();
  nadia_.sync();
  nadia_.set(indicateur_, "cible_n1", "9");
  nadia_.sync();
  claire_.set(indicateur_, "realise_n1", "10");
  converge({claire_, nadia_, paul_});
  EXPECT_EQ(nadia_.get(indicateur_, "realise_n1"), "10");
}

TEST_F(Clocks, AnEnrolmentCodeFollowsTheClockOfTheServer) {
  const std::string code = server_.code("Rémi Loin", "correspondant", "ej:990001000");
  const std::string later = server_.code("Rémi Tard", "correspondant", "ej:990001000");
  server_.stop();
  server_.serve({}, shifted("+1y"));
  const Replica late(place_ / "tard");
  const Ran refused = late.run({"enrol", "--server", server_.url(), "--code", code});
  EXPECT_EQ(refused.code, 1) << refused.told();
  EXPECT_THAT(refused.err, HasSubstr("code"));
  server_.stop();
  server_.serve();
  // The clock was wrong, not the code.
  EXPECT_EQ(late.run({"enrol", "--server", server_.url(), "--code", code}).code, 0);
  late.sync();
  EXPECT_EQ(Replica(place_ / "futur").run({"enrol", "--server", server_.url(), "--code", later}).code, 0);
}

TEST_F(Clocks, ClocksThatJumpDuringASessionStopNothing) {
  const std::filesystem::path clock = write_file("horloge", "+0\n");
  server_.stop();
  server_.serve({}, following(clock));
  Launch launch = claire_.launch({"sync", "--watch", "--json"});
  launch.environment = following(clock);
  Process watcher(launch);
  while (const auto line = watcher.read_line()) {
    if (line->contains("caught_up")) break;
  }
  int value = 20;
  for (const std::string by : {"+5y", "-5y", "+1d", "-20y", "+0"}) {
    std::ofstream(clock) << by << "\n";
    const std::string text = std::to_string(++value);
    claire_.set(indicateur_, "realise_n1", text);
    EXPECT_TRUE(eventually([&] { return claire_.json({"status"}).at("drafts") == 0; }, 10s)) << by;
  }
  nadia_.sync();
  EXPECT_EQ(nadia_.get(indicateur_, "realise_n1"), std::to_string(value));
  watcher.signal(SIGTERM);
  EXPECT_EQ(watcher.wait(10s), 0) << watcher.errors();
  converge({claire_, nadia_, paul_});
}

}  // namespace
}  // namespace navette::e2e
