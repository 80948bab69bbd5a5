// Every limit of the engine, each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace navette::sync::tuning {

// One push: a correspondent's whole day offline is a few hundred changes; more goes into the next push.
inline constexpr std::size_t kPushChanges = 2'000;
// Bytes of one frozen push: fits a few frames, keeps the server's transaction short.
inline constexpr std::size_t kPushBytes = 4 * 1024 * 1024;
// Bytes of pushes under way without an answer, over all dossiers: well below what a connection queues.
inline constexpr std::size_t kOutstandingBytes = 4 * 1024 * 1024;
// Records of one dossier: ten times the largest contract known.
inline constexpr std::size_t kDossierRecords = 20'000;
// Open conflicts of one stream: beyond, people have stopped looking; writing goes on once some are settled.
inline constexpr std::size_t kOpenConflicts = 1'000;
// Revisions in one message: with their bodies bounded by the push, a message stays a few MiB.
inline constexpr std::size_t kRevisionsPerMessage = 256;
// Bytes of revisions in one message.
inline constexpr std::size_t kRevisionBytes = 512 * 1024;

}  // namespace navette::sync::tuning
