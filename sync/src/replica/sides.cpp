// An account changes sides: the private part of its former party leaves the device.
#include "navette/sync/replica.hpp"

namespace navette::sync {

// What is shared stays, drafts too: whether the new role may write them the server says. A push under way stays as it
// was frozen; the server answers its private changes with a refusal, which finds no draft any more.
void Replica::change_sides(Audience left, Timestamp now) {
  const auto refuse = [&](const DossierId& dossier, const FieldRef& at, RefusedAct act, const Value& value,
                          const Value& base) {
    RefusalRow refusal = new_refusal(dossier, at, act, RefusalReason::kRight, now);
    refusal.value = value;
    refusal.base = base;
    store_.put_refusal(refusal);
  };
  for (const DossierRow& dossier : store_.dossiers()) {
    for (const DraftRow& draft : store_.drafts(dossier.id)) {
      if (audience_of(draft.at) != left) continue;
      refuse(dossier.id, draft.at, RefusedAct::kWrite, draft.working, draft.base_value);
      store_.erase_draft(draft.at.record, draft.at.field);
    }
    for (const Conflict& conflict : store_.conflicts(dossier.id, true)) {
      if (conflict.audience != left) continue;
      if (const auto row = store_.improvement(conflict.id)) {
        refuse(dossier.id, row->at, RefusedAct::kImprove, row->text, row->seen);
        store_.erase_improvement(conflict.id);
      }
      if (const auto row = store_.resolution(conflict.id)) {
        refuse(dossier.id, row->change.at, RefusedAct::kResolve, row->change.value, {});
        store_.erase_resolution(conflict.id);
      }
    }
    store_.erase_open_conflicts(dossier.id, left);
    for (const RecordRow& row : store_.records(dossier.id)) {
      for (const auto& [number, value] : row.values) {
        const FieldRef at{row.id, row.kind, number};
        if (audience_of(at) == left) store_.set_value(row.id, row.kind, number, Value{});
      }
    }
    store_.forget_kept(dossier.id, left, Revision{~std::uint64_t{0}});
    // Should the account come back to that side, its stream is told from the beginning.
    if (store_.stream(dossier.id, left))
      store_.put_stream(dossier.id, left, {Revision{}, first_chain(dossier.id, left), {}});
  }
}

}  // namespace navette::sync
