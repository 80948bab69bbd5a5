#include "navette/sync/authority.hpp"

#include <algorithm>

#include "navette/sync/codec.hpp"
#include "processor.hpp"

namespace navette::sync {

const FieldState* RecordState::field(FieldNumber number) const {
  const auto found = std::ranges::lower_bound(fields, number, {}, &FieldState::field);
  return found == fields.end() || found->field != number ? nullptr : &*found;
}

const RecordState* DossierState::record(const RecordId& id) const {
  const auto found = records.find(id);
  return found == records.end() ? nullptr : &found->second;
}

const RecordState* DossierState::alive(const RecordId& id) const {
  const RecordState* found = record(id);
  return found == nullptr || found->removed ? nullptr : found;
}

std::vector<RecordId> DossierState::subtree(const RecordId& id) const {
  std::vector<RecordId> tree{id};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    for (const auto& [child, state] : records) {
      if (state.owner == tree[i] && !state.removed) tree.push_back(child);
    }
  }
  return tree;
}

bool removes(const RevisionBody& revision, const RecordId& record) {
  return std::ranges::any_of(revision.operations, [&](const Operation& operation) {
    const auto* removed = std::get_if<RecordsRemoved>(&operation);
    return removed != nullptr && std::ranges::find(removed->records, record) != removed->records.end();
  });
}

DossierState empty_dossier(const DossierId& dossier) {
  DossierState state;
  state.dossier = dossier;
  for (Audience audience : schema::kAudiences) state.streams[index_of(audience)].chain = first_chain(dossier, audience);
  return state;
}

Authority::Authority(const schema::Schema& schema, Bytes key, Random& random)
    : schema_(schema), key_(std::move(key)), random_(random) {}

namespace {

std::vector<StreamHead> readable_heads(const DossierState& state, Party party) {
  std::vector<StreamHead> heads;
  for (Audience audience : schema::kAudiences) {
    const StreamState& stream = state.streams[index_of(audience)];
    if (schema::readable(audience, party)) heads.push_back({audience, stream.head, shorten(stream.chain)});
  }
  return heads;
}

// Appends one revision to every stream that the editor changed.
void append_revisions(Editor& editor, DossierState& state, RevisionBody body, const Refused& refused, BytesView key,
                      Applied& applied) {
  editor.settle_digests();
  for (Audience audience : schema::kAudiences) {
    if (!editor.changed(audience)) continue;
    StreamState& stream = state.streams[index_of(audience)];
    NewRevision revision{audience, {}, {}, editor.take_fields(audience)};
    body.operations = editor.take_operations(audience);
    body.refused = refused[index_of(audience)];
    revision.envelope.number = stream.head.next();
    revision.envelope.digest = stream.digest.short_hash();
    revision.envelope.body = encode(body);
    revision.chain = next_chain(stream.chain, revision.envelope);
    revision.envelope.code = revision_code(key, state.dossier, audience, revision.envelope.number, revision.chain);
    stream.head = revision.envelope.number;
    stream.chain = revision.chain;
    applied.revisions.push_back(std::move(revision));
  }
  applied.records.insert(editor.records().begin(), editor.records().end());
  applied.conflicts = editor.changed_conflicts();
}

Receipt receipt_for(const Push& push, const Hash& hash, Timestamp now) {
  Receipt receipt;
  receipt.dossier = push.dossier;
  receipt.replica = push.replica;
  receipt.number = push.number;
  receipt.push_hash = hash;
  receipt.server_time = now;
  return receipt;
}

// Whether adopted revisions tell of a later push than this one, or of another one under its number.
bool outruns(const PushMark& mark, PushNumber number, const Hash& hash) {
  return std::ranges::any_of(mark.adopted, [&](const AdoptedPush& adopted) {
    return adopted.number > number || (adopted.number == number && adopted.hash != hash);
  });
}

void remember(DossierState& state, const Receipt& receipt) {
  PushMark& mark = state.marks[receipt.replica];
  mark.number = receipt.number;
  mark.hash = receipt.push_hash;
  mark.receipt = encode(receipt);
}

}  // namespace

PushAnswer Authority::process(DossierState& state, const History& history, const PushSource& source, const Push& push,
                              BytesView encoded, const std::vector<SuppliedBase>& bases, Timestamp now) const {
  const Hash hash = sha256(encoded);
  const auto mark = state.marks.find(push.replica);
  const PushNumber last = mark == state.marks.end() ? PushNumber{} : mark->second.number;
  if (push.number == last && last.value != 0 && mark->second.hash == hash) {
    Applied again;
    again.repeated = true;
    if (auto receipt = decode<Receipt>(mark->second.receipt)) again.receipt = std::move(*receipt);
    return again;
  }
  const Hash sealed_hash = sealed(key_, hash);
  if (push.number <= last || (mark != state.marks.end() && outruns(mark->second, push.number, sealed_hash))) {
    return ReplicaReused{};
  }

  Processor processor(schema_, random_, key_, state, history, source, push, hash);
  const std::vector<std::uint32_t> missing = processor.find_bases(bases);
  if (!missing.empty()) return NeedBases{push.dossier, push.number, missing};
  processor.run();

  Applied applied;
  RevisionBody body;
  body.author = source.author;
  body.server_time = now;
  body.client_time = push.client_time;
  body.replica = push.replica;
  body.push = sealed(key_, state.dossier, push.replica, push.number);
  body.push_hash = sealed_hash;
  append_revisions(processor.editor(), state, std::move(body), processor.refused_positions(), key_, applied);
  applied.receipt = receipt_for(push, hash, now);
  applied.receipt.results = std::move(processor.results());
  applied.receipt.heads = readable_heads(state, source.author.party);
  applied.refusals = std::move(processor.refusals());
  remember(state, applied.receipt);
  return applied;
}

Applied Authority::unreadable(DossierState& state, const ReplicaId& replica, PushNumber number, const Hash& hash,
                              Timestamp now) const {
  Push push;
  push.dossier = state.dossier;
  push.replica = replica;
  push.number = number;
  Applied applied;
  applied.receipt = receipt_for(push, hash, now);
  applied.receipt.unreadable = true;
  remember(state, applied.receipt);
  return applied;
}

Applied Authority::seed(DossierState& state, const std::vector<SeedRecord>& records, const Author& author,
                        Timestamp now) const {
  Editor editor(schema_, state);
  for (const SeedRecord& seed : records) {
    if (state.record(seed.record) == nullptr) editor.create(seed.record, seed.kind, seed.owner);
    if (state.alive(seed.record) == nullptr) continue;
    for (const auto& [number, value] : seed.values) {
      const FieldRef at{seed.record, seed.kind, number};
      const schema::Field* field = editor.field(at);
      if (field == nullptr || editor.value(at) == value) continue;
      if (field->merges()) {
        const std::string text(schema::text_of(value));
        editor.change_text(at, diff(schema::text_of(editor.value(at)), text), text);
      } else {
        editor.set(at, value);
      }
    }
  }
  Applied applied;
  RevisionBody body;
  body.author = author;
  body.server_time = now;
  body.client_time = now;
  append_revisions(editor, state, std::move(body), {}, key_, applied);
  return applied;
}

namespace {

// Whether an operation of that stream can be replayed on the state as it is.
bool fits(const Editor& editor, Audience audience, const Operation& operation) {
  const auto place = [&](const FieldRef& at) {
    const RecordState* record = editor.state().record(at.record);
    const schema::Field* field = editor.field(at);
    return record != nullptr && record->kind == at.kind && field != nullptr && field->audience == audience;
  };
  if (const auto* set = std::get_if<ValueSet>(&operation)) return place(set->at);
  if (const auto* text = std::get_if<TextChanged>(&operation)) return place(text->at);
  if (const auto* created = std::get_if<RecordCreated>(&operation)) {
    return audience == Audience::kShared && editor.state().record(created->record) == nullptr;
  }
  if (const auto* removed = std::get_if<RecordsRemoved>(&operation)) {
    return audience == Audience::kShared && std::ranges::all_of(removed->records, [&](const RecordId& id) {
             return editor.state().alive(id) != nullptr;
           });
  }
  return std::get<ConflictChanged>(operation).conflict.audience == audience;
}

Result<void> replay_operation(Editor& editor, const Operation& operation) {
  if (const auto* set = std::get_if<ValueSet>(&operation)) {
    editor.set(set->at, set->value);
  } else if (const auto* text = std::get_if<TextChanged>(&operation)) {
    NAVETTE_ASSIGN(std::string changed, apply(text->delta, schema::text_of(editor.value(text->at))));
    editor.change_text(text->at, text->delta, std::move(changed));
  } else if (const auto* created = std::get_if<RecordCreated>(&operation)) {
    editor.create(created->record, created->kind, created->owner);
  } else if (const auto* removed = std::get_if<RecordsRemoved>(&operation)) {
    editor.remove(removed->records);
  } else {
    editor.put_as_is(std::get<ConflictChanged>(operation).conflict);
  }
  return {};
}

}  // namespace

Result<void> Authority::replay(DossierState& state, Audience audience, const RevisionEnvelope& envelope,
                               Applied& touched) const {
  StreamState& stream = state.streams[index_of(audience)];
  if (envelope.number != stream.head.next()) return fail(ErrorCode::kCorrupt, "révision hors de sa place");
  const Hash chain = next_chain(stream.chain, envelope);
  const ShortHash code = revision_code(key_, state.dossier, audience, envelope.number, chain);
  if (!equal_in_constant_time(code.bytes(), envelope.code.bytes())) {
    return fail(ErrorCode::kCorrupt, "révision dont le sceau n'est pas celui de ce serveur");
  }
  NAVETTE_ASSIGN(const RevisionBody body, decode<RevisionBody>(envelope.body));
  Editor editor(schema_, state);
  for (const Operation& operation : body.operations) {
    if (!fits(editor, audience, operation)) return fail(ErrorCode::kCorrupt, "révision qui ne s'applique pas à l'état");
    NAVETTE_TRY(replay_operation(editor, operation));
  }
  editor.settle_digests();
  // Adopted streams arrive one after the other: the shared one may have removed what a private one still speaks of.
  const bool comparable = audience == Audience::kShared;
  if (comparable && stream.digest.short_hash() != envelope.digest)
    return fail(ErrorCode::kCorrupt, "empreinte différente après la révision");
  stream.head = envelope.number;
  stream.chain = chain;
  if (!body.replica.empty()) {
    const PushNumber number = opened(key_, state.dossier, body.replica, body.push);
    state.marks[body.replica].adopted[index_of(audience)] = {number, body.push_hash, body.refused};
  }
  touched.revisions.push_back({audience, envelope, chain, editor.take_fields(audience)});
  touched.records.insert(editor.records().begin(), editor.records().end());
  for (const Conflict& conflict : editor.changed_conflicts()) touched.conflicts.push_back(conflict);
  return {};
}

Applied Authority::adopt(DossierState& state, Audience audience, const std::vector<RevisionEnvelope>& envelopes) const {
  Applied adopted;
  for (const RevisionEnvelope& envelope : envelopes) {
    if (envelope.number <= state.streams[index_of(audience)].head) continue;
    DossierState tried = state;  // a revision that fails half-way leaves nothing behind
    if (!replay(tried, audience, envelope, adopted)) break;
    state = std::move(tried);
  }
  return adopted;
}

RecordContent Authority::content(const RecordState& record, Audience audience) const {
  return content_of(schema_, record, audience);
}

SetDigest Authority::digest(const DossierState& state, Audience audience) const {
  SetDigest digest;
  for (const auto& [id, record] : state.records) {
    if (record.removed && audience == Audience::kShared) continue;
    const RecordContent content = content_of(schema_, record, audience);
    if (is_member(content, audience)) digest.add(content_hash(content, audience));
  }
  return digest;
}

StreamSnapshot Authority::snapshot(const DossierState& state, Audience audience) const {
  const StreamState& stream = state.streams[index_of(audience)];
  StreamSnapshot snapshot{audience,
                          stream.head,
                          stream.chain,
                          stream.digest.short_hash(),
                          revision_code(key_, state.dossier, audience, stream.head, stream.chain),
                          {},
                          {}};
  for (const auto& [id, record] : state.records) {
    if (record.removed && audience == Audience::kShared) continue;
    RecordContent content = content_of(schema_, record, audience);
    if (is_member(content, audience)) snapshot.records.push_back(std::move(content));
  }
  for (const auto& [id, conflict] : state.open) {
    if (conflict.audience == audience) snapshot.conflicts.push_back(conflict);
  }
  return snapshot;
}

Repair Authority::repair(const DossierState& state, const RepairRequest& request) const {
  Repair repair{state.dossier, snapshot(state, request.audience), {}};
  std::map<RecordId, ShortHash> held;
  for (const SeenRecord& record : request.records) held[record.record] = record.digest;
  std::set<RecordId> there;
  std::erase_if(repair.stream.records, [&](const RecordContent& content) {
    there.insert(content.record);
    const auto mine = held.find(content.record);
    return mine != held.end() && mine->second == shorten(content_hash(content, request.audience));
  });
  for (const auto& [id, digest] : held) {
    if (!there.contains(id)) repair.superfluous.push_back(id);
  }
  return repair;
}

}  // namespace navette::sync
