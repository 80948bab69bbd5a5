// Errors as values. Every code has a text for people (French) and an action, in one table that a test walks.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace navette {

// What the person or the program that meets an error should do next.
enum class Action : std::uint8_t { kCorrect, kRetry, kResync, kReenrol, kUpgrade, kStop };

enum class ErrorCode : std::uint8_t {
  kInvalidArgument,  // what was given is not usable: correct it
  kNotFound,         // no such thing, or not readable by the asker (never told apart)
  kNotAllowed,       // the right is missing
  kTooLarge,         // over a stated limit
  kNotUtf8,          // text that is not valid UTF-8
  kMalformed,        // bytes that are not what the format says
  kUnsupported,      // a version this program does not know
  kStale,            // what the change rests on moved since
  kBusy,             // another process holds it
  kUnreachable,      // no answer from the other end
  kUntrusted,        // a certificate or code that does not match
  kRevoked,          // the device or account may not come in any more
  kDiskFull,         // no room to write
  kReadOnly,         // may not write here
  kCorrupt,          // stored data that contradicts itself
  kNewerVersion,     // file written by a newer program
  kConflict,         // two things that exclude each other
  kInternal,         // a case that the program thought impossible
};
inline constexpr int kErrorCodeCount = 18;

struct Error {
  ErrorCode code;
  std::string message;  // French, says what to do
};

template <class T = void>
using Result = std::expected<T, Error>;

// Builds the unexpected side of a Result.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

[[nodiscard]] Action action_of(ErrorCode code);
[[nodiscard]] std::string_view name_of(ErrorCode code);  // stable, English, for programs and logs
[[nodiscard]] std::string_view name_of(Action action);

}  // namespace navette

// Returns the error of an expression's Result to the caller, or goes on.
#define NAVETTE_TRY(expression)                                \
  do {                                                         \
    if (auto navette_try_ = (expression); !navette_try_) {     \
      return std::unexpected(std::move(navette_try_).error()); \
    }                                                          \
  } while (false)

#define NAVETTE_CONCAT_(a, b) a##b
#define NAVETTE_CONCAT(a, b) NAVETTE_CONCAT_(a, b)

// NAVETTE_ASSIGN(auto x, expression): x is the value, or the error goes to the caller.
#define NAVETTE_ASSIGN(declaration, expression) \
  NAVETTE_ASSIGN_(declaration, expression, NAVETTE_CONCAT(navette_result_, __LINE__))
#define NAVETTE_ASSIGN_(declaration, expression, name)        \
  auto name = (expression);                                   \
  if (!name) return std::unexpected(std::move(name).error()); \
  declaration = std::move(*name)
