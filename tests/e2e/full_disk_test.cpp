// No room left on the server's disk or on the device's: said clearly, nothing lost, all well again with room.
#include <sched.h>
#include <sys/mount.h>

#include <fstream>

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
  // From now on this directory is a disk of its own with almost no room. False: this user may not mount.
  bool becomes_a_small_disk(const std::filesystem::path& directory, std::uintmax_t room) {
    // The mount is this test's alone, and ends with it.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    const std::filesystem::path content = place_ / "contenu";
    std::filesystem::rename(directory, content);
    std::filesystem::create_directory(directory);
    if (::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=16m,mode=0700") != 0) return false;
    mounted_ = directory;
    for (const auto& entry : std::filesystem::directory_iterator(content)) {
      if (entry.is_regular_file()) std::filesystem::copy(entry.path(), directory / entry.path().filename());
    }
    std::ofstream filler(directory / "remplissage");
    filler << std::string(std::filesystem::space(directory).available - room, 'x');
    return filler.good();
  }
  void gets_room() { std::filesystem::remove(mounted_ / "remplissage"); }
  void TearDown() override {
    if (mounted_.empty()) return;
    if (mounted_ == server_.data()) server_.kill();
    ::umount2(mounted_.c_str(), MNT_DETACH);
  }
  std::filesystem::path mounted_;
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

TEST_F(FullDisk, OfTheServerForRealGoesOnByItselfWithRoom) {
  server_.stop();
  if (!becomes_a_small_disk(server_.data(), 64 * 1024)) GTEST_SKIP() << "no mounts here";
  server_.serve();
  write_much(claire_, "Plein");
  const Ran refused = claire_.run({"sync"});
  EXPECT_THAT(refused.code, testing::AnyOf(1, 2)) << refused.told();
  EXPECT_THAT(refused.err, testing::HasSubstr("plein"));
  EXPECT_EQ(count(claire_, "Plein"), 150U);
  nadia_.sync();  // who only reads is served
  gets_room();
  converge({claire_, nadia_, paul_});  // the same process
  EXPECT_EQ(count(nadia_, "Plein"), 150U);
}

TEST_F(FullDisk, OfTheDeviceForRealGoesOnWithRoom) {
  write_much(nadia_, "Plein");
  nadia_.sync();
  if (!becomes_a_small_disk(claire_.directory(), 48 * 1024)) GTEST_SKIP() << "no mounts here";
  const Ran received = claire_.run({"sync"});
  EXPECT_THAT(received.code, testing::AnyOf(1, 2)) << received.told();
  EXPECT_THAT(received.err, testing::HasSubstr("disque plein"));
  int written = 0;
  Ran refused;
  while (refused.code == 0 && written < 100) {
    refused =
        claire_.run({"edit", diagnostic_, "structure", "--file", "-"}, std::string(9'000, char('a' + ++written % 26)));
  }
  EXPECT_EQ(refused.code, 1) << refused.told();
  EXPECT_THAT(refused.err, testing::HasSubstr("disque plein"));
  const std::string kept = claire_.get(diagnostic_, "structure");
  gets_room();
  converge({claire_, nadia_, paul_});
  EXPECT_EQ(claire_.get(diagnostic_, "structure"), kept);
  EXPECT_EQ(count(claire_, "Plein"), 150U);
}

}  // namespace
}  // namespace navette::e2e
