// Recorded editing sessions, as deltas.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "navette/sync/delta.hpp"

namespace navette::bench {

struct Trace {
  std::string start;
  std::string end;
  std::vector<sync::Delta> steps;     // one per keystroke or so
  std::vector<std::int64_t> seconds;  // when each was made
};
[[nodiscard]] Trace read_trace(const std::filesystem::path& gzipped, const std::filesystem::path& scratch);
// What somebody else does meanwhile: characters typed and erased in bursts of fifty at one place, as people do; or
// words inserted and passages erased anywhere, each at another place.
enum class Others : std::uint8_t { kTyped, kAnywhere };
[[nodiscard]] std::vector<sync::Delta> other_edits(std::string_view base, unsigned count, Others others);

}  // namespace navette::bench
