#include "sync/watch_post.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "navette/os/file_lock.hpp"
#include "navette/os/local_socket.hpp"
#include "sync/tuning.hpp"

namespace navette::client {
namespace {

using Json = nlohmann::json;

Result<Json> ask(const ReplicaDirectory& directory, const Json& request, std::chrono::milliseconds timeout) {
  NAVETTE_ASSIGN(const Bytes reply, os::local_call(directory.watch_socket(), request.dump(), timeout));
  Json json = Json::parse(reply, nullptr, false);
  if (!json.is_object())
    return fail(ErrorCode::kMalformed, "réponse illisible du programme qui veille sur cette réplique");
  return json;
}

}  // namespace

void wake_watcher(const ReplicaDirectory& directory) { os::ring(directory.bell()); }

bool somebody_sends(const ReplicaDirectory& directory) { return os::FileLock::held(directory.live_lock()); }

std::optional<WatchStatus> ask_watcher(const ReplicaDirectory& directory) {
  const auto reply = ask(directory, {{"op", "status"}}, tuning::kAskLimit);
  if (!reply) return std::nullopt;
  return WatchStatus{reply->value("connected", false), reply->value("last_sync", std::string())};
}

Result<SyncOutcome> sync_by_watcher(const ReplicaDirectory& directory) {
  NAVETTE_ASSIGN(const Json given, ask(directory, {{"op", "sync"}}, tuning::kOrderLimit));
  const Json question{{"op", "result"}, {"ticket", given.value("ticket", std::uint64_t{0})}};
  while (true) {
    NAVETTE_ASSIGN(const Json reply, ask(directory, question, tuning::kOrderLimit));
    if (reply.value("done", false)) return SyncOutcome{reply.value("code", 0), reply.value("message", std::string())};
    std::this_thread::sleep_for(tuning::kResultInterval);
  }
}

Bytes WatchPost::answer(const Bytes& request) {
  const Json json = Json::parse(request, nullptr, false);
  const bool told = json.is_object() && json.contains("op") && json["op"].is_string();
  const std::string order = told ? json["op"].get<std::string>() : std::string();
  if (order == "sync") {
    std::uint64_t ticket = 0;
    {
      const std::lock_guard lock(mutex_);
      ticket = ++tickets_;
    }
    sync_(ticket);
    return Json{{"ticket", ticket}}.dump();
  }
  const std::lock_guard lock(mutex_);
  if (order == "status") return Json{{"connected", status_.connected}, {"last_sync", status_.last_sync}}.dump();
  if (order == "result" && json.contains("ticket") && json["ticket"].is_number_unsigned()) {
    if (json["ticket"].get<std::uint64_t>() > served_) return Json{{"done", false}}.dump();
    return Json{{"done", true}, {"code", outcome_.code}, {"message", outcome_.message}}.dump();
  }
  return Json{{"ok", false}}.dump();
}

void WatchPost::set_status(WatchStatus status) {
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

void WatchPost::settle(std::uint64_t ticket, SyncOutcome outcome) {
  const std::lock_guard lock(mutex_);
  if (ticket <= served_) return;
  served_ = ticket;
  outcome_ = std::move(outcome);
}

}  // namespace navette::client
