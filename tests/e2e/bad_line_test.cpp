// A lossy line with real TCP on it, for a short while.
#include "e2e/bad_line_fixture.hpp"

namespace navette::e2e {
namespace {

TEST_F(BadLineTest, SomeLossFarAway) {
  exchange({.loss = 0.05, .delay = 50ms}, 0, 2);
  heal_and_compare();
  EXPECT_GT(line_->lost(), 0U);
}

}  // namespace
}  // namespace navette::e2e
