#include "navette/base/error.hpp"

#include <array>
#include <cassert>

namespace navette {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  Action action;
};

constexpr std::array<Row, kErrorCodeCount> kRows{{
    {ErrorCode::kInvalidArgument, "invalid_argument", Action::kCorrect},
    {ErrorCode::kNotFound, "not_found", Action::kCorrect},
    {ErrorCode::kNotAllowed, "not_allowed", Action::kCorrect},
    {ErrorCode::kTooLarge, "too_large", Action::kCorrect},
    {ErrorCode::kNotUtf8, "not_utf8", Action::kCorrect},
    {ErrorCode::kMalformed, "malformed", Action::kRetry},
    {ErrorCode::kUnsupported, "unsupported", Action::kUpgrade},
    {ErrorCode::kStale, "stale", Action::kCorrect},
    {ErrorCode::kBusy, "busy", Action::kRetry},
    {ErrorCode::kUnreachable, "unreachable", Action::kRetry},
    {ErrorCode::kUntrusted, "untrusted", Action::kReenrol},
    {ErrorCode::kRevoked, "revoked", Action::kStop},
    {ErrorCode::kDiskFull, "disk_full", Action::kCorrect},
    {ErrorCode::kReadOnly, "read_only", Action::kCorrect},
    {ErrorCode::kCorrupt, "corrupt", Action::kResync},
    {ErrorCode::kNewerVersion, "newer_version", Action::kUpgrade},
    {ErrorCode::kConflict, "conflict", Action::kCorrect},
    {ErrorCode::kInternal, "internal", Action::kStop},
}};

const Row& row(ErrorCode code) {
  const Row& found = kRows.at(static_cast<std::size_t>(code));
  assert(found.code == code);
  return found;
}

}  // namespace

Action action_of(ErrorCode code) { return row(code).action; }
std::string_view name_of(ErrorCode code) { return row(code).name; }

std::string_view name_of(Action action) {
  switch (action) {
    case Action::kCorrect:
      return "correct";
    case Action::kRetry:
      return "retry";
    case Action::kResync:
      return "resync";
    case Action::kReenrol:
      return "reenrol";
    case Action::kUpgrade:
      return "upgrade";
    case Action::kStop:
      return "stop";
  }
  return "stop";
}

}  // namespace navette
