// Every input that a fuzzer found worth keeping, crashes that were mended among them, in every build.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "targets.hpp"

namespace navette::fuzz {
namespace {

namespace fs = std::filesystem;

struct Target {
  const char* name;
  void (*run)(BytesView);
};

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, Holds) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(NAVETTE_FUZZ_CORPUS) / GetParam().name)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  ASSERT_FALSE(files.empty());
  for (const fs::path& file : files) {
    std::cout << file.filename().string() << std::endl;  // the last one told is the one that broke the law
    std::ifstream in(file, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
    GetParam().run(bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus,
                         testing::Values(Target{"delta", delta}, Target{"merge", merge}, Target{"values", values},
                                         Target{"import", import}, Target{"codec", codec}, Target{"frames", frames},
                                         Target{"authority", authority}, Target{"replica", replica},
                                         Target{"session", session}, Target{"enrolment", enrolment},
                                         Target{"front_door", front_door}),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace navette::fuzz
