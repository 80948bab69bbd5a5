// The program `navette`, as a function: tests run it in their own process.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace navette::client {

// How this program presents itself to the server.
inline constexpr char kSoftware[] = "navette 0.1.0";

// Exit codes: scripts rely on them.
inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;      // wrong use or refused; the reason is on `err`
inline constexpr int kUnreachable = 2;  // the server does not answer; everything is kept
inline constexpr int kWaiting = 3;      // done, but conflicts or refusals wait for a decision

// `arguments` without the program's name.
int run(std::vector<std::string> arguments, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace navette::client
