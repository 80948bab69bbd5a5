#include "navette/client/program.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "navette/cli/harmless.hpp"
#include "navette/cli/output.hpp"

namespace navette::client {
namespace {

struct Command {
  std::string_view name;
  Result<int> (*perform)(Context&);
};

constexpr std::array kCommands{
    Command{"enrol", enrol},
    Command{"sync", synchronise},
    Command{"list", list},
    Command{"show", show},
    Command{"check", check},
    Command{"get", get},
    Command{"set", set},
    Command{"edit", edit},
    Command{"add", add},
    Command{"remove", remove},
    Command{"discard", discard},
    Command{"publish", publish},
    Command{"batch", batch},
    Command{"status", status},
    Command{"conflicts", conflicts},
    Command{"resolve", resolve},
    Command{"improve", improve},
    Command{"refusals", refusals},
    Command{"refusal retry", retry_refusal},
    Command{"refusal drop", drop_refusal},
    Command{"history", history},
    Command{"verify", verify},
};

}  // namespace

int run(std::vector<std::string> arguments, std::istream& in, std::ostream& out, std::ostream& err) {
  auto parsed = parse_command_line(std::move(arguments), out, err);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const Request& request = std::get<Request>(parsed);
  const auto* command = std::ranges::find(kCommands, request.command, &Command::name);
  if (command == kCommands.end()) return kRefused;
  // Programs, and whoever asks for one value, get what was written as it is; JSON hides nothing in a terminal.
  const bool exact = request.json || request.command == "batch" || (request.command == "get" && !is_terminal(out));
  cli::HarmlessOutput harmless(out);
  cli::HarmlessOutput told(err);
  Context context{request, {request.replica}, in, exact ? out : harmless, err};
  Result<int> done = command->perform(context);
  if (const auto written = cli::written(context.out); done && !written) done = std::unexpected(written.error());
  if (done) return *done;
  told << "navette : " << done.error().message << '\n' << std::flush;
  return done.error().code == ErrorCode::kUnreachable ? kUnreachable : kRefused;
}

}  // namespace navette::client
