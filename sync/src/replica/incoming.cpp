// What the server says of its history: revisions, snapshots, repairs, scope.
#include <algorithm>
#include <charconv>
#include <set>

#include "navette/sync/codec.hpp"
#include "navette/sync/replica.hpp"

namespace navette::sync {

namespace {

// Set from the first meeting with a restored server until every dossier has caught up with it.
constexpr std::string_view kComparing = "comparing";
// The highest push number of the dossiers that left: one that comes back must not use a number twice.
constexpr std::string_view kPushFloor = "push_floor";

PushNumber push_floor(ReplicaStore& store) {
  PushNumber floor;
  const Bytes text = store.meta(kPushFloor).value_or(Bytes{});
  std::from_chars(text.data(), text.data() + text.size(), floor.value);
  return floor;
}

Result<void> misplaced() {
  return fail(ErrorCode::kMalformed, "le serveur envoie un champ dans un flux qui n'est pas le sien");
}

}  // namespace

// Changes what this replica holds of one stream and keeps its running digest.
class Incoming {
 public:
  Incoming(Replica& replica, DossierId dossier, Audience audience, StreamRow& stream)
      : replica_(replica), store_(replica.store_), dossier_(dossier), audience_(audience), stream_(stream) {}

  // Call before the server's values of a record change, and settle() after.
  void before(const RecordId& record) {
    if (!touched_.insert(record).second) return;
    const auto content = replica_.server_content(record, audience_);
    if (content && is_member(*content, audience_)) stream_.digest.remove(content_hash(*content, audience_));
  }
  void settle() {
    for (const RecordId& record : touched_) {
      const auto content = replica_.server_content(record, audience_);
      if (content && is_member(*content, audience_)) stream_.digest.add(content_hash(*content, audience_));
    }
    touched_.clear();
  }

  void create(const RecordId& record, KindNumber kind, const RecordId& owner) {
    before(record);
    auto row = store_.record(record);
    if (row && row->dossier != dossier_) return;
    if (auto mine = store_.creation(record)) {
      mine->known = true;
      store_.put_creation(*mine);
    }
    if (row && row->kind != kind) {
      store_.erase_record(record, row->kind);  // a repair: its values were those of no such record
      row.reset();
    }
    if (!row) {
      store_.put_record({record, dossier_, kind, owner, {}});
      readopt_drafts(record);
    } else if (row->owner != owner) {
      // Brought back under a restored copy of the owner that it was made under.
      row->owner = owner;
      store_.put_record(*row);
    }
  }
  void set(const FieldRef& at, const Value& value) {
    const auto row = store_.record(at.record);
    // Removed by the shared stream, which may run ahead of this one; or a repair is due.
    if (!row || row->kind != at.kind || row->dossier != dossier_) return;
    replica_.learn(at, audience_);
    before(at.record);
    if (auto draft = store_.draft(at.record, at.field)) {
      draft->head = value;
      // What the server now says is what the draft says: it is no draft any more.
      if (draft->push.value == 0 && draft->working == value) {
        store_.erase_draft(at.record, at.field);
        store_.set_value(at.record, at.kind, at.field, value);
      } else {
        store_.put_draft(*draft);
      }
    } else {
      store_.set_value(at.record, at.kind, at.field, value);
    }
  }
  // The private digests drop a removed record when their own stream says so; its row goes now, its drafts stay.
  void remove(const RecordId& record) {
    const auto row = store_.record(record);
    if (!row || row->dossier != dossier_) return;
    before(record);
    if (audience_ == Audience::kShared) forget_private(*row);
    store_.erase_record(record, row->kind);
    store_.erase_creation(record);
  }

  // Each stream keeps the digest of its own fields: what came through another would never be compared.
  Result<void> check(const Operation& operation) const {
    const bool shared = audience_ == Audience::kShared;
    if (const auto* value = std::get_if<ValueSet>(&operation)) return check(value->at);
    if (const auto* text = std::get_if<TextChanged>(&operation)) return check(text->at);
    if (const auto* changed = std::get_if<ConflictChanged>(&operation)) {
      return changed->conflict.audience == audience_ ? Result<void>{} : misplaced();
    }
    return shared ? Result<void>{} : misplaced();  // records are made and removed for everybody
  }
  Result<void> check(const StreamSnapshot& stream) const {
    for (const RecordContent& content : stream.records) {
      for (const auto& [number, value] : content.values) NAVETTE_TRY(check({content.record, content.kind, number}));
    }
    const bool ours =
        std::ranges::all_of(stream.conflicts, [&](const Conflict& conflict) { return conflict.audience == audience_; });
    return ours ? Result<void>{} : misplaced();
  }

  Result<void> operator()(const Operation& operation) {
    NAVETTE_TRY(check(operation));
    if (const auto* created = std::get_if<RecordCreated>(&operation)) {
      create(created->record, created->kind, created->owner);
    } else if (const auto* value = std::get_if<ValueSet>(&operation)) {
      set(value->at, value->value);
    } else if (const auto* text = std::get_if<TextChanged>(&operation)) {
      for (Conflict& conflict : store_.open_conflicts_at(text->at)) {
        move_range(conflict, text->at, text->delta);
        store_.put_conflict(dossier_, conflict);
      }
      if (!store_.record(text->at.record)) return {};
      auto changed = sync::apply(text->delta, schema::text_of(replica_.server_value(text->at)));
      if (!changed) return {};  // a damaged text: the digest will not match, and the record is repaired
      set(text->at, changed->empty() ? Value{} : Value(std::move(*changed)));
    } else if (const auto* removed = std::get_if<RecordsRemoved>(&operation)) {
      for (const RecordId& record : removed->records) remove(record);
    } else {
      store_.put_conflict(dossier_, std::get<ConflictChanged>(operation).conflict);
    }
    return {};
  }

 private:
  Result<void> check(const FieldRef& at) const {
    const schema::Field* field = replica_.field(at);  // none: of a newer schema
    return field == nullptr || field->audience == audience_ ? Result<void>{} : misplaced();
  }
  void forget_private(const RecordRow& row) {
    const Audience own = schema::own_audience(replica_.party());
    auto stream = store_.stream(dossier_, own);
    const auto content = replica_.server_content(row.id, own);
    if (!stream || !content || !is_member(*content, own)) return;
    stream->digest.remove(content_hash(*content, own));
    // The restored server may know the removal and lack the text: its party's own stream has not been compared yet.
    if (replica_.comparing()) {
      for (const auto& [number, value] : content->values) {
        store_.put_salvage({dossier_, {{row.id, row.kind, number}, row.owner, value}, {}});
      }
    }
    store_.put_stream(dossier_, own, *stream);
  }
  // A record that comes back (a repair, a snapshot) shows the drafts that stayed behind.
  void readopt_drafts(const RecordId& record) {
    for (const DraftRow& draft : store_.drafts_of(record)) {
      DraftRow kept = draft;
      kept.head = Value{};
      store_.put_draft(kept);
      store_.set_value(record, draft.at.kind, draft.at.field, draft.working);
    }
  }

  Replica& replica_;
  ReplicaStore& store_;
  DossierId dossier_;
  Audience audience_;
  StreamRow& stream_;
  std::set<RecordId> touched_;
};

Result<void> Replica::apply(const Revisions& revisions) {
  if (!store_.dossier(revisions.dossier)) return {};  // not followed
  auto stream = store_.stream(revisions.dossier, revisions.audience);
  if (!stream) stream = StreamRow{Revision{}, first_chain(revisions.dossier, revisions.audience), {}};
  for (const RevisionEnvelope& envelope : revisions.envelopes) {
    if (envelope.number <= stream->head) continue;
    if (envelope.number != stream->head.next()) return fail(ErrorCode::kStale, "il manque des révisions : reprise");
    NAVETTE_ASSIGN(const RevisionBody body, decode<RevisionBody>(envelope.body));
    Incoming incoming(*this, revisions.dossier, revisions.audience, *stream);
    for (const Operation& operation : body.operations) {
      NAVETTE_TRY(incoming(operation));
    }
    incoming.settle();
    stream->chain = next_chain(stream->chain, envelope);
    stream->head = envelope.number;
    store_.keep(revisions.dossier, revisions.audience, envelope);
    expected_[{revisions.dossier, revisions.audience}] = envelope.digest;
    store_.put_stream(revisions.dossier, revisions.audience, *stream);
  }
  return {};
}

namespace {

bool holds(const StreamSnapshot& snapshot, const RecordId& record) {
  return std::ranges::binary_search(snapshot.records, record, {}, &RecordContent::record);
}

}  // namespace

Result<void> Replica::apply(const Snapshot& message) {
  if (!store_.dossier(message.dossier)) return {};  // not followed
  const StreamSnapshot& snapshot = message.stream;
  const Audience audience = snapshot.audience;
  if (!std::ranges::is_sorted(snapshot.records, {}, &RecordContent::record)) {
    return fail(ErrorCode::kMalformed, "instantané sans ordre");
  }
  SetDigest digest;
  for (const RecordContent& content : snapshot.records) digest.add(content_hash(content, audience));
  if (digest.short_hash() != snapshot.digest)
    return fail(ErrorCode::kCorrupt, "instantané dont l'empreinte est fausse");

  const auto had = store_.stream(message.dossier, audience);
  if (had && !message.diverged && snapshot.head < had->head) return {};  // older than what is here
  const std::vector<RecordRow> before = had ? store_.records(message.dossier) : std::vector<RecordRow>{};
  StreamRow scratch;  // the running digest is replaced below
  Incoming incoming(*this, message.dossier, audience, scratch);
  NAVETTE_TRY(incoming.check(snapshot));

  for (const RecordRow& row : before) {
    const auto held = server_content(row.id, audience);
    if (!held || holds(snapshot, row.id)) continue;
    if (audience != Audience::kShared) {
      for (const auto& [number, value] : held->values) {
        if (message.diverged) store_.put_salvage({message.dossier, {{row.id, row.kind, number}, row.owner, value}, {}});
        incoming.set({row.id, row.kind, number}, Value{});
      }
      continue;
    }
    if (!message.diverged) {
      incoming.remove(row.id);
      continue;
    }
    // The restored server lost this record: it is made again, with its values as drafts.
    auto creation =
        store_.creation(row.id).value_or(CreationRow{message.dossier, row.id, row.kind, row.owner, {}, false});
    creation.known = false;
    store_.put_creation(creation);
    for (const DraftRow& draft : store_.drafts_of(row.id)) {
      // What came in under the draft was written by somebody who did not see the draft, and the other way round.
      if (schema::is_empty(draft.head) || draft.head == draft.base_value || draft.head == draft.working) continue;
      store_.put_salvage({message.dossier, {draft.at, row.owner, draft.head}, {}});
    }
    for (DraftRow& emptied : store_.drafts_of(row.id)) {
      if (row.values.contains(emptied.at.field)) continue;
      emptied.head = Value{};
      if (emptied.push.value == 0) {
        store_.erase_draft(row.id, emptied.at.field);
      } else {
        store_.put_draft(emptied);
      }
    }
    for (const auto& [number, value] : row.values) {
      const FieldRef at{row.id, row.kind, number};
      const schema::Field* described = field(at);
      if (described == nullptr) {  // of a newer schema: offered as it is
        store_.put_salvage({message.dossier, {at, row.owner, value}, {}});
        store_.set_value(row.id, row.kind, number, Value{});
        continue;
      }
      const bool plain = described->type != schema::FieldType::kPhase && described->type != schema::FieldType::kOwner;
      if (!plain) continue;
      DraftRow draft = store_.draft(row.id, number).value_or(DraftRow{});
      const bool seen = draft.head == draft.base_value || draft.head == draft.working;
      draft.dossier = message.dossier;
      draft.at = at;
      draft.working = value;
      if (seen) draft.base_value = Value{};
      draft.base = Carried{draft.base_value, {}};
      draft.head = Value{};
      store_.put_draft(draft);
    }
  }
  for (const RecordContent& content : snapshot.records) {
    const auto row = store_.record(content.record);
    const bool known = row && !(store_.creation(content.record) && !store_.creation(content.record)->known);
    if (!row && audience == Audience::kShared && store_.drafts_of(content.record).empty()) {
      std::map<FieldNumber, Value> values(content.values.begin(), content.values.end());
      for (const auto& [number, value] : values) learn({content.record, content.kind, number}, audience);
      store_.put_record({content.record, message.dossier, content.kind, content.owner, std::move(values)});
      continue;
    }
    if (!row && audience != Audience::kShared) continue;
    const auto held = known ? server_content(content.record, audience) : std::optional<RecordContent>{};
    if (audience == Audience::kShared) incoming.create(content.record, content.kind, content.owner);
    std::map<FieldNumber, Value> values(content.values.begin(), content.values.end());
    if (held) {
      for (const auto& [number, value] : held->values) {
        const auto now = values.find(number);
        const bool differs = now == values.end() || now->second != value;
        const FieldRef at{content.record, content.kind, number};
        if (message.diverged && differs) store_.put_salvage({message.dossier, {at, content.owner, value}, {}});
        values.try_emplace(number, Value{});
        if (!differs) values.erase(number);
      }
    }
    for (const auto& [number, value] : values) incoming.set({content.record, content.kind, number}, value);
  }
  if (message.diverged) {
    // Bases named by the lost history travel as values from here on.
    for (DraftRow& draft : store_.drafts(message.dossier)) {
      const schema::Field* described = field(draft.at);
      const bool named =
          described != nullptr && described->audience == audience && std::holds_alternative<AtRevision>(draft.base);
      if (!named) continue;
      draft.base = Carried{draft.base_value, {}};
      store_.put_draft(draft);
    }
    // What stood in a conflict of the lost history is offered too.
    for (const Conflict& conflict : store_.conflicts(message.dossier, true)) {
      const bool there = std::ranges::any_of(snapshot.conflicts, [&](const Conflict& other) {
        return other.id == conflict.id && other.incoming == conflict.incoming;
      });
      if (conflict.audience != audience || there || conflict.at.field == 0) continue;
      store_.put_salvage({message.dossier, {conflict.at, conflict.owner, conflict.incoming}, {}});
    }
    store_.forget_kept(message.dossier, audience, Revision{~std::uint64_t{0}});
  }
  store_.erase_open_conflicts(message.dossier, audience);
  for (const Conflict& conflict : snapshot.conflicts) store_.put_conflict(message.dossier, conflict);
  store_.put_stream(message.dossier, audience, {snapshot.head, snapshot.chain, digest});
  expected_[{message.dossier, audience}] = snapshot.digest;
  return {};
}

Result<void> Replica::apply(const Repair& repair) {
  const Audience audience = repair.stream.audience;
  auto stream = store_.stream(repair.dossier, audience);
  if (!stream || stream->head != repair.stream.head) return {};  // moved on meanwhile: compared again then
  Incoming incoming(*this, repair.dossier, audience, *stream);
  NAVETTE_TRY(incoming.check(repair.stream));
  for (const RecordId& record : repair.superfluous) {
    const auto held = server_content(record, audience);
    if (!held) continue;
    if (audience == Audience::kShared) {
      incoming.remove(record);
    } else {
      for (const auto& [number, value] : held->values) incoming.set({record, held->kind, number}, Value{});
    }
  }
  for (const RecordContent& content : repair.stream.records) {
    if (audience == Audience::kShared) incoming.create(content.record, content.kind, content.owner);
    const auto held = server_content(content.record, audience);
    std::map<FieldNumber, Value> values(content.values.begin(), content.values.end());
    if (held) {
      for (const auto& [number, value] : held->values) values.try_emplace(number, Value{});
    }
    for (const auto& [number, value] : values) incoming.set({content.record, content.kind, number}, value);
  }
  incoming.settle();
  store_.erase_open_conflicts(repair.dossier, audience);
  for (const Conflict& conflict : repair.stream.conflicts) store_.put_conflict(repair.dossier, conflict);
  stream->digest = recomputed(repair.dossier, audience);
  store_.put_stream(repair.dossier, audience, *stream);
  std::vector<DigestMismatch> doubted = doubts();
  if (std::erase(doubted, DigestMismatch{repair.dossier, audience}) != 0) write_doubts(doubted);
  expected_[{repair.dossier, audience}] = repair.stream.digest;
  return {};
}

std::vector<DigestMismatch> Replica::mismatches() {
  std::vector<DigestMismatch> wrong;
  for (const auto& [place, digest] : expected_) {
    const auto stream = store_.stream(place.first, place.second);
    if (stream && stream->digest.short_hash() != digest) wrong.push_back({place.first, place.second});
  }
  expected_.clear();
  return wrong;
}

RepairRequest Replica::repair_request(const DigestMismatch& mismatch) const {
  RepairRequest request{mismatch.dossier, mismatch.audience, {}, {}};
  if (const auto stream = store_.stream(mismatch.dossier, mismatch.audience)) request.head = stream->head;
  for (const RecordRow& row : store_.records(mismatch.dossier)) {
    const auto content = server_content(row.id, mismatch.audience);
    if (content && is_member(*content, mismatch.audience)) {
      request.records.push_back({row.id, shorten(content_hash(*content, mismatch.audience))});
    }
  }
  return request;
}

bool Replica::welcome(const EpochId& epoch) {
  const Bytes known = store_.meta("epoch").value_or(Bytes{});
  if (known == epoch.bytes()) return false;
  store_.set_meta("epoch", epoch.bytes());
  if (!known.empty()) store_.set_meta(kComparing, "1");
  return !known.empty();
}

void Replica::history_went_back() { store_.set_meta(kComparing, "1"); }

void Replica::scope(const std::vector<DossierId>& dossiers, bool restored, Timestamp now) {
  for (DossierRow& row : store_.dossiers()) {
    const bool still = std::ranges::find(dossiers, row.id) != dossiers.end();
    if (still) {
      if (!row.followed) {
        row.followed = true;
        store_.put_dossier(row);
      }
      continue;
    }
    if (!row.followed) continue;
    if (restored) {
      // A backup older than the dossier: it may be made again. Nothing is thrown away on the word of a restored server.
      row.followed = false;
      store_.put_dossier(row);
      continue;
    }
    save_work(row.id, now);
    store_.set_meta(kPushFloor, std::to_string(std::max(push_floor(store_), row.last_push).value));
    store_.erase_dossier(row.id);
  }
  for (const DossierId& id : dossiers) {
    if (!store_.dossier(id)) store_.put_dossier({id, push_floor(store_), true, false});
  }
}

void Replica::save_work(const DossierId& dossier, Timestamp now) {
  const auto keep = [&](const FieldRef& at, RefusedAct act, const Value& value, const Value& base,
                        const RecordId& owner) {
    RefusalRow refusal = new_refusal(dossier, at, act, RefusalReason::kScope, now);
    refusal.value = value;
    refusal.base = base;
    refusal.owner = owner;
    store_.put_refusal(refusal);
  };
  for (const CreationRow& row : store_.creations(dossier))
    keep({row.record, row.kind, 0}, RefusedAct::kCreate, {}, {}, row.owner);
  for (const DraftRow& row : store_.drafts(dossier)) keep(row.at, RefusedAct::kWrite, row.working, row.base_value, {});
  for (const RemovalRow& row : store_.removals(dossier))
    keep({row.record, row.kind, 0}, RefusedAct::kRemove, {}, {}, {});
  for (const ImprovementRow& row : store_.improvements(dossier))
    keep(row.at, RefusedAct::kImprove, row.text, row.seen, {});
  for (const ResolutionRow& row : store_.resolutions(dossier))
    keep(row.change.at, RefusedAct::kResolve, row.change.value, {}, {});
  for (const SalvageRow& row : store_.salvages(dossier))
    keep(row.change.at, RefusedAct::kWrite, row.change.value, {}, {});
}

void Replica::apply(const Covered& covered) {
  for (const StreamHead& head : covered.heads) store_.forget_kept(covered.dossier, head.audience, head.revision);
}

void Replica::apply(const RefusalNotice& notice) {
  const std::vector<SettledRefusal> settled = store_.settled_refusals();
  if (store_.refusal(notice.id) || std::ranges::find(settled, notice.id, &SettledRefusal::id) != settled.end()) return;
  RefusalRow row;
  row.id = notice.id;
  row.dossier = notice.dossier;
  row.at = notice.at;
  row.act = notice.act;
  row.owner = notice.owner;
  row.value = notice.value;
  row.base = notice.base;
  row.reason = notice.reason;
  row.when = notice.when;
  store_.put_refusal(row);
}

void Replica::apply(const RefusalsSettled& settled) {
  for (const SettledRefusal& each : settled.refusals) {
    store_.erase_settled_refusal(each.id);
    // What was typed after the push is in no other device's refusal: nobody has settled that.
    const auto row = store_.refusal(each.id);
    if (row && value_hash(row->value) == each.value) store_.erase_refusal(each.id);
  }
}

void Replica::caught_up(const DossierId& id) {
  auto row = store_.dossier(id);
  if (!row || row->caught_up) return;
  row->caught_up = true;
  store_.put_dossier(*row);
}

bool Replica::comparing() const { return !store_.meta(kComparing).value_or(Bytes{}).empty(); }

void Replica::compared() {
  if (comparing()) store_.set_meta(kComparing, "");
}

}  // namespace navette::sync
