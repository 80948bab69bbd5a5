#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "navette/client/program.hpp"
#include "navette/net/local_server.hpp"
#include "navette/os/file_lock.hpp"
#include "sync/event_printer.hpp"
#include "sync/summary.hpp"
#include "sync/syncer.hpp"

namespace navette::client {
namespace {

std::string counted(std::size_t number, std::string_view one, std::string_view several) {
  return std::to_string(number) + " " + std::string(number < 2 ? one : several);
}

// How a finished exchange is told, and the exit code it gives.
int conclude(Context& context, const SyncOutcome& outcome, const Summary& summary) {
  const bool done = outcome.code == kDone;
  const int code = done && summary.waits() ? kWaiting : outcome.code;
  if (context.request.json) {
    print_json_line(context.out, {{"event", "done"},
                                  {"code", code},
                                  {"message", outcome.message.empty() ? Json(nullptr) : Json(outcome.message)},
                                  {"dossiers", summary.dossiers},
                                  {"drafts", summary.work.drafts},
                                  {"outbox", summary.work.outbox},
                                  {"conflicts", summary.work.conflicts},
                                  {"refusals", summary.work.refusals}});
  }
  if (!done) {
    context.err << "navette : " << outcome.message << '\n';
    if (outcome.interrupted) {
      context.err << "Échange interrompu : tout est gardé sur ce poste ("
                  << counted(summary.work.drafts, "modification", "modifications")
                  << " à envoyer) ; relancez « navette sync » pour finir.\n";
    } else if (code == kUnreachable) {
      context.err << "Serveur injoignable : tout est gardé sur ce poste ("
                  << counted(summary.work.drafts, "modification", "modifications") << " à envoyer).\n";
    }
    return code;
  }
  if (!context.request.json) {
    context.out << "Synchronisé : " << counted(summary.dossiers, "dossier", "dossiers") << ", "
                << counted(summary.work.conflicts, "conflit", "conflits") << " à régler, "
                << counted(summary.work.refusals, "refus", "refus") << " à reprendre.\n";
  }
  return code;
}

Result<int> ask_the_watcher(Context& context) {
  const auto outcome = sync_by_watcher(context.directory);
  if (!outcome) {
    return fail(ErrorCode::kBusy,
                "cette réplique est déjà en cours de synchronisation par un autre programme : "
                "attendez qu'il finisse, puis recommencez");
  }
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  NAVETTE_ASSIGN(const Summary summary, summarise(replica));
  return conclude(context, *outcome, summary);
}

Result<int> run_session(Context& context, os::FileLock lock) {
  const bool watching = context.request.watch;
  NAVETTE_ASSIGN(net::ClientOptions options, dialling(context.directory));
  const bool lost = is_lost(context.directory);
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_synchronising(context.directory));
  if (lost) context.err << "La réplique manquait ou était vide : elle est refaite avec ce que le serveur a.\n";
  EventPrinter printer(context.out, context.err,
                       {.json = context.request.json, .watching = watching, .terminal = is_terminal(context.err)});
  Syncer syncer(std::move(replica), context.directory, std::move(options),
                watching ? SyncMode::kWatch : SyncMode::kOneShot, [&](const SyncEvent& event) { printer.tell(event); });
  std::unique_ptr<net::LocalServer> server;
  if (watching) {
    NAVETTE_ASSIGN(server,
                   net::LocalServer::start(syncer.runtime(), context.directory.watch_socket(),
                                           [&](const Bytes& request) { return syncer.post().answer(request); }));
  }
  SyncOutcome outcome;
  {
    const net::StopSignals signals(syncer.runtime(), [&] { syncer.stop(); });
    syncer.start();
    outcome = syncer.wait();
  }
  if (server) server->stop();
  syncer.runtime().stop();
  NAVETTE_ASSIGN(const Summary summary, summarise(syncer.replica()));
  (void)lock;  // held until here
  if (watching && outcome.code == kDone) return kDone;
  return conclude(context, outcome, summary);
}

}  // namespace

Result<int> synchronise(Context& context) {
  NAVETTE_TRY(dialling(context.directory));
  auto lock = os::FileLock::try_lock(context.directory.sync_lock());
  if (lock) return run_session(context, std::move(*lock));
  if (lock.error().code != ErrorCode::kBusy) return std::unexpected(lock.error());
  if (context.request.watch) {
    return fail(ErrorCode::kBusy, "un autre programme synchronise déjà cette réplique : arrêtez-le d'abord");
  }
  return ask_the_watcher(context);
}

}  // namespace navette::client
