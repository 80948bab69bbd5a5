// What both programs tell about their command line, in French: the frame of the help, and what is wrong with the words.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace navette::cli {

// The frame of the help. REQUIRES: called before any option or command is added, for they inherit it.
void speak_french(CLI::App& app);

// What is wrong with the words that `app` was given, in one line without the program's name.
[[nodiscard]] std::string usage_failure(const CLI::App& app, const CLI::ParseError& error);

// After a failed parse: the help on `out` if that was asked, otherwise what is wrong on `err`. The exit code, 0 or 1.
[[nodiscard]] int tell(const CLI::App& app, const CLI::ParseError& error, std::string_view program, std::ostream& out,
                       std::ostream& err);

}  // namespace navette::cli
