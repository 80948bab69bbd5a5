// History is asked of the server, on a connection of its own: it works beside a watcher and changes nothing here.
#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/ids.hpp"
#include "cli/print.hpp"
#include "cli/values.hpp"
#include "navette/client/program.hpp"
#include "navette/sync/frame.hpp"
#include "sync/tuning.hpp"

namespace navette::client {
namespace {

constexpr std::size_t kShownLength = 60;

// One question at a time over a connection, blocking.
class Conversation {
 public:
  explicit Conversation(std::shared_ptr<net::Connection> connection) : connection_(std::move(connection)) {
    connection_->start({.on_frame = [this](Bytes frame) { hear(frame); },
                        .on_closed =
                            [this](std::optional<Error> error) {
                              const std::lock_guard lock(mutex_);
                              over_ = error.value_or(Error{ErrorCode::kUnreachable, "le serveur a fermé la connexion"});
                              changed_.notify_all();
                            }});
  }
  // Waits for the end: the handlers use this object.
  ~Conversation() {
    connection_->close(net::CloseCode::kNormal, {});
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return over_.has_value(); });
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  void say(const sync::Message& message) {
    for (Bytes& frame : sync::pack({message})) (void)connection_->send(std::move(frame));
  }
  Result<sync::Message> hear_next() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, tuning::kHistoryLimit, [&] { return !heard_.empty() || over_; });
    if (!heard_.empty()) {
      sync::Message message = std::move(heard_.front());
      heard_.pop_front();
      return message;
    }
    if (over_) return std::unexpected(*over_);
    return fail(ErrorCode::kUnreachable, "le serveur tarde à répondre : réessayez plus tard");
  }

 private:
  void hear(const Bytes& frame) {
    auto fed = unpacker_.feed(frame);
    if (!fed) return connection_->close(net::CloseCode::kProtocolError, "frame");
    if (!*fed) return;
    const std::lock_guard lock(mutex_);
    std::ranges::move(**fed, std::back_inserter(heard_));
    changed_.notify_all();
  }

  std::shared_ptr<net::Connection> connection_;
  sync::Unpacker unpacker_{sync::kBatchBytesFromServer};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<sync::Message> heard_;
  std::optional<Error> over_;
};

Result<sync::Hello> hello_of(OpenReplica& replica) {
  return read_one<sync::Hello>(replica.store(), [&]() -> Result<sync::Hello> {
    sync::Hello hello;
    hello.schema_version = replica_schema().version;
    hello.software = kSoftware;
    if (const auto id = replica.store().meta("replica_id")) {
      NAVETTE_ASSIGN(hello.replica, ReplicaId::from_bytes(*id));
    }
    if (const auto epoch = replica.store().meta("epoch"); epoch && !epoch->empty()) {
      NAVETTE_ASSIGN(hello.epoch, EpochId::from_bytes(*epoch));
    }
    if (hello.replica.empty())
      return fail(ErrorCode::kNotFound, "cette réplique n'a jamais été synchronisée : lancez « navette sync »");
    return hello;
  });
}

Result<sync::HistoryReply> ask(net::IoRuntime& runtime, net::ClientOptions options, const sync::Hello& hello,
                               const sync::HistoryRequest& question) {
  NAVETTE_ASSIGN(auto connection, net::connect_and_wait(runtime, std::move(options)));
  Conversation conversation(std::move(connection));
  conversation.say(hello);
  while (true) {
    NAVETTE_ASSIGN(const sync::Message message, conversation.hear_next());
    if (std::holds_alternative<sync::Welcome>(message)) conversation.say(question);
    if (const auto* goodbye = std::get_if<sync::Goodbye>(&message)) return fail(ErrorCode::kRevoked, goodbye->reason);
    if (const auto* reply = std::get_if<sync::HistoryReply>(&message); reply && reply->request == question.request) {
      return *reply;
    }
  }
}

Result<sync::HistoryRequest> question_of(OpenReplica& replica, const Request& request) {
  sync::HistoryRequest question;
  question.request = 1;
  question.limit = request.limit;
  NAVETTE_ASSIGN(question.dossier, dossier_in(replica, request.id));
  if (!request.field.empty() && request.record.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--field demande --record : le champ de quelle fiche ?");
  }
  if (!request.field.empty()) {
    NAVETTE_ASSIGN(const sync::FieldRef at, locate(replica, request.record, request.field));
    question.record = at.record;
    question.field = at.field;
  } else if (!request.record.empty()) {
    NAVETTE_ASSIGN(question.record, record_in(replica, request.record));
  }
  return question;
}

Json json_of(const sync::HistoryEntry& entry) {
  const schema::Kind* kind = replica_schema().kind(entry.at.kind);
  const schema::Field* field = field_of(entry.at);
  return {{"when", iso_moment(entry.server_time)},
          {"written", iso_moment(entry.client_time)},
          {"who", entry.author.name},
          {"party", schema::name_of(entry.author.party)},
          {"what", entry.what},
          {"audience", schema::name_of(entry.audience)},
          {"revision", entry.revision.value},
          {"record", entry.at.record.text()},
          {"kind", kind == nullptr ? Json(nullptr) : Json(kind->name)},
          {"field", field == nullptr ? Json(nullptr) : Json(field->name)},
          {"before", json_value(field, entry.before)},
          {"after", json_value(field, entry.after)}};
}

// The server's words are for programs.
std::string people_act(const std::string& what) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kWords{{
      {"created", "créée"},
      {"set", "saisi"},
      {"edited", "rédigé"},
      {"removed", "retirée"},
      {"conflict opened", "conflit ouvert"},
      {"conflict changed", "conflit modifié"},
      {"conflict resolved", "conflit réglé"},
      {"conflict superseded", "conflit remplacé"},
      {"conflict withdrawn", "conflit retiré"},
  }};
  const auto* found = std::ranges::find(kWords, what, &std::pair<std::string_view, std::string_view>::first);
  return found == kWords.end() ? what : std::string(found->second);
}

std::string shown(const sync::FieldRef& at, const schema::Value& value) {
  const schema::Field* field = field_of(at);
  return one_line(field == nullptr ? schema::display(value) : people_value(*field, value), kShownLength);
}

}  // namespace

Result<int> history(Context& context) {
  NAVETTE_ASSIGN(net::ClientOptions options, dialling(context.directory));
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  NAVETTE_ASSIGN(const sync::HistoryRequest question, question_of(replica, context.request));
  NAVETTE_ASSIGN(const sync::Hello hello, hello_of(replica));
  net::IoRuntime runtime;
  NAVETTE_ASSIGN(const sync::HistoryReply reply, ask(runtime, std::move(options), hello, question));
  if (context.request.json) {
    Json all = Json::array();
    for (const sync::HistoryEntry& entry : reply.entries) all.push_back(json_of(entry));
    print_json(context.out, all);
    return 0;
  }
  Table table({"Quand", "Qui", "Partie", "Quoi", "Champ", "Avant", "Après"});
  for (const sync::HistoryEntry& entry : reply.entries) {
    table.add({french_moment(entry.server_time), entry.author.name, std::string(schema::label_of(entry.author.party)),
               people_act(entry.what), place_name(entry.at), shown(entry.at, entry.before),
               shown(entry.at, entry.after)});
  }
  table.print(context.out);
  if (reply.more) context.out << "(d'autres entrées, plus anciennes : --limit)\n";
  return 0;
}

}  // namespace navette::client
