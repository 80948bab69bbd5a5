// What this device holds against what the server said of it: digests of all records, the chain of the revisions kept.
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "navette/sql/database.hpp"
#include "navette/sync/tuning.hpp"
#include "replica/open_replica.hpp"

namespace navette::client {
namespace {

struct Checked {
  std::size_t dossiers = 0;
  std::size_t streams = 0;
  std::size_t revisions = 0;
  std::vector<std::string> wrong;            // French
  std::vector<sync::DigestMismatch> doubts;  // of `wrong`: what the server can send again
};

// The kept revisions end at the stream's head; from the first revision on, their chain must be the one held.
void check_chain(sync::ReplicaStore& store, const DossierId& dossier, sync::Audience audience,
                 const sync::StreamRow& stream, Checked& checked) {
  const std::string name = "dossier " + dossier.text() + ", " + std::string(schema::name_of(audience));
  Revision after;
  std::optional<Hash> chain;
  std::optional<sync::RevisionEnvelope> last;
  while (true) {
    const auto kept = store.kept(dossier, audience, after, sync::tuning::kRevisionsPerMessage);
    if (kept.empty()) break;
    for (const sync::RevisionEnvelope& envelope : kept) {
      if (!last && envelope.number.value == 1) chain = sync::first_chain(dossier, audience);
      // A snapshot stood in for what is missing: the chain before it is not here to be checked.
      if (last && envelope.number != last->number.next()) chain.reset();
      if (chain) chain = sync::next_chain(*chain, envelope);
      last = envelope;
      after = envelope.number;
      ++checked.revisions;
    }
  }
  if (!last || last->number != stream.head) {
    if (last && last->number > stream.head) checked.wrong.push_back(name + " : révisions au-delà de la tête");
    return;
  }
  if (chain && *chain != stream.chain)
    checked.wrong.push_back(name + " : la chaîne des révisions ne mène pas à la tête");
  if (last->digest != stream.digest.short_hash()) {
    checked.wrong.push_back(name + " : l'empreinte n'est pas celle que le serveur a donnée pour la révision " +
                            std::to_string(last->number.value));
    checked.doubts.push_back({dossier, audience});
  }
}

Result<Checked> check_replica(OpenReplica& replica) {
  sync::ReplicaStore& store = replica.store();
  return read_one<Checked>(store, [&]() -> Result<Checked> {
    Checked checked;
    checked.doubts = replica.engine().verify();
    for (const sync::DigestMismatch& mismatch : checked.doubts) {
      checked.wrong.push_back("dossier " + mismatch.dossier.text() + ", " +
                              std::string(schema::name_of(mismatch.audience)) +
                              " : le contenu ne correspond pas à son empreinte");
    }
    for (const sync::DossierRow& dossier : store.dossiers()) {
      ++checked.dossiers;
      for (const sync::Audience audience : schema::kAudiences) {
        const auto stream = store.stream(dossier.id, audience);
        if (!stream) continue;
        ++checked.streams;
        check_chain(store, dossier.id, audience, *stream, checked);
      }
    }
    return checked;
  });
}

Result<void> check_file(const ReplicaDirectory& directory) {
  sql::OpenOptions options;
  options.create = false;
  options.read_only = true;
  NAVETTE_ASSIGN(sql::Database database, sql::Database::open(directory.database().string(), options));
  return database.check_integrity();
}

// Without it the next exchange would not look at what nothing moves.
bool note(const ReplicaDirectory& directory, const std::vector<sync::DigestMismatch>& doubts) {
  if (doubts.empty()) return false;
  auto replica = OpenReplica::for_writing(directory);
  const auto noted =
      !replica ? Result<void>(std::unexpected(replica.error())) : replica->store().transact([&]() -> Result<void> {
        replica->engine().doubt(doubts);
        return {};
      });
  return noted.has_value();
}

}  // namespace

Result<int> verify(Context& context) {
  const auto file = check_file(context.directory);  // first: on a full disk one connection at a time reads
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  if (!file && file.error().code != ErrorCode::kCorrupt) return std::unexpected(file.error());
  NAVETTE_ASSIGN(Checked checked, check_replica(replica));
  if (!file) checked.wrong.push_back(file.error().message);
  const bool clean = checked.wrong.empty();
  const bool repairable = note(context.directory, checked.doubts);
  if (context.request.json) {
    print_json(context.out, {{"ok", clean},
                             {"dossiers", checked.dossiers},
                             {"streams", checked.streams},
                             {"revisions", checked.revisions},
                             {"wrong", checked.wrong}});
    return clean ? 0 : 1;
  }
  for (const std::string& line : checked.wrong) context.err << line << '\n';
  if (!clean) {
    context.err << (repairable ? "La réplique a des défauts : lancez « navette sync », le serveur renverra ce qui "
                                 "diffère.\n"
                               : "La réplique a des défauts : notez ce que vous n'avez pas envoyé (« navette show »), "
                                 "mettez replica.sqlite de côté et lancez « navette sync », qui la refait.\n");
    return 1;
  }
  context.out << "Réplique saine, fichier intègre. Dossiers : " << checked.dossiers << ", flux : " << checked.streams
              << ", révisions contrôlées : " << checked.revisions << ".\n";
  return 0;
}

}  // namespace navette::client
