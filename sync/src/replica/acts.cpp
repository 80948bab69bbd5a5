// What the user does with records, conflicts and refusals.
#include <algorithm>
#include <set>

#include "navette/base/utf8.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/merge.hpp"
#include "navette/sync/replica.hpp"

#include "../seen.hpp"

namespace navette::sync {
namespace {

// What is in the tree already is left out: damaged data may own in a circle.
void grow(std::vector<RecordId>& tree, const std::vector<RecordId>& owned) {
  for (const RecordId& child : owned) {
    if (std::ranges::find(tree, child) == tree.end()) tree.push_back(child);
  }
}

bool has_range(const Conflict& conflict) {
  return conflict.kind == ConflictKind::kText || conflict.kind == ConflictKind::kSalvaged;
}

// People are shown the paragraph around a contested text, and may give back either. The blanks that end `like` separate
// it from what follows: they are kept when the typed text has none.
std::string contested_part(std::string typed, std::string_view head, TextRange range, std::string_view like) {
  const TextRange around = paragraph_around(head, range);
  const std::u32string points = to_code_points(head);
  const std::string before = to_utf8(points.substr(around.begin, range.begin - around.begin));
  const std::string after = to_utf8(points.substr(range.end, around.end - range.end));
  const bool whole = !(before + after).empty() && typed.size() >= before.size() + after.size() &&
                     typed.starts_with(before) && typed.ends_with(after);
  if (whole) typed = typed.substr(before.size(), typed.size() - before.size() - after.size());
  const std::size_t blanks = like.size() - std::min(like.size(), like.find_last_not_of(" \t") + 1);
  if (!after.empty() && !typed.empty() && typed.back() != ' ') typed += like.substr(like.size() - blanks);
  return typed;
}

}  // namespace

Result<void> Replica::may_shape(const DossierId& dossier, KindNumber kind) const {
  const schema::Kind* described = schema_.kind(kind);
  if (described == nullptr) {
    return fail(ErrorCode::kUnsupported, "cette fiche vient d'une version plus récente : mettez Navette à jour");
  }
  const auto number = role();
  const unsigned now = phase(dossier);
  if (number && described->creatable(*number, now)) return {};
  const std::string who = number ? "un " + schema_.role_label(*number) : "ce compte";
  return fail(ErrorCode::kNotAllowed, "dans la phase « " + schema_.phase_label(now) + " », " + who +
                                          " ne peut ni ajouter ni retirer une fiche " + described->name);
}

Result<RecordId> Replica::add(const DossierId& dossier, std::string_view kind_name,
                              const std::vector<std::pair<std::string, std::string>>& fields, Timestamp now) {
  RecordId made;
  const auto done = store_.transact([&]() -> Result<void> {
    if (!store_.dossier(dossier)) return fail(ErrorCode::kNotFound, "dossier inconnu sur ce poste : " + dossier.text());
    const schema::Kind* kind = schema_.kind(kind_name);
    if (kind == nullptr) {
      std::string known;
      for (const schema::Kind& k : schema_.kinds) known += (known.empty() ? "" : ", ") + k.name;
      return fail(ErrorCode::kNotFound, "type de fiche inconnu : « " + std::string(kind_name) + " » (" + known + ")");
    }
    NAVETTE_TRY(may_shape(dossier, kind->number));
    const auto alike = std::ranges::count(records(dossier), kind->number, &RecordRow::kind);
    if (static_cast<std::size_t>(alike) >= kind->max_records) {
      return fail(ErrorCode::kTooLarge, "ce dossier a déjà le nombre maximal de fiches " + kind->name);
    }
    made = RecordId::make_v7(now, random_);
    RecordRow row{made, dossier, kind->number, {}, {}};
    std::vector<std::pair<FieldRef, Value>> values;
    std::set<std::string_view> given;
    for (const auto& [name, typed] : fields) {
      if (!given.insert(name).second) {
        return fail(ErrorCode::kInvalidArgument, "le champ « " + name + " » est donné deux fois");
      }
      const schema::Field* described = kind->field(name);
      if (described == nullptr || !schema::readable(described->audience, party())) {
        return fail(ErrorCode::kNotFound, "une fiche " + kind->name + " n'a pas de champ « " + name + " »");
      }
      NAVETTE_ASSIGN(Value value, schema::parse(*described, typed));
      if (described->type != schema::FieldType::kOwner) {
        NAVETTE_TRY(may_write(dossier, {made, kind->number, described->number}));
        values.emplace_back(FieldRef{made, kind->number, described->number}, std::move(value));
        continue;
      }
      if (schema::is_empty(value)) continue;
      NAVETTE_ASSIGN(row.owner, RecordId::parse(schema::text_of(value)));
      NAVETTE_ASSIGN(const RecordRow owner, visible(row.owner));
      if (owner.dossier != dossier || owner.kind != described->target) {
        return fail(ErrorCode::kInvalidArgument, "le champ " + name + " attend une fiche " +
                                                     schema_.kind(described->target)->name + " du même dossier");
      }
    }
    for (const schema::Field& described : kind->fields) {
      if (!described.required || !row.owner.empty()) continue;
      return fail(ErrorCode::kInvalidArgument, "une fiche " + kind->name + " se rattache à une fiche " +
                                                   schema_.kind(described.target)->name + " : donnez " +
                                                   described.name + "=IDENTIFIANT (« navette show » les donne)");
    }
    store_.put_record(row);
    store_.put_creation({dossier, made, kind->number, row.owner, {}, false});
    for (const auto& [at, value] : values) NAVETTE_TRY(write(dossier, at, value));
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return made;
}

Result<void> Replica::remove(const RecordId& record) {
  return store_.transact([&]() -> Result<void> {
    NAVETTE_ASSIGN(const RecordRow top, visible(record));
    NAVETTE_TRY(may_shape(top.dossier, top.kind));
    const auto creation = store_.creation(record);
    if (creation && creation->push.value == 0) {
      erase_local(top);
      return {};
    }
    RemovalRow removal{top.dossier, record, top.kind, {}, {}};
    std::vector<RecordId> tree{record};
    for (std::size_t i = 0; i < tree.size(); ++i) {
      const auto row = store_.record(tree[i]);
      if (!row) continue;
      NAVETTE_TRY(shows_all_of(*row));
      const auto made = store_.creation(tree[i]);
      if (made && made->push.value == 0) {
        erase_local(*row);
        continue;
      }
      grow(tree, store_.owned(tree[i]));
      // What the remover saw and lets go: the value their drafts started from, or what is on its way.
      std::map<FieldNumber, Value> values = row->values;
      for (DraftRow& draft : store_.drafts_of(tree[i])) {
        values[draft.at.field] = draft.push.value != 0 ? *draft.pushed : draft.base_value;
        if (draft.push.value == 0) {
          store_.erase_draft(tree[i], draft.at.field);
          store_.set_value(tree[i], row->kind, draft.at.field, draft.head);
        } else {
          draft.working = *draft.pushed;
          store_.put_draft(draft);
        }
      }
      const Audience own = schema::own_audience(party());
      RecordContent shared{tree[i], row->kind, row->owner, {}};
      RecordContent mine = shared;
      for (const auto& [number, value] : values) {
        const schema::Field* described = schema_.kind(row->kind)->field(number);
        if (described == nullptr || schema::is_empty(value)) continue;
        (described->audience == own ? mine : shared).values.emplace_back(number, value);
      }
      removal.seen.push_back({tree[i], readable_hash(shared, mine, party())});
    }
    for (const RemovalRow& inner : store_.removals(top.dossier)) {
      const bool inside = std::ranges::find(tree, inner.record) != tree.end();
      if (inside && inner.push.value == 0) store_.erase_removal(inner.record);
    }
    store_.put_removal(removal);
    return {};
  });
}

Result<void> Replica::resolve(const ConflictId& id, Choice choice, const std::string& text) {
  return store_.transact([&]() -> Result<void> {
    const auto conflict = store_.conflict(id);
    const auto dossier = store_.conflict_dossier(id);
    if (!conflict || !dossier) return fail(ErrorCode::kNotFound, "conflit inconnu sur ce poste : " + id.text());
    if (conflict->state != ConflictState::kOpen) {
      return fail(ErrorCode::kConflict, "ce conflit est déjà réglé : « navette conflicts » montre ceux qui restent");
    }
    const bool of_record = conflict->at.field == 0;
    if (of_record) {
      NAVETTE_TRY(may_shape(*dossier, conflict->at.kind));
    } else {
      NAVETTE_TRY(may_write(*dossier, conflict->at));
    }
    ResolveConflict change{id, conflict->version, {}, choice, {}, conflict->at};
    const std::string head(schema::text_of(server_value(conflict->at)));
    std::string live;
    if (has_range(*conflict)) {
      const std::u32string points = to_code_points(head);
      const auto& [begin, end] = conflict->range;
      if (end > points.size()) return fail(ErrorCode::kStale, "synchronisez, puis relisez ce conflit");
      live = to_utf8(points.substr(begin, end - begin));
      change.seen_live = seen_sides(live, conflict->incoming);
    } else if (conflict->kind == ConflictKind::kValue) {
      change.seen_live = seen_sides(server_value(conflict->at), conflict->incoming);
    } else if (conflict->kind == ConflictKind::kRemoval) {
      std::vector<SeenRecord> seen;
      std::vector<RecordId> tree{conflict->at.record};
      for (std::size_t i = 0; i < tree.size(); ++i) {
        const auto shared = server_content(tree[i], Audience::kShared);
        const auto own = server_content(tree[i], schema::own_audience(party()));
        if (!shared || !own) continue;  // made here, not there yet
        if (const auto row = store_.record(tree[i])) NAVETTE_TRY(shows_all_of(*row));
        seen.push_back({tree[i], readable_hash(*shared, *own, party())});
        grow(tree, store_.owned(tree[i]));
      }
      change.seen_live = seen_hash(std::move(seen));
    } else {
      change.seen_live = seen_sides({}, conflict->incoming);
    }
    if (choice == Choice::kWritten) {
      if (of_record) return fail(ErrorCode::kInvalidArgument, "ce conflit se règle par « committed » ou « incoming »");
      NAVETTE_ASSIGN(change.value, schema::parse(*field(conflict->at), text));
      if (has_range(*conflict)) {
        change.value = contested_part(std::string(schema::text_of(change.value)), head, conflict->range, live);
      }
    }
    const auto improvement = store_.improvement(id);
    if (choice == Choice::kIncoming && improvement && improvement->push.value == 0) {
      // The incoming text as it is shown is the one improved here: it is what the resolution writes.
      change.choice = Choice::kWritten;
      change.value = improvement->text;
      store_.erase_improvement(id);
    }
    store_.put_resolution({*dossier, change, {}});
    return {};
  });
}

Result<void> Replica::improve(const ConflictId& id, std::string_view typed) {
  return store_.transact([&]() -> Result<void> {
    const auto conflict = store_.conflict(id);
    const auto dossier = store_.conflict_dossier(id);
    if (!conflict || !dossier || conflict->at.field == 0)
      return fail(ErrorCode::kNotFound, "conflit inconnu : " + id.text());
    if (conflict->incoming_by.party != party()) {
      return fail(ErrorCode::kNotAllowed, "seule la partie qui a écrit ce texte peut le reprendre dans le conflit");
    }
    NAVETTE_TRY(may_write(*dossier, conflict->at));
    NAVETTE_ASSIGN(Value value, schema::parse(*field(conflict->at), typed));
    const std::string head(schema::text_of(server_value(conflict->at)));
    if (has_range(*conflict) && conflict->range.end <= code_point_count(head)) {
      std::string part = contested_part(std::string(schema::text_of(value)), head, conflict->range,
                                        schema::text_of(conflict->incoming));
      value = part.empty() ? Value{} : Value(std::move(part));
    }
    auto row =
        store_.improvement(id).value_or(ImprovementRow{*dossier, id, conflict->at, conflict->incoming, {}, {}, {}});
    row.text = value;
    if (row.push.value == 0 && value == row.seen) {
      store_.erase_improvement(id);
    } else {
      store_.put_improvement(row);
    }
    return {};
  });
}

Result<void> Replica::drop(const RefusalId& id) {
  return store_.transact([&]() -> Result<void> {
    const auto refusal = store_.refusal(id);
    if (!refusal) return fail(ErrorCode::kNotFound, "refus inconnu : " + id.text());
    settle_refusal(*refusal);
    return {};
  });
}

void Replica::settle_refusal(const RefusalRow& row) {
  store_.put_settled_refusal({row.id, value_hash(row.value)});
  store_.erase_refusal(row.id);
}

Result<void> Replica::retry_creation(const RecordId& record, Timestamp now) {
  if (record.empty() || store_.record(record)) return {};
  for (const RefusalRow& row : store_.refusals()) {
    if (row.act == RefusedAct::kCreate && row.at.record == record) return retry(row.id, now);
  }
  return {};  // what follows tells that the record is unknown
}

Result<void> Replica::retry(const RefusalId& id, Timestamp now) {
  return store_.transact([&]() -> Result<void> {
    const auto refusal = store_.refusal(id);
    if (!refusal) return fail(ErrorCode::kNotFound, "refus inconnu : " + id.text());
    switch (refusal->act) {
      case RefusedAct::kWrite:
      case RefusedAct::kEdit:
      case RefusedAct::kPublish: {
        NAVETTE_TRY(retry_creation(refusal->at.record, now));
        NAVETTE_ASSIGN(const RecordRow row, visible(refusal->at.record));
        NAVETTE_TRY(may_write(row.dossier, refusal->at));
        NAVETTE_TRY(schema::check(*field(refusal->at), refusal->value, refusal->base));
        if (store_.draft(refusal->at.record, refusal->at.field)) {
          return fail(ErrorCode::kConflict,
                      "ce champ a déjà une modification non envoyée : lancez « navette sync » d'abord");
        }
        DraftRow draft;
        draft.dossier = row.dossier;
        draft.at = refusal->at;
        draft.base_value = refusal->base;
        draft.base = Carried{refusal->base, {}};
        draft.head = working(refusal->at);
        draft.working = refusal->value;
        store_.put_draft(draft);
        store_.set_value(refusal->at.record, refusal->at.kind, refusal->at.field, refusal->value);
        break;
      }
      case RefusedAct::kCreate: {
        if (!store_.dossier(refusal->dossier)) {
          return fail(ErrorCode::kNotFound, "ce dossier n'est plus sur ce poste : " + refusal->dossier.text());
        }
        NAVETTE_TRY(may_shape(refusal->dossier, refusal->at.kind));
        NAVETTE_TRY(retry_creation(refusal->owner, now));
        store_.put_record({refusal->at.record, refusal->dossier, refusal->at.kind, refusal->owner, {}});
        store_.put_creation({refusal->dossier, refusal->at.record, refusal->at.kind, refusal->owner, {}, false});
        break;
      }
      case RefusedAct::kRemove:
        NAVETTE_TRY(remove(refusal->at.record));
        break;
      case RefusedAct::kPhase:
        NAVETTE_TRY(set(refusal->at, schema::text_of(refusal->value), now));
        break;
      case RefusedAct::kImprove:
      case RefusedAct::kResolve:
        return fail(ErrorCode::kInvalidArgument,
                    "relisez le conflit (« navette conflicts ») et réglez-le de nouveau : ce texte reste ici");
    }
    settle_refusal(*refusal);
    return {};
  });
}

}  // namespace navette::sync
