// What was asked on the command line, and what a command works with.
#pragma once

#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "navette/base/error.hpp"
#include "replica/directory.hpp"

namespace navette::client {

// One flat record for all commands: each reads what the parser lets it have.
struct Request {
  std::string command;  // "show", "refusal retry"
  std::string replica;
  bool json = false;

  std::string server;
  std::string code;
  std::string device_name;
  bool renew = false;
  bool watch = false;
  bool all = false;

  std::string id;  // of a dossier, record, conflict or refusal, as the command says
  std::string kind;
  std::string field;
  std::string value;
  std::vector<std::string> assignments;  // FIELD=VALUE
  std::optional<std::string> base;
  std::optional<std::string> file;  // "-": standard input
  std::string dash;                 // a bare "-" after the field
  std::string take;
  std::string record;
  unsigned limit = 0;
};

struct Context {
  const Request& request;
  ReplicaDirectory directory;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// The request, or the exit code when nothing is left to do (help was shown, a mistake was told).
[[nodiscard]] std::variant<Request, int> parse_command_line(std::vector<std::string> arguments, std::ostream& out,
                                                            std::ostream& err);

}  // namespace navette::client
