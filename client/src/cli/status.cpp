#include <ctime>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "sync/summary.hpp"
#include "sync/watch_post.hpp"

namespace navette::client {
namespace {

// As iso_moment() wrote it, in the person's own time.
std::string french_of_iso(const std::string& moment) {
  std::tm parts{};
  if (::strptime(moment.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) == nullptr) return moment;
  return french_moment({std::int64_t{::timegm(&parts)} * 1000});
}

}  // namespace

Result<int> status(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  NAVETTE_ASSIGN(Summary summary, summarise(replica));
  const auto watcher = ask_watcher(context.directory);
  if (watcher && !watcher->last_sync.empty()) summary.last_sync = watcher->last_sync;
  const bool connected = watcher && watcher->connected;
  if (context.request.json) {
    print_json(context.out, {{"connected", connected},
                             {"epoch", summary.epoch ? Json(summary.epoch->text()) : Json(nullptr)},
                             {"dossiers", summary.dossiers},
                             {"behind", summary.behind},
                             {"drafts", summary.work.drafts},
                             {"outbox", summary.work.outbox},
                             {"conflicts", summary.work.conflicts},
                             {"refusals", summary.work.refusals},
                             {"last_sync", summary.last_sync.empty() ? Json(nullptr) : Json(summary.last_sync)}});
    return 0;
  }
  context.out << "Connexion            "
              << (connected ? "connecté"
                  : watcher ? "en attente du serveur"
                            : "non connecté")
              << "\n"
              << "Dossiers             " << summary.dossiers << "\n"
              << "  incomplets         " << summary.behind << "\n"
              << "Modifications        " << summary.work.drafts << "\n"
              << "Envois sans réponse  " << summary.work.outbox << "\n"
              << "Conflits à régler    " << summary.work.conflicts << "\n"
              << "Refus à reprendre    " << summary.work.refusals << "\n"
              << "Dernier échange      " << (summary.last_sync.empty() ? "jamais" : french_of_iso(summary.last_sync))
              << "\n";
  return 0;
}

}  // namespace navette::client
