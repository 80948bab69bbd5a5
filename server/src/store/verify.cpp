// Checks that everything stored still says the same thing: revisions, chains, codes, digests, typed tables, history.
#include <array>

#include "core.hpp"
#include "history_rows.hpp"
#include "navette/server/tuning.hpp"
#include "navette/sync/codec.hpp"
#include "verify_history.hpp"

namespace navette::server {
namespace {

using sync::DossierState;

struct StoredRevision {
  Audience audience = Audience::kShared;
  sync::RevisionEnvelope envelope;
  Hash chain;
};

// One dossier: replays its revisions from nothing, in the order in which they were made.
class DossierCheck {
 public:
  DossierCheck(sql::Database& database, const sync::Authority& authority, DossierState stored,
               std::vector<Problem>& problems)
      : database_(database),
        authority_(authority),
        stored_(std::move(stored)),
        replayed_(sync::empty_dossier(stored_.dossier)),
        index_(database, stored_.dossier),
        problems_(problems) {
    for (const Audience audience : schema::kAudiences) {
      streams_[index(audience)].chain = sync::first_chain(stored_.dossier, audience);
    }
  }

  void run() {
    auto statement = database_.prepare(
        "SELECT audience, number, digest, code, body, chain FROM revision WHERE dossier = ? ORDER BY step");
    statement.bind_blob(1, stored_.dossier.bytes());
    while (statement.step()) {
      check_revision({audience_at(statement, 0),
                      {Revision{count_at(statement, 1)}, hash_at<ShortHash>(statement, 2),
                       hash_at<ShortHash>(statement, 3), Bytes(statement.blob(4))},
                      hash_at<Hash>(statement, 5)});
    }
    for (const Audience audience : schema::kAudiences) check_stream(audience);
    if (!broken_) {
      check_state();
      check_derived();
    }
  }

 private:
  static std::size_t index(Audience audience) { return static_cast<std::size_t>(audience); }

  void report(ProblemKind kind, Audience audience, Revision revision, std::string text) {
    if (problems_.size() < tuning::kVerifyProblems) {
      problems_.push_back({kind, stored_.dossier, audience, revision, std::move(text)});
    }
  }

  void check_revision(const StoredRevision& revision) {
    const Audience audience = revision.audience;
    const Revision number = revision.envelope.number;
    sync::StreamState& stream = streams_[index(audience)];
    if (number != stream.head.next()) {
      report(ProblemKind::kNumbering, audience, number, "une révision manque ou n'est pas à sa place");
      broken_ = true;
    }
    const Hash chain = sync::next_chain(stream.chain, revision.envelope);
    if (chain != revision.chain) {
      report(ProblemKind::kChain, audience, number, "cette révision ne prolonge pas la chaîne");
      broken_ = true;
    }
    const ShortHash code = sync::revision_code(authority_.key(), stored_.dossier, audience, number, revision.chain);
    if (!equal_in_constant_time(code.bytes(), revision.envelope.code.bytes())) {
      report(ProblemKind::kCode, audience, number, "cette révision ne vient pas de ce serveur");
      broken_ = true;
    }
    stream = {number, revision.chain, {}};
    if (!broken_) replay(revision);
  }

  // Compares the digest after the revision as well.
  void replay(const StoredRevision& revision) {
    sync::Applied touched;
    const auto result = authority_.replay(replayed_, revision.audience, revision.envelope, touched);
    if (!result) {
      report(ProblemKind::kBody, revision.audience, revision.envelope.number,
             "cette révision ne peut pas être rejouée : " + result.error().message);
      broken_ = true;
      return;
    }
    const auto body = or_throw(sync::decode<sync::RevisionBody>(revision.envelope.body));
    if (!index_.tells(revision.audience, revision.envelope.number, body, replayed_)) {
      report(ProblemKind::kCheckpoint, revision.audience, revision.envelope.number,
             "l'index de l'historique contredit cette révision");
    }
  }

  void check_stream(Audience audience) {
    const sync::StreamState& stream = stored_.streams[index(audience)];
    const sync::StreamState& seen = streams_[index(audience)];
    if (stream.head != seen.head || stream.chain != seen.chain) {
      report(ProblemKind::kHead, audience, stream.head, "la tête du flux n'est pas sa dernière révision");
      broken_ = true;
    }
    if (authority_.digest(stored_, audience) != stream.digest) {
      report(ProblemKind::kDigest, audience, stream.head, "l'empreinte du flux n'est pas celle de ses valeurs");
    }
  }

  void check_state() {
    for (const auto& [id, record] : replayed_.records) {
      const sync::RecordState* stored = stored_.record(id);
      if (stored == nullptr || *stored != record) {
        report(ProblemKind::kState, Audience::kShared, {},
               "l'enregistrement " + id.text() + " contredit les révisions");
      }
    }
    for (const auto& [id, record] : stored_.records) {
      if (replayed_.record(id) == nullptr) {
        report(ProblemKind::kState, Audience::kShared, {}, "aucune révision ne crée l'enregistrement " + id.text());
      }
    }
    if (replayed_.open != stored_.open) {
      report(ProblemKind::kState, Audience::kShared, {}, "les conflits ouverts contredisent les révisions");
    }
  }

  void check_derived() {
    if (index_.tells_more()) {
      report(ProblemKind::kCheckpoint, Audience::kShared, {},
             "l'index de l'historique parle de révisions qui n'existent pas");
    }
    for (std::string& wrong : wrong_marks(authority_.key(), stored_, replayed_)) {
      report(ProblemKind::kPushMark, Audience::kShared, {}, std::move(wrong));
    }
  }

  sql::Database& database_;
  const sync::Authority& authority_;
  DossierState stored_;
  DossierState replayed_;
  HistoryCheck index_;
  std::array<sync::StreamState, schema::kAudienceCount> streams_{};
  bool broken_ = false;  // the rest cannot be judged by replaying
  std::vector<Problem>& problems_;
};

std::vector<DossierId> all_dossiers(sql::Database& database) {
  auto statement = database.prepare("SELECT id FROM dossier ORDER BY id");
  std::vector<DossierId> dossiers;
  while (statement.step()) dossiers.push_back(id_at<DossierId>(statement, 0));
  return dossiers;
}

}  // namespace

std::string_view name_of(ProblemKind kind) {
  switch (kind) {
    case ProblemKind::kIntegrity:
      return "integrity";
    case ProblemKind::kNumbering:
      return "numbering";
    case ProblemKind::kChain:
      return "chain";
    case ProblemKind::kCode:
      return "code";
    case ProblemKind::kBody:
      return "body";
    case ProblemKind::kHead:
      return "head";
    case ProblemKind::kDigest:
      return "digest";
    case ProblemKind::kState:
      return "state";
    case ProblemKind::kCheckpoint:
      return "checkpoint";
    case ProblemKind::kPushMark:
      return "push_mark";
  }
  return {};
}

Result<std::vector<Problem>> AuthorityStore::verify() const {
  return core_->read([&](sql::Database& database) {
    std::vector<Problem> problems;
    if (const auto sound = database.check_integrity(); !sound) {
      problems.push_back({ProblemKind::kIntegrity,
                          {},
                          Audience::kShared,
                          {},
                          "le fichier de la base est abîmé : restaurez la dernière sauvegarde"});
    }
    if (has_strays(database)) {
      problems.push_back({ProblemKind::kCheckpoint,
                          {},
                          Audience::kShared,
                          {},
                          "l'index de l'historique ou les repères "
                          "d'envoi parlent d'un dossier qui n'existe pas"});
    }
    for (const DossierId& dossier : all_dossiers(database)) {
      try {
        DossierCheck(database, *core_->authority, core_->load(database, dossier), problems).run();
      } catch (const sql::Failure& failure) {
        problems.push_back({ProblemKind::kState, dossier, Audience::kShared, {}, failure.error.message});
      }
    }
    return problems;
  });
}

}  // namespace navette::server
