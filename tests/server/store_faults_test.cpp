// A disk that refuses a call, dies, fills up, loses its power: the authority's file is before or after, never between.
// Every so many-th failure of a short day; the slow tests take them all.
#include "store_faults.hpp"

namespace navette::test {
namespace {

constexpr std::size_t kStride = 7;

TEST(AuthorityStoreFaults, OneCallThatFailsIsToldAndTheNextProcessGoesOn) {
  DayOfTheStore script;
  FaultWalk(script, kStride).every_call_fails(false, false);
}

TEST(AuthorityStoreFaults, ADiskThatDiesIsToldAndNothingIsHalfWritten) {
  DayOfTheStore script;
  FaultWalk(script, kStride).every_call_fails(true, false);
}

TEST(AuthorityStoreFaults, ADiskWithoutRoomIsToldAndNothingIsHalfWritten) {
  DayOfTheStore script;
  FaultWalk(script, kStride).every_call_fails(true, true);
}

TEST(AuthorityStoreFaults, TheSameProcessGoesOnAfterAFailure) {
  DayOfTheStore script;
  FaultWalk(script, kStride).every_call_fails_and_is_tried_again();
}

TEST(AuthorityStoreFaults, WhatWasAnsweredSurvivesAPowerCut) {
  DayOfTheStore script(0, false);
  FaultWalk walk(script);
  walk.power_is_cut_at_every_flush(Unflushed::kLost, 0);
  walk.power_is_cut_at_every_flush(Unflushed::kTorn, 1'000);
}

}  // namespace
}  // namespace navette::test
