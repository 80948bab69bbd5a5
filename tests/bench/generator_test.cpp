#include <gtest/gtest.h>

#include "bench/generator.hpp"
#include "bench/schema.hpp"

namespace navette::bench {
namespace {

TEST(Generator, GivesTheCheckValuesOfTheReference) { EXPECT_EQ(wrong_check_value(), ""); }

TEST(BenchSchema, HoldsTogether) { EXPECT_TRUE(schema::validate(bench_schema())); }

}  // namespace
}  // namespace navette::bench
