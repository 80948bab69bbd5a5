// The demonstration that people run is the story of the promise: its transcript, word by word.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>

#include "e2e/process.hpp"

namespace navette::e2e {
namespace {

// Only times and the number of revisions, which follows how far the killed push came, differ between two runs.
std::string without_measures(const std::string& transcript) {
  const std::string timed = std::regex_replace(transcript, std::regex(R"(\(\d+ ms\))"), "(… ms)");
  return std::regex_replace(timed, std::regex(R"(\d+ révisions)"), "… révisions");
}

TEST(Story, TheDemonstrationTellsItWordByWord) {
  std::ifstream in(NAVETTE_TEST_DATA "/story.txt");
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  const Ran demo = run({.words = {NAVETTE_DEMO, "--binaries", NAVETTE_PROGRAM_DIR}, .limit = 120s});
  ASSERT_EQ(demo.code, 0) << demo.told();
  EXPECT_EQ(without_measures(demo.out), expected);
}

}  // namespace
}  // namespace navette::e2e
