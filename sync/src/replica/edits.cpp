// What the user does with fields.
#include <algorithm>

#include "navette/base/base64.hpp"
#include "navette/base/utf8.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/merge.hpp"
#include "navette/sync/replica.hpp"

namespace navette::sync {

Result<void> Replica::may_write(const DossierId& dossier, const FieldRef& at) const {
  const schema::Field* described = field(at);
  const auto number = role();
  if (described == nullptr || !number) return fail(ErrorCode::kNotFound, "champ inconnu");
  if (described->type == schema::FieldType::kOwner) {
    return fail(ErrorCode::kNotAllowed, "le champ " + described->name + " est fixé à la création");
  }
  if (described->type == schema::FieldType::kPhase) return {};  // the transitions tell who, not the field
  const unsigned now = phase(dossier);
  if (described->writable(*number, now)) return {};
  const std::string& shown = described->label.empty() ? described->name : described->label;
  return fail(ErrorCode::kNotAllowed, "dans la phase « " + schema_.phase_label(now) + " », un " +
                                          schema_.role_label(*number) + " ne peut pas modifier « " + shown + " »");
}

Result<void> Replica::write(const DossierId& dossier, const FieldRef& at, const Value& value, const std::string& room) {
  auto draft = store_.draft(at.record, at.field);
  if (!draft) {
    const Value current = working(at);
    if (current == value) return {};
    const auto creation = store_.creation(at.record);
    const bool local = creation && !creation->known;
    draft = DraftRow{};
    draft->dossier = dossier;
    draft->at = at;
    draft->base_value = local ? Value{} : current;
    draft->base = local ? Base(Carried{}) : Base(here(dossier, field(at)->audience));
    draft->head = draft->base_value;
    draft->room = room;
  }
  if (draft->room != room) draft->room.clear();  // part of it was typed without seeing the others
  draft->working = value;
  if (draft->push.value == 0 && value == draft->base_value) {
    store_.erase_draft(at.record, at.field);
    store_.set_value(at.record, at.kind, at.field, draft->head);
    return {};
  }
  store_.put_draft(*draft);
  store_.set_value(at.record, at.kind, at.field, value);
  return {};
}

Result<void> Replica::write_in_transaction(const std::function<Result<void>()>& work, Timestamp now) {
  return store_.transact([&]() -> Result<void> {
    NAVETTE_TRY(work());
    if (!freeze_at_once_) return {};
    for (const DossierId& id : store_.dossiers_with_work()) {
      const auto dossier = store_.dossier(id);
      if (!dossier || !dossier->followed) continue;
      if (const auto frozen = freeze(id, now); !frozen) return std::unexpected(frozen.error());
    }
    return {};
  });
}

Result<void> Replica::set(const FieldRef& at, std::string_view typed, Timestamp now) {
  const auto work = [&]() -> Result<void> {
    NAVETTE_ASSIGN(const RecordRow row, visible(at.record));
    NAVETTE_TRY(may_write(row.dossier, at));
    const schema::Field& described = *field(at);
    auto value = schema::parse(described, typed);
    // A text grown over its limit by a merge may be shortened step by step.
    if (!value && value.error().code == ErrorCode::kTooLarge && described.merges()) {
      NAVETTE_ASSIGN(std::string text, normalized(typed));
      NAVETTE_TRY(schema::check(described, Value(text), working(at)));
      value = Value(std::move(text));
    }
    if (!value) return std::unexpected(value.error());
    if (described.type == schema::FieldType::kPhase) return set_phase(row, at, *value, now);
    return write(row.dossier, at, *value);
  };
  return write_in_transaction(work, now);
}

Result<void> Replica::edit(const FieldRef& at, std::string_view typed, const std::optional<std::string>& token,
                           Timestamp now, const std::string& room) {
  const schema::Field* described = field(at);
  if (described == nullptr) return fail(ErrorCode::kNotFound, "champ inconnu");
  std::optional<SetValue> started;
  if (token) {
    const auto bytes = from_base64url(*token);
    const auto wrapped = bytes ? decode<Push>(*bytes) : Result<Push>(std::unexpected(bytes.error()));
    const bool usable =
        wrapped && wrapped->changes.size() == 1 && std::holds_alternative<SetValue>(wrapped->changes[0]);
    if (!usable)
      return fail(ErrorCode::kInvalidArgument, "repère illisible : reprenez celui que « navette get --json » a donné");
    started = std::get<SetValue>(wrapped->changes[0]);
    if (started->at != at) return fail(ErrorCode::kInvalidArgument, "ce repère est celui d'un autre champ");
  }
  std::optional<RefusalId> kept;
  const auto work = [&]() -> Result<void> {
    NAVETTE_ASSIGN(const RecordRow row, visible(at.record));
    NAVETTE_TRY(may_write(row.dossier, at));
    const Value current = working(at);
    if (described->type == schema::FieldType::kPhase) return set(at, typed, now);
    if (!started) started = SetValue{at, Carried{current, {}}, current};
    NAVETTE_ASSIGN(std::string text, normalized(typed));
    const Value value = described->merges() ? (text.empty() ? Value{} : Value(text)) : Value{};
    Value typed_value = value;
    if (!described->merges()) {
      NAVETTE_ASSIGN(typed_value, schema::parse(*described, typed));
    } else {
      NAVETTE_TRY(schema::check(*described, value, started->value));
    }
    if (typed_value == started->value || typed_value == current) return {};  // nothing of theirs in it
    if (started->value == current) return write(row.dossier, at, typed_value, room);
    if (described->merges()) {
      const MergedText merged =
          merge_apart(schema::text_of(started->value), schema::text_of(current), text, described->unit);
      if (merged.contested.empty()) {
        return write(row.dossier, at, merged.text.empty() ? Value{} : Value(merged.text), room);
      }
    }
    if (!store_.draft(at.record, at.field) && std::holds_alternative<AtRevision>(started->base)) {
      // What the editor showed is an older revision: that is the base, and the server keeps both texts.
      DraftRow draft;
      draft.dossier = row.dossier;
      draft.at = at;
      draft.base_value = started->value;
      draft.base = started->base;
      draft.head = current;
      draft.working = typed_value;
      draft.room = room;
      store_.put_draft(draft);
      store_.set_value(at.record, at.kind, at.field, typed_value);
      return {};
    }
    RefusalRow refusal = new_refusal(row.dossier, at, RefusedAct::kEdit, RefusalReason::kConflictMoved, now);
    refusal.value = typed_value;
    refusal.base = started->value;
    store_.put_refusal(refusal);
    kept = refusal.id;
    return {};
  };
  const auto done = write_in_transaction(work, now);
  if (done && kept) {
    return fail(ErrorCode::kStale,
                "ce champ a reçu un autre texte pendant que vous écriviez : le vôtre est gardé (navette "
                "refusals, " +
                    kept->text() + ")");
  }
  return done;
}

Result<void> Replica::set_phase(const RecordRow& root, const FieldRef& at, const Value& to, Timestamp now) {
  const auto target = schema_.phase(schema::text_of(to));
  const unsigned from = phase(root.dossier);
  const auto number = role();
  if (!target || !number) return fail(ErrorCode::kInvalidArgument, "phase inconnue");
  if (*target == from) return {};
  const bool allowed = std::ranges::any_of(schema_.transitions, [&](const schema::Transition& t) {
    return t.from == from && t.to == *target && t.role == *number;
  });
  if (!allowed) {
    return fail(ErrorCode::kNotAllowed, "un " + schema_.role_label(*number) +
                                            " ne fait pas passer un dossier de la "
                                            "phase « " +
                                            schema_.phase_label(from) + " » à « " + schema_.phase_label(*target) +
                                            " »");
  }
  if (!store_.conflicts(root.dossier, true).empty()) {
    return fail(ErrorCode::kConflict, "des conflits restent ouverts dans ce dossier : réglez-les d'abord");
  }
  for (const RecordRow& row : store_.records(root.dossier)) NAVETTE_TRY(shows_all_of(row));
  if (store_.outbox(root.dossier)) {
    return fail(ErrorCode::kBusy, "un envoi attend sa réponse : lancez « navette sync », puis recommencez");
  }
  DraftRow draft;
  draft.dossier = root.dossier;
  draft.at = at;
  draft.base_value = working(at);
  draft.base = here(root.dossier, Audience::kShared);
  draft.head = draft.base_value;
  draft.covered = displayed_digest(root.dossier).short_hash();
  draft.working = to;
  store_.put_draft(draft);
  store_.set_value(at.record, at.kind, at.field, to);
  // The transition covers exactly this state: it is frozen here, what is typed later goes into the next push.
  const auto frozen = freeze(root.dossier, now);
  if (!frozen) return std::unexpected(frozen.error());
  return {};
}

Result<void> Replica::publish(const FieldRef& at, Timestamp) {
  return store_.transact([&]() -> Result<void> {
    NAVETTE_ASSIGN(const RecordRow row, visible(at.record));
    const schema::Field* from = field(at);
    if (from == nullptr || from->publishes_to == 0) {
      return fail(ErrorCode::kInvalidArgument, "ce champ n'est pas un brouillon privé : rien à publier");
    }
    const FieldRef to{at.record, at.kind, from->publishes_to};
    NAVETTE_TRY(may_write(row.dossier, at));
    NAVETTE_TRY(may_write(row.dossier, to));
    const Value text = working(at);
    if (schema::is_empty(text)) return fail(ErrorCode::kInvalidArgument, "le brouillon est vide : rien à publier");
    NAVETTE_TRY(schema::check(*field(to), text, working(to)));
    if (const auto waiting = store_.draft(to.record, to.field)) {
      return fail(ErrorCode::kConflict,
                  "le champ " + field(to)->name +
                      " a déjà une modification non envoyée : lancez « navette sync » ou « navette "
                      "discard », puis recommencez");
    }
    NAVETTE_TRY(write(row.dossier, to, text));
    if (auto draft = store_.draft(to.record, to.field)) {
      draft->publishes_from = at.field;
      store_.put_draft(*draft);
    }
    return {};
  });
}

Result<void> Replica::discard(const RecordId& record, std::optional<FieldNumber> number) {
  return store_.transact([&]() -> Result<void> {
    const auto row = store_.record(record);
    if (!row) return fail(ErrorCode::kNotFound, "fiche inconnue sur ce poste : " + record.text());
    if (!number) {
      const auto creation = store_.creation(record);
      if (creation && creation->push.value == 0) {
        erase_local(*row);
        return {};
      }
      for (const RemovalRow& removal : store_.removals(row->dossier)) {
        if (removal.record == record && removal.push.value == 0) store_.erase_removal(record);
      }
    }
    for (DraftRow& draft : store_.drafts_of(record)) {
      if (number && draft.at.field != *number) continue;
      if (draft.push.value != 0) {
        // What was typed after the push goes; the push itself cannot be called back.
        draft.working = *draft.pushed;
        store_.put_draft(draft);
        store_.set_value(record, row->kind, draft.at.field, draft.working);
      } else {
        store_.erase_draft(record, draft.at.field);
        store_.set_value(record, row->kind, draft.at.field, draft.head);
      }
    }
    return {};
  });
}

void Replica::erase_local(const RecordRow& record) {
  for (const RecordId& child : store_.owned(record.id)) {
    const auto row = store_.record(child);
    const auto creation = store_.creation(child);
    if (row && creation && creation->push.value == 0) erase_local(*row);
  }
  for (const DraftRow& draft : store_.drafts_of(record.id)) store_.erase_draft(record.id, draft.at.field);
  store_.erase_creation(record.id);
  store_.erase_record(record.id, record.kind);
}

}  // namespace navette::sync
