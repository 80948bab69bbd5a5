// Commands from a program: one JSON object per line in, one per line out. Each is a transaction of its own; one that
// fails is answered and the next one goes on.
#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/conflicts.hpp"
#include "cli/print.hpp"
#include "cli/values.hpp"
#include "sync/watch_post.hpp"

namespace navette::client {
namespace {

// The longest text of the schema, escaped: a longer line is a mistake.
constexpr std::size_t kLineBytes = 8 * 1024 * 1024;
// While more lines wait, the watcher is woken now and then only: it and we take turns on one file.
constexpr std::chrono::milliseconds kWakeInterval{20};

Result<std::string> text_of(const Json& command, const char* name) {
  if (!command.contains(name) || !command[name].is_string()) {
    return fail(ErrorCode::kMalformed, std::string("il manque le texte « ") + name + " »");
  }
  return command[name].get<std::string>();
}

std::string optional_text(const Json& command, const char* name) {
  return command.contains(name) && command[name].is_string() ? command[name].get<std::string>() : std::string();
}

// As a person would type it; null empties the field.
Result<std::string> typed(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return std::string();
  if (value.is_boolean()) return std::string(value.get<bool>() ? "oui" : "non");
  if (value.is_number()) return value.dump();
  return fail(ErrorCode::kMalformed, "une valeur est un texte, un nombre, vrai, faux ou rien");
}

Result<sync::FieldRef> field_in(OpenReplica& replica, const Json& command) {
  NAVETTE_ASSIGN(const std::string record, text_of(command, "record"));
  NAVETTE_ASSIGN(const std::string field, text_of(command, "field"));
  return locate(replica, record, field);
}

Result<Json> perform_set(OpenReplica& replica, const Json& command) {
  NAVETTE_ASSIGN(const sync::FieldRef at, field_in(replica, command));
  if (!command.contains("value")) return fail(ErrorCode::kMalformed, "il manque « value »");
  NAVETTE_ASSIGN(const std::string value, typed(command["value"]));
  NAVETTE_TRY(replica.engine().set(at, value, replica.now()));
  return Json::object();
}

Result<Json> perform_get(OpenReplica& replica, const Json& command) {
  NAVETTE_ASSIGN(const sync::FieldRef at, field_in(replica, command));
  NAVETTE_ASSIGN(const sync::Shown shown, shown_value(replica, at));
  return Json{{"value", json_value(field_of(at), shown.value)}, {"base", shown.token}};
}

Result<Json> perform_edit(OpenReplica& replica, const Json& command) {
  NAVETTE_ASSIGN(const sync::FieldRef at, field_in(replica, command));
  NAVETTE_ASSIGN(const std::string text, text_of(command, command.contains("text") ? "text" : "value"));
  std::optional<std::string> token;
  if (command.contains("base") && !command["base"].is_null()) {
    NAVETTE_ASSIGN(token, text_of(command, "base"));
  }
  NAVETTE_TRY(replica.engine().edit(at, text, token, replica.now()));
  return Json::object();
}

Result<Json> perform_add(OpenReplica& replica, const Json& command) {
  NAVETTE_ASSIGN(const std::string given, text_of(command, "dossier"));
  NAVETTE_ASSIGN(const DossierId dossier, dossier_in(replica, given));
  NAVETTE_ASSIGN(const std::string kind, text_of(command, "kind"));
  std::vector<std::pair<std::string, std::string>> fields;
  if (command.contains("fields")) {
    if (!command["fields"].is_object())
      return fail(ErrorCode::kMalformed, "« fields » est un objet : {\"champ\": valeur}");
    for (const auto& [name, value] : command["fields"].items()) {
      NAVETTE_ASSIGN(std::string text, typed(value));
      fields.emplace_back(name, std::move(text));
    }
  }
  NAVETTE_ASSIGN(const RecordId made, replica.engine().add(dossier, kind, fields, replica.now()));
  return Json{{"record", made.text()}};
}

Result<Json> perform_remove(OpenReplica& replica, const Json& command) {
  NAVETTE_ASSIGN(const std::string given, text_of(command, "record"));
  NAVETTE_ASSIGN(const RecordId record, record_in(replica, given));
  NAVETTE_TRY(replica.engine().remove(record));
  return Json::object();
}

Result<Json> perform_discard(OpenReplica& replica, const Json& command) {
  NAVETTE_ASSIGN(const std::string record, text_of(command, "record"));
  NAVETTE_TRY(discard_in(replica, record, optional_text(command, "field")));
  return Json::object();
}

Result<Json> perform_publish(OpenReplica& replica, const Json& command) {
  NAVETTE_ASSIGN(const sync::FieldRef at, field_in(replica, command));
  NAVETTE_TRY(replica.engine().publish(at, replica.now()));
  return Json::object();
}

Result<Json> perform_resolve(OpenReplica& replica, const Json& command) {
  NAVETTE_ASSIGN(const std::string conflict, text_of(command, "conflict"));
  std::optional<std::string> paragraph;
  if (command.contains("text")) {
    NAVETTE_ASSIGN(paragraph, text_of(command, "text"));
  }
  NAVETTE_TRY(decide(replica, conflict, optional_text(command, "take"), paragraph));
  return Json::object();
}

struct Operation {
  std::string_view name;
  Result<Json> (*perform)(OpenReplica&, const Json&);
};
constexpr std::array kOperations{
    Operation{"set", perform_set},         Operation{"get", perform_get},         Operation{"edit", perform_edit},
    Operation{"add", perform_add},         Operation{"remove", perform_remove},   Operation{"discard", perform_discard},
    Operation{"publish", perform_publish}, Operation{"resolve", perform_resolve},
};

Result<Json> perform(OpenReplica& replica, const std::string& line) {
  if (line.size() > kLineBytes) return fail(ErrorCode::kTooLarge, "cette ligne dépasse 8 Mio");
  const Json command = Json::parse(line, nullptr, false);
  if (!command.is_object()) return fail(ErrorCode::kMalformed, "une ligne est un objet JSON : {\"op\": …}");
  NAVETTE_ASSIGN(const std::string name, text_of(command, "op"));
  const auto* operation = std::ranges::find(kOperations, name, &Operation::name);
  if (operation == kOperations.end()) {
    return fail(ErrorCode::kInvalidArgument,
                "opération inconnue : « " + name + " » (set, get, edit, add, remove, discard, publish, resolve)");
  }
  return operation->perform(replica, command);
}

Json answer_to(OpenReplica& replica, const std::string& line) {
  const Result<Json> done = perform(replica, line);
  if (!done) return {{"ok", false}, {"error", name_of(done.error().code)}, {"message", done.error().message}};
  Json answer{{"ok", true}};
  answer.update(*done);
  return answer;
}

}  // namespace

Result<int> batch(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  auto woken = std::chrono::steady_clock::now() - kWakeInterval;
  std::string line;
  while (std::getline(context.in, line)) {
    if (line.empty()) continue;
    replica.engine().freeze_at_once(somebody_sends(context.directory));
    print_json_line(context.out, answer_to(replica, line));
    const bool last_for_now = context.in.rdbuf()->in_avail() <= 0;
    const auto now = std::chrono::steady_clock::now();
    if (last_for_now) context.out.flush();  // a program waits for this answer
    if (!context.out) return 0;             // nobody hears the answers: what follows is not done blindly
    if (!last_for_now && now - woken < kWakeInterval) continue;
    woken = now;
    wake_watcher(context.directory);
  }
  wake_watcher(context.directory);
  return 0;
}

}  // namespace navette::client
