#include <algorithm>

#include "navette/sync/replica_store.hpp"

namespace navette::sync {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAccepted:
      return "accepted";
    case Outcome::kMerged:
      return "merged";
    case Outcome::kContested:
      return "contested";
    case Outcome::kRefused:
      return "refused";
  }
  return "refused";
}

std::string_view name_of(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kNone:
      return "none";
    case RefusalReason::kRight:
      return "right";
    case RefusalReason::kPhase:
      return "phase";
    case RefusalReason::kCovered:
      return "covered";
    case RefusalReason::kOpenConflicts:
      return "open_conflicts";
    case RefusalReason::kInvalid:
      return "invalid";
    case RefusalReason::kTooLong:
      return "too_long";
    case RefusalReason::kUnknownRecord:
      return "unknown_record";
    case RefusalReason::kDependsOnRefused:
      return "depends_on_refused";
    case RefusalReason::kConflictClosed:
      return "conflict_closed";
    case RefusalReason::kConflictMoved:
      return "conflict_moved";
    case RefusalReason::kLimit:
      return "limit";
    case RefusalReason::kBase:
      return "base";
    case RefusalReason::kScope:
      return "scope";
  }
  return "none";
}

std::string_view text_of(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kNone:
      return "";
    case RefusalReason::kRight:
      return "votre rôle ne permet pas cette modification dans la phase actuelle : le texte est gardé ici, "
             "transmettez-le à l'autre partie ou abandonnez-le";
    case RefusalReason::kPhase:
      return "le dossier n'est pas dans une phase qui permet ce passage : relisez son état";
    case RefusalReason::kCovered:
      return "le dossier a changé depuis que vous l'avez lu : relisez-le, puis recommencez";
    case RefusalReason::kOpenConflicts:
      return "des conflits restent ouverts : réglez-les d'abord";
    case RefusalReason::kInvalid:
      return "la valeur n'a pas la forme attendue : corrigez-la";
    case RefusalReason::kTooLong:
      return "le texte dépasse la longueur permise : raccourcissez-le";
    case RefusalReason::kUnknownRecord:
      return "la fiche ou le champ n'existe pas sur le serveur";
    case RefusalReason::kDependsOnRefused:
      return "la création de cette fiche a été refusée : reprenez-la d'abord";
    case RefusalReason::kConflictClosed:
      return "ce conflit a déjà été réglé : votre choix est gardé ici";
    case RefusalReason::kConflictMoved:
      return "l'un des deux textes a changé depuis que vous avez choisi : relisez le conflit, puis recommencez";
    case RefusalReason::kLimit:
      return "le nombre maximal de fiches ou de conflits ouverts est atteint";
    case RefusalReason::kBase:
      return "le texte de départ est inconnu du serveur : reprenez votre texte et recommencez";
    case RefusalReason::kScope:
      return "ce dossier ne vous est plus confié : votre travail est gardé ici, l'agence peut vous le rendre";
  }
  return "";
}

std::string_view name_of(ConflictKind kind) {
  switch (kind) {
    case ConflictKind::kText:
      return "text";
    case ConflictKind::kValue:
      return "value";
    case ConflictKind::kRemoval:
      return "removal";
    case ConflictKind::kGone:
      return "gone";
    case ConflictKind::kOrphan:
      return "orphan";
    case ConflictKind::kKept:
      return "kept";
    case ConflictKind::kSalvaged:
      return "salvaged";
  }
  return "value";
}

std::string_view name_of(ConflictState state) {
  switch (state) {
    case ConflictState::kOpen:
      return "open";
    case ConflictState::kResolved:
      return "resolved";
    case ConflictState::kSuperseded:
      return "superseded";
    case ConflictState::kWithdrawn:
      return "withdrawn";
  }
  return "open";
}

RefusedAct act_of(const Change& change) {
  struct Act {
    RefusedAct operator()(const CreateRecord&) const { return RefusedAct::kCreate; }
    RefusedAct operator()(const SetValue&) const { return RefusedAct::kWrite; }
    RefusedAct operator()(const EditText&) const { return RefusedAct::kWrite; }
    RefusedAct operator()(const PublishText&) const { return RefusedAct::kPublish; }
    RefusedAct operator()(const RemoveRecord&) const { return RefusedAct::kRemove; }
    RefusedAct operator()(const ImproveConflict&) const { return RefusedAct::kImprove; }
    RefusedAct operator()(const ResolveConflict&) const { return RefusedAct::kResolve; }
    RefusedAct operator()(const ChangePhase&) const { return RefusedAct::kPhase; }
    RefusedAct operator()(const SalvageValue&) const { return RefusedAct::kWrite; }
  };
  return std::visit(Act{}, change);
}

RefusalId refusal_id(const Hash& push_hash, std::size_t change) {
  const Hash hash = sha256(Bytes(push_hash.bytes()) + "refusal" + std::to_string(change));
  RefusalId id;
  std::copy_n(hash.value.begin(), id.value.size(), id.value.begin());
  return id;
}

std::string_view name_of(RefusedAct act) {
  switch (act) {
    case RefusedAct::kWrite:
      return "write";
    case RefusedAct::kCreate:
      return "create";
    case RefusedAct::kRemove:
      return "remove";
    case RefusedAct::kPublish:
      return "publish";
    case RefusedAct::kImprove:
      return "improve";
    case RefusedAct::kResolve:
      return "resolve";
    case RefusedAct::kPhase:
      return "phase";
    case RefusedAct::kEdit:
      return "edit";
  }
  return "write";
}

}  // namespace navette::sync
