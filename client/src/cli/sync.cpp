#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/naming.hpp"
#include "cli/print.hpp"
#include "navette/client/program.hpp"
#include "navette/net/local_server.hpp"
#include "navette/os/file_lock.hpp"
#include "sync/event_printer.hpp"
#include "sync/summary.hpp"
#include "sync/syncer.hpp"
#include "sync/tuning.hpp"

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
    context.err << "navette : " << outcome.message;
    if (code == kUnreachable) {
      context.err << " ; tout est gardé sur ce poste";
      if (summary.work.drafts != 0) {
        context.err << " (" << counted(summary.work.drafts, "modification", "modifications") << " à envoyer)";
      }
      context.err << " : relancez « navette sync » "
                  << (outcome.interrupted ? "pour finir" : "quand le réseau est revenu");
    }
    context.err << '\n';
    return code;
  }
  if (!context.request.json && summary.dossiers == 0) {
    context.out
        << "Aucun dossier ne vous est confié pour l'instant : demandez à l'agence de vérifier votre périmètre.\n";
  } else if (!context.request.json) {
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

// A pipe tells only the next line that its reader is gone, and a quiet watcher has none.
class ReaderWatch {
 public:
  ReaderWatch(const Context& context, Syncer& syncer)
      : standard_output_(is_standard_output(context.out)), syncer_(syncer) {}
  void begin() {
    if (standard_output_) look();
  }
  [[nodiscard]] bool gone() const { return gone_; }

 private:
  void look() {
    pollfd output{STDOUT_FILENO, 0, 0};
    if (::poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP)) != 0) {
      gone_ = true;
      return syncer_.stop();
    }
    (void)syncer_.network().run_after(tuning::kLookInterval, [this] { look(); });
  }

  bool standard_output_;
  Syncer& syncer_;
  std::atomic<bool> gone_ = false;
};

Result<int> run_session(Context& context, os::FileLock lock) {
  const bool watching = context.request.watch;
  NAVETTE_ASSIGN(net::ClientOptions options, dialling(context.directory));
  const bool lost = is_lost(context.directory);
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_synchronising(context.directory));
  if (lost) context.err << "La réplique manquait ou était vide : elle est refaite avec ce que le serveur a.\n";
  Syncer* running = nullptr;  // called on its strand, where its replica may be read
  const auto named = [&running](const auto& name) {
    sync::ReplicaStore& store = running->replica().store();
    return read_one<std::string>(store, [&]() -> Result<std::string> { return name(store); }).value_or("?");
  };
  const EventNames names{
      [named](const DossierId& id) { return named([&](auto& store) { return dossier_name(store, id); }); },
      [named](const sync::FieldRef& at) { return named([&](auto& store) { return place_label(store, at); }); }};
  EventPrinter printer(context.out, context.err,
                       {.json = context.request.json, .watching = watching, .terminal = is_terminal(context.err)},
                       names);
  Syncer syncer(std::move(replica), context.directory, std::move(options),
                watching ? SyncMode::kWatch : SyncMode::kOneShot, [&](const SyncEvent& event) {
                  printer.tell(event);
                  if (watching && !context.out) running->stop();  // the program's end says why
                });
  running = &syncer;
  ReaderWatch reader(context, syncer);
  std::unique_ptr<net::LocalServer> server;
  if (watching) {
    NAVETTE_TRY(syncer.hang_bell());
    NAVETTE_ASSIGN(server,
                   net::LocalServer::start(syncer.network(), context.directory.watch_socket(),
                                           [&](const Bytes& request) { return syncer.post().answer(request); }));
  }
  SyncOutcome outcome;
  {
    const net::StopSignals signals(syncer.network(), [&] { syncer.stop(); });
    syncer.start();
    if (watching) reader.begin();
    outcome = syncer.wait();
  }
  if (server) server->stop();
  syncer.end_threads();
  NAVETTE_ASSIGN(const Summary summary, summarise(syncer.replica()));
  (void)lock;  // held until here
  if (reader.gone()) return fail(ErrorCode::kNotFound, "plus personne ne lit cette sortie : la veille s'arrête");
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
