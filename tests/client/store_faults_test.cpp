// A disk that refuses a call, dies, fills up, loses its power: the replica's file is before or after, never between.
// Every so many-th failure of a short day; the slow tests take them all.
#include <gtest/gtest.h>

#include "store_faults.hpp"

namespace navette::test {
namespace {

constexpr std::size_t kStride = 7;

TEST(ReplicaStoreFaults, OneCallThatFailsIsToldAndTheNextProcessGoesOn) {
  MorningAtADesk script;
  FaultWalk(script, kStride).every_call_fails(false, false);
}

TEST(ReplicaStoreFaults, ADiskThatDiesIsToldAndNothingIsHalfWritten) {
  MorningAtADesk script;
  FaultWalk(script, kStride).every_call_fails(true, false);
}

TEST(ReplicaStoreFaults, ADiskWithoutRoomIsToldAndNothingIsHalfWritten) {
  MorningAtADesk script;
  FaultWalk(script, kStride).every_call_fails(true, true);
}

TEST(ReplicaStoreFaults, TheSameProcessGoesOnAfterAFailure) {
  MorningAtADesk script;
  FaultWalk(script, kStride).every_call_fails_and_is_tried_again();
}

TEST(ReplicaStoreFaults, WhatWasAnsweredSurvivesAPowerCut) {
  MorningAtADesk script;
  FaultWalk walk(script);
  walk.power_is_cut_at_every_flush(Unflushed::kLost, 0);
  walk.power_is_cut_at_every_flush(Unflushed::kTorn, 1'000);
}

}  // namespace
}  // namespace navette::test
