// Every limit of the synchronisation on the device, with its reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace navette::client::tuning {

using std::chrono::milliseconds;

// ---- coming back after a lost connection: full jitter between nothing and a doubling bound
// A server that restarts is back within a second; the jitter spreads those who lost it together.
inline constexpr milliseconds kBackoffBase{500};
// A laptop that finds a network again is synchronised within the minute, and 10,000 that wait together ask 160 times
// a second at most.
inline constexpr milliseconds kBackoffMost{60'000};
// A connection that lasted so long was a good one: the next delay starts small again.
inline constexpr milliseconds kGoodConnection{30'000};
// A server may ask for patience, not for exile.
inline constexpr milliseconds kRetryAfterMost{15 * 60'000};

// ---- one shot: somebody waits for the prompt
inline constexpr int kOneShotTries = 3;
inline constexpr milliseconds kOneShotLimit{20'000};
inline constexpr milliseconds kOneShotBackoffMost{3'000};
// A copied disk image is renewed once; a server that asks again and again is wrong.
inline constexpr int kRenewalsMost = 3;

// ---- one session
// Nothing comes although something is awaited: three heartbeats of the connection, beyond which it is worth dialling
// anew.
inline constexpr milliseconds kStallLimit{60'000};
inline constexpr milliseconds kStallCheck{5'000};
// Frames received and not yet stored: four whole ones keep the disk busy while the line delivers.
inline constexpr std::size_t kReceivedMostBytes = std::size_t{4} << 20U;
// Small batches that arrived together share a transaction up to here: local writers wait some 20 ms at most.
inline constexpr std::size_t kTransactionBytes = std::size_t{128} << 10U;
// A changed replica is looked at so often if nobody wakes the watcher (a program killed between its commit and its
// call).
inline constexpr milliseconds kLookInterval{2'000};
// The administrators' screen is for people: a state that is two seconds old is fresh.
inline constexpr milliseconds kReportInterval{2'000};
// The moment of the last exchange is told to the second by the watcher itself; on disk it may be older.
inline constexpr milliseconds kLastSyncInterval{10'000};
// A bar that moves five times a second looks alive.
inline constexpr milliseconds kProgressInterval{200};

// ---- the local socket
// A local command ends at once whatever the watcher does.
inline constexpr milliseconds kAskLimit{500};
inline constexpr milliseconds kOrderLimit{10'000};
inline constexpr milliseconds kResultInterval{10};

// History: one question, one answer.
inline constexpr milliseconds kHistoryLimit{30'000};

}  // namespace navette::client::tuning
