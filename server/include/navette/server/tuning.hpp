// Every limit of the authority store, each with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace navette::server::tuning {

// Jobs waiting for the writer: at a few hundred durable batches a second this is seconds of work; whoever comes after
// is told to wait, instead of being kept in a queue that outlives its connection.
inline constexpr std::size_t kQueuedJobs = 4'096;
// Bytes of pushes waiting: pushes may be 4 MiB, and jobs alone would not bound memory.
inline constexpr std::size_t kQueuedBytes = 256u * 1024 * 1024;
// Jobs of one transaction: keeps the first one's wait, and what one failed commit undoes, small.
inline constexpr std::size_t kBatchJobs = 256;
// Dossier states kept in memory by the writer: some 100 KiB each; when everybody comes back at once, all those of a
// region are busy, and each would be read again for every push.
inline constexpr std::size_t kCachedDossierBytes = 448u * 1024 * 1024;
// Read connections: catch-up is bound by processors, more only compete.
inline constexpr std::size_t kReadConnections = 4;
// Page cache of one read connection, KiB.
inline constexpr std::int64_t kReadCacheKib = 16 * 1024;
// Page cache of the writer, KiB: keeps the inner pages of history and typed tables of a busy region.
inline constexpr std::int64_t kWriteCacheKib = 64 * 1024;
// Compressed snapshots kept: a region's dossiers at about 50 KiB each, three times over.
inline constexpr std::size_t kSnapshotCacheBytes = 128u * 1024 * 1024;
// zstd level: a snapshot is compressed once and sent often. Six gains 3 % over three for some 50 MB/s; beyond, ten
// times the work gains one percent.
inline constexpr int kSnapshotLevel = 6;
// Missing revisions below this are sent as they are: no snapshot is worth building for less.
inline constexpr std::uint64_t kSmallCatchUpBytes = 16 * 1024;
// What reading one more revision weighs against storing a whole value in the history, in bytes.
inline constexpr std::int64_t kHistoryStepBytes = 64;
// A whole value is kept once what would be gone through outweighs it so many times: compressed, a text takes a third of
// its bytes, and four hundred small steps are read in some milliseconds.
inline constexpr std::int64_t kHistoryWeight = 2;
// What a kept value may unpack to: beyond any field's length, far below what a damaged frame could ask for.
inline constexpr std::size_t kCheckpointBytes = 64u * 1024 * 1024;
// Entries of one history answer, and revisions looked at for it: a screen shows fifty.
inline constexpr std::uint32_t kHistoryEntries = 500;
inline constexpr std::uint32_t kHistoryRevisions = 2'000;
// Wrong tries of one enrolment code: enough for typing errors, useless for guessing.
inline constexpr std::int64_t kCodeTries = 5;
// Default life of an enrolment code: a working week.
inline constexpr std::int64_t kCodeLifetimeMs = 5LL * 24 * 3600 * 1000;
// Settled refusals that a device hears of when it connects: years of them, in some tens of kilobytes.
inline constexpr std::size_t kSettledRefusalsTold = 1'000;
// What one session may ask, at once and per second. A modified client could otherwise keep a thread busy that others
// wait for; whoever asks more is sent away for a few seconds.
// History: a person looks at one field after another.
inline constexpr double kHistoryBurst = 50, kHistoryPerSecond = 5;
// Repairs: twice per stream that a replica follows, all at once after a catch-up that went wrong everywhere.
inline constexpr double kRepairBurst = 4'000, kRepairPerSecond = 20;
// Presence: an editor that a person moves through a form.
inline constexpr double kPresenceBurst = 200, kPresencePerSecond = 50;
// Settled refusals: each message waits for a durable commit; a person settles one at a time, a program all in one.
inline constexpr double kSettledBurst = 50, kSettledPerSecond = 5;
inline constexpr unsigned kAskedTooMuchRetryMs = 5'000;
// Problems that one verification lists: beyond, the file is to be restored, not read.
inline constexpr std::size_t kVerifyProblems = 1'000;

// Times a second that news leave for a session: some tenth of a processor over TLS. Ten thousand sessions that all have
// news hear of them a second late; below, nobody waits.
inline constexpr int kRelaysPerSecond = 10'000;
// Turns that a quiet time leaves: what several hundred followers of one change take at once.
inline constexpr std::chrono::milliseconds kRelayBurst{50};

}  // namespace navette::server::tuning
