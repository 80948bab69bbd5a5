// No room left on the server's disk or on the device's: said clearly, nothing lost, all well again with room.
#include "e2e/agency.hpp"

namespace navette::e2e {
namespace {

class FullDisk : public AgencyTest {
 protected:
  void SetUp() override {
    open_demo();
    bring_people();
  }
  static rlim_t largest_file_in(const std::filesystem::path& directory) {
    std::uintmax_t largest = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      if (entry.is_regular_file()) largest = std::max(largest, entry.file_size());
    }
    return static_cast<rlim_t>(largest);
  }
  // Texts of 300 KB in all; the server's answer when it stores them.
  void write_much(const Replica& who, const std::string& mark) {
    std::vector<Json> commands;
    for (int i = 0; i < 150; ++i) {
      commands.push_back(
          {{"op", "add"},
           {"dossier", dossier_},
           {"kind", "engagement"},
           {"fields", {{"objectif", mark + " " + std::to_string(i)}, {"origine", std::string(150, 'x')}}}});
    }
    for (const Json& answer : who.batch(commands)) ASSERT_EQ(answer.at("ok"), true) << answer.dump();
  }
  std::size_t count(const Replica& who, const std::string& mark) {
    std::size_t found = 0;
    for (const Json& record : who.records(dossier_, "engagement")) {
      if (record.at("fields").value("objectif", "").starts_with(mark)) ++found;
    }
    return found;
  }
};

TEST_F(FullDisk, OfTheServer) {
  server_.stop();
  server_.serve(largest_file_in(server_.data()) + 16 * 1024);
  write_much(claire_, "Sans place");
  const Ran refused = claire_.run({"sync"});
  EXPECT_THAT(refused.code, testing::AnyOf(1, 2)) << refused.told();
  EXPECT_FALSE(refused.err.empty());
  std::cout << "the device is told: " << refused.err;
  EXPECT_EQ(count(claire_, "Sans place"), 150U);
  EXPECT_TRUE(server_.process().running());
  // Reading goes on, for others too.
  EXPECT_EQ(nadia_.run({"list"}).code, 0);
  server_.kill();
  server_.serve();
  converge({claire_, nadia_, paul_});
  EXPECT_EQ(count(nadia_, "Sans place"), 150U);
}

TEST_F(FullDisk, OfTheDeviceThatWrites) {
  Launch launch = claire_.launch({"edit", diagnostic_, "structure", "--file", "-"});
  launch.input = std::string(9'000, 'y');
  launch.largest_file = 4'096;
  const Ran refused = run(launch);
  EXPECT_EQ(refused.code, 1) << refused.told();
  EXPECT_FALSE(refused.err.empty());
  std::cout << "the person is told: " << refused.err;
  claire_.edit(diagnostic_, "structure", std::string(9'000, 'y'));
  converge({claire_, nadia_});
}

TEST_F(FullDisk, OfTheDeviceThatReceives) {
  write_much(nadia_, "Trop à recevoir");
  nadia_.sync();
  Launch launch = claire_.launch({"sync"});
  launch.largest_file = 32 * 1024;
  const Ran refused = run(launch);
  EXPECT_THAT(refused.code, testing::AnyOf(1, 2)) << refused.told();
  EXPECT_FALSE(refused.err.empty());
  std::cout << "the person is told: " << refused.err;
  EXPECT_EQ(claire_.run({"verify"}).code, 0);
  converge({claire_, nadia_});
  EXPECT_EQ(count(claire_, "Trop à recevoir"), 150U);
}

}  // namespace
}  // namespace navette::e2e
