// The server's answer to a push: what becomes of each draft.
#include "navette/sync/codec.hpp"
#include "navette/sync/merge.hpp"
#include "navette/sync/replica.hpp"

namespace navette::sync {

class Settler {
 public:
  Settler(Replica& replica, const Push& push, const Hash& push_hash, Timestamp now)
      : replica_(replica), store_(replica.store_), push_(push), push_hash_(push_hash), now_(now) {}

  void operator()(std::size_t position, const ChangeResult& result) {
    position_ = position;
    std::visit([&](const auto& c) { settle(c, result); }, push_.changes[position]);
  }

 private:
  void settle(const SetValue& c, const ChangeResult& r) { settle_draft(c.at, r, RefusedAct::kWrite); }
  void settle(const EditText& c, const ChangeResult& r) { settle_draft(c.at, r, RefusedAct::kWrite); }
  void settle(const PublishText& c, const ChangeResult& r) { settle_draft(c.to, r, RefusedAct::kPublish); }
  void settle(const ChangePhase& c, const ChangeResult& r) { settle_draft(c.at, r, RefusedAct::kPhase); }

  void settle_draft(const FieldRef& at, const ChangeResult& result, RefusedAct act) {
    auto draft = store_.draft(at.record, at.field);
    if (!draft || draft->push != push_.number) return;
    if (result.outcome == Outcome::kRefused) {
      RefusalRow refusal = refusal_of(at, act, result.reason);
      refusal.value = draft->working;  // with what was typed since
      refusal.base = draft->base_value;
      store_.put_refusal(refusal);
      end(*draft);
      return;
    }
    if (draft->working == *draft->pushed) {
      end(*draft);
      return;
    }
    rebase(*draft, result);
    if (draft->working == draft->base_value) {
      end(*draft);
    } else {
      store_.put_draft(*draft);
      store_.set_value(at.record, at.kind, at.field, draft->working);
    }
  }

  void end(const DraftRow& draft) {
    store_.erase_draft(draft.at.record, draft.at.field);
    store_.set_value(draft.at.record, draft.at.kind, draft.at.field, draft.head);
  }

  // Typed on while the push was under way: P was pushed, H is the server's value now, W what the user sees.
  void rebase(DraftRow& draft, const ChangeResult& result) {
    const Value pushed = *draft.pushed;
    draft.push = {};
    draft.pushed.reset();
    draft.publishes_from = 0;
    draft.base_value = pushed;
    draft.base = Carried{pushed, push_.number};
    const schema::Field* field = replica_.field(draft.at);
    if (field == nullptr || !store_.record(draft.at.record) || result.outcome == Outcome::kContested) return;
    const std::string_view p = schema::text_of(pushed);
    const std::string_view h = schema::text_of(draft.head);
    const std::string_view w = schema::text_of(draft.working);
    if (!field->merges()) {
      if (draft.head != pushed) return;
    } else if (result.together && !draft.room.empty()) {
      draft.working = text_value(merge_together(p, h, w));
    } else {
      MergedText merged = merge_apart(p, h, w, field->unit);
      if (!merged.contested.empty()) return;
      draft.working = text_value(std::move(merged.text));
    }
    draft.base_value = draft.head;
    draft.base = replica_.here(push_.dossier, field->audience);
  }

  static Value text_value(std::string text) { return text.empty() ? Value{} : Value(std::move(text)); }

  void settle(const CreateRecord& change, const ChangeResult& result) {
    const auto creation = store_.creation(change.record);
    if (!creation || creation->push != push_.number) return;
    const auto row = store_.record(change.record);
    store_.erase_creation(change.record);
    if (creation->known) return;  // also when it waited in a conflict and somebody brought it back before this receipt
    // Refused, waiting in a conflict, or removed by somebody else since: the record is not the server's.
    if (result.outcome == Outcome::kRefused) refuse_creation(*creation, result.reason);
    if (row) store_.erase_record(row->id, row->kind);
  }

  // With what was written into it since, and what was made under it since.
  void refuse_creation(const CreationRow& creation, RefusalReason reason) {
    const FieldRef at{creation.record, creation.kind, 0};
    const bool pushed = creation.push == push_.number;  // else it depends on the one that was
    RefusalRow refusal = pushed ? refusal_of(at, RefusedAct::kCreate, reason)
                                : replica_.new_refusal(push_.dossier, at, RefusedAct::kCreate, reason, now_);
    refusal.owner = creation.owner;
    store_.put_refusal(refusal);
    for (const DraftRow& draft : store_.drafts_of(creation.record)) {
      if (draft.push == push_.number) continue;  // has a result of its own
      RefusalRow kept =
          replica_.new_refusal(push_.dossier, draft.at, RefusedAct::kWrite, RefusalReason::kDependsOnRefused, now_);
      kept.value = draft.working;
      store_.put_refusal(kept);
      store_.erase_draft(draft.at.record, draft.at.field);
    }
    for (const RecordId& child : store_.owned(creation.record)) {
      const auto made = store_.creation(child);
      if (!made || made->push == push_.number) continue;
      refuse_creation(*made, RefusalReason::kDependsOnRefused);
      store_.erase_creation(child);
      store_.erase_record(child, made->kind);
    }
  }

  void settle(const RemoveRecord& change, const ChangeResult& result) {
    for (const RemovalRow& row : store_.removals(push_.dossier)) {
      if (row.record != change.record || row.push != push_.number) continue;
      store_.erase_removal(change.record);
      if (result.outcome != Outcome::kRefused) return;
      store_.put_refusal(refusal_of({change.record, change.kind, 0}, RefusedAct::kRemove, result.reason));
      return;
    }
  }

  void settle(const ImproveConflict& change, const ChangeResult& result) {
    auto row = store_.improvement(change.conflict);
    if (!row || row->push != push_.number) return;
    store_.erase_improvement(change.conflict);
    if (result.outcome == Outcome::kRefused) {
      keep_improvement(*row, result.reason, true);
      return;
    }
    if (row->text == *row->pushed) return;
    const ConflictId target = result.conflicts.empty() ? change.conflict : result.conflicts.front();
    if (store_.improvement(target)) {
      // Begun on the new conflict between its revision and this receipt: two texts of one author, both are kept.
      keep_improvement(*row, RefusalReason::kConflictMoved, false);
      return;
    }
    store_.put_improvement({push_.dossier, target, change.at, *row->pushed, row->text, {}, {}});
  }

  void keep_improvement(const ImprovementRow& row, RefusalReason reason, bool refused) {
    RefusalRow refusal = replica_.new_refusal(push_.dossier, row.at, RefusedAct::kImprove, reason, now_);
    if (refused) refusal.id = refusal_id(push_hash_, position_);
    refusal.value = row.text;
    refusal.base = row.seen;
    store_.put_refusal(refusal);
  }

  void settle(const ResolveConflict& change, const ChangeResult& result) {
    const auto row = store_.resolution(change.conflict);
    if (!row || row->push != push_.number) return;
    store_.erase_resolution(change.conflict);
    if (result.outcome != Outcome::kRefused) return;
    RefusalRow refusal = refusal_of(change.at, RefusedAct::kResolve, result.reason);
    refusal.value = change.value;
    store_.put_refusal(refusal);
  }

  void settle(const SalvageValue& change, const ChangeResult& result) {
    if (result.outcome != Outcome::kRefused) return;
    RefusalRow refusal = refusal_of(change.at, RefusedAct::kWrite, result.reason);
    refusal.value = change.value;
    store_.put_refusal(refusal);
  }

  // The refusal of the change that is being settled, under the id that the server gave it too.
  RefusalRow refusal_of(const FieldRef& at, RefusedAct act, RefusalReason reason) {
    RefusalRow row = replica_.new_refusal(push_.dossier, at, act, reason, now_);
    row.id = refusal_id(push_hash_, position_);
    return row;
  }

  Replica& replica_;
  ReplicaStore& store_;
  const Push& push_;
  const Hash& push_hash_;
  Timestamp now_;
  std::size_t position_ = 0;
};

Result<void> Replica::apply(const Receipt& receipt, Timestamp now) {
  const auto outbox = store_.outbox(receipt.dossier);
  const bool ours = outbox && outbox->number == receipt.number && receipt.replica == replica_id() &&
                    sha256(outbox->push) == receipt.push_hash;
  if (!ours) return {};  // answered before
  for (const StreamHead& head : receipt.heads) {
    if (!schema::readable(head.audience, party())) continue;  // answered when its author was on the other side
    const auto stream = store_.stream(receipt.dossier, head.audience);
    const Revision here = stream ? stream->head : Revision{};
    if (here < head.revision) return fail(ErrorCode::kStale, "accusé reçu avant ses révisions : reprise");
  }
  NAVETTE_ASSIGN(const Push push, decode<Push>(outbox->push));
  if (!receipt.unreadable && receipt.results.size() != push.changes.size()) {
    return fail(ErrorCode::kMalformed, "accusé qui ne correspond pas à l'envoi");
  }
  store_.erase_outbox(receipt.dossier);
  Settler settle(*this, push, receipt.push_hash, now);
  for (std::size_t i = 0; i < push.changes.size(); ++i) {
    // A push that the server cannot read comes back whole as refusals: it must not be frozen again as it is.
    settle(i, receipt.unreadable ? ChangeResult{Outcome::kRefused, RefusalReason::kInvalid, false, {}}
                                 : receipt.results[i]);
  }
  store_.erase_salvages(receipt.dossier, receipt.number);
  return {};
}

}  // namespace navette::sync
