#include "navette/sync/codec.hpp"

#include "archive.hpp"
#include "record_columns.hpp"

namespace navette::sync {

// Deltas are rebuilt run by run: what is not canonical does not decode.
void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const Delta& delta) {
  out.varint(delta.runs().size());
  for (const Delta::Run& run : delta.runs()) {
    const bool insert = run.kind == Delta::Kind::kInsert;
    out.varint(std::uint64_t{insert ? run.bytes : run.count} << 2 | static_cast<std::uint64_t>(run.kind));
  }
  out.raw(delta.inserted().data(), delta.inserted().size());
}
void CEREAL_LOAD_FUNCTION_NAME(Reader& in, Delta& delta) {
  const std::size_t n = in.count(sizeof(Delta::Run));
  std::vector<std::pair<Delta::Kind, std::uint32_t>> runs;
  runs.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t raw = in.varint();
    const std::uint64_t size = raw >> 2;
    if ((raw & 3) > 2 || size == 0 || size > std::numeric_limits<std::uint32_t>::max()) malformed("no such run");
    runs.emplace_back(static_cast<Delta::Kind>(raw & 3), static_cast<std::uint32_t>(size));
  }
  Delta built;
  for (const auto& [kind, size] : runs) {
    switch (kind) {
      case Delta::Kind::kRetain:
        built.retain(size);
        break;
      case Delta::Kind::kErase:
        built.erase(size);
        break;
      case Delta::Kind::kInsert: {
        const BytesView text = in.take(size);
        if (!is_valid_utf8(text)) malformed("text is not UTF-8");
        built.insert(text);
        break;
      }
    }
  }
  built.finish();
  if (built.runs().size() != n) malformed("delta is not canonical");
  delta = std::move(built);
}

#define NAVETTE_FIELDS(Type, ...)        \
  template <class Archive>               \
  void serialize(Archive& ar, Type& m) { \
    ar(__VA_ARGS__);                     \
  }

template <class E>
Enumeration<E> code(E& value, unsigned count) {
  return {value, count};
}
inline Enumeration<Audience> audience(Audience& value) { return {value, schema::kAudienceCount}; }
inline Enumeration<Party> party(Party& value) { return {value, 2}; }
inline Enumeration<bool> flag(bool& value) { return {value, 2}; }

NAVETTE_FIELDS(TextRange, m.begin, m.end)
NAVETTE_FIELDS(FieldRef, m.record, m.kind, m.field)
NAVETTE_FIELDS(AtRevision, m.revision, m.chain)
NAVETTE_FIELDS(Carried, m.value, m.after)
NAVETTE_FIELDS(CreateRecord, m.record, m.kind, m.owner)
NAVETTE_FIELDS(SetValue, m.at, m.base, m.value)
NAVETTE_FIELDS(EditText, m.at, m.base, m.delta, m.check, m.room)
NAVETTE_FIELDS(PublishText, m.to, m.from, m.base, m.delta, m.check)
NAVETTE_FIELDS(SeenRecord, m.record, m.digest)
NAVETTE_FIELDS(RemoveRecord, m.record, m.kind, m.seen)
NAVETTE_FIELDS(ImproveConflict, m.conflict, m.at, m.seen, m.improved)
NAVETTE_FIELDS(ResolveConflict, m.conflict, m.version, m.seen_live, code(m.choice, 3), m.value, m.at)
NAVETTE_FIELDS(ChangePhase, m.at, m.from, m.to, m.covered)
NAVETTE_FIELDS(SalvageValue, m.at, m.owner, m.value)
NAVETTE_FIELDS(Push, m.dossier, m.replica, m.number, m.schema_version, m.client_time, m.changes)
NAVETTE_FIELDS(ChangeResult, code(m.outcome, 4), code(m.reason, kRefusalReasons), flag(m.together), m.conflicts)
NAVETTE_FIELDS(StreamHead, audience(m.audience), m.revision, m.chain)
NAVETTE_FIELDS(Receipt, m.dossier, m.replica, m.number, m.push_hash, m.server_time, m.results, flag(m.unreadable),
               m.heads)
NAVETTE_FIELDS(Author, m.name, party(m.party))
NAVETTE_FIELDS(Conflict, m.id, audience(m.audience), code(m.kind, 7), code(m.state, 4), m.version, m.at, m.owner,
               m.base, m.committed, m.incoming, m.range, m.pushed_range, m.base_range, m.committed_by, m.incoming_by,
               m.replica, m.push, flag(m.improved), flag(m.rooted))
NAVETTE_FIELDS(RecordCreated, m.record, m.kind, m.owner)
NAVETTE_FIELDS(ValueSet, m.at, m.value)
NAVETTE_FIELDS(TextChanged, m.at, m.delta)
NAVETTE_FIELDS(RecordsRemoved, m.records)
NAVETTE_FIELDS(ConflictChanged, m.conflict)
NAVETTE_FIELDS(RecordContent, m.record, m.kind, m.owner, m.values)
NAVETTE_FIELDS(RevisionBody, m.author, m.server_time, m.client_time, m.replica, m.push, m.push_hash, m.operations,
               Tail{m.refused})
NAVETTE_FIELDS(AdoptedPush, m.number, m.hash, m.refused)
NAVETTE_FIELDS(RevisionEnvelope, m.number, m.digest, m.code, Blob{m.body})
NAVETTE_FIELDS(Hello, m.oldest_version, m.newest_version, m.schema_version, m.software, m.replica, m.epoch, m.standing)
NAVETTE_FIELDS(Welcome, m.version, m.epoch, m.heartbeat_ms, m.delay_ms, m.account, m.role, m.server_time, m.room)
NAVETTE_FIELDS(Scope, m.dossiers)
NAVETTE_FIELDS(FollowOne, m.dossier, m.heads, m.last_push)
NAVETTE_FIELDS(Follow, m.dossiers)
NAVETTE_FIELDS(Unchanged, m.dossiers)
NAVETTE_FIELDS(Totals, m.dossiers, m.bytes)
NAVETTE_FIELDS(StreamSnapshot, audience(m.audience), m.head, m.chain, m.digest, m.code, RecordColumns{m.records},
               m.conflicts)
NAVETTE_FIELDS(Snapshot, m.dossier, flag(m.diverged), m.stream)
NAVETTE_FIELDS(Revisions, m.dossier, audience(m.audience), m.envelopes)
NAVETTE_FIELDS(CaughtUp, m.dossier)
NAVETTE_FIELDS(PushMessage, Blob{m.push})
NAVETTE_FIELDS(NeedBases, m.dossier, m.number, m.changes)
NAVETTE_FIELDS(SuppliedBase, m.change, m.value)
NAVETTE_FIELDS(PushWithBases, Blob{m.push}, m.bases)
NAVETTE_FIELDS(ReceiptMessage, m.receipt)
NAVETTE_FIELDS(AskKept, m.dossier, audience(m.audience), m.after)
NAVETTE_FIELDS(Kept, m.dossier, audience(m.audience), m.envelopes, flag(m.last))
NAVETTE_FIELDS(RepairRequest, m.dossier, audience(m.audience), m.head, m.records)
NAVETTE_FIELDS(Repair, m.dossier, m.stream, m.superfluous)
NAVETTE_FIELDS(Covered, m.dossier, m.heads)
NAVETTE_FIELDS(Presence, m.dossier, m.at, flag(m.open), m.who)
NAVETTE_FIELDS(Report, m.drafts, m.outbox, m.refusals, m.outbox_age_ms, m.repairs, m.software)
NAVETTE_FIELDS(HistoryRequest, m.request, m.dossier, m.record, m.field, m.limit)
NAVETTE_FIELDS(HistoryEntry, audience(m.audience), m.revision, m.author, m.server_time, m.client_time, m.what, m.at,
               m.before, m.after)
NAVETTE_FIELDS(HistoryReply, m.request, m.entries, flag(m.more))
NAVETTE_FIELDS(RefusalNotice, m.id, m.dossier, m.at, code(m.act, 8), m.owner, m.value, m.base,
               code(m.reason, kRefusalReasons), m.when)
NAVETTE_FIELDS(SettledRefusal, m.id, m.value)
NAVETTE_FIELDS(RefusalsSettled, m.refusals)
NAVETTE_FIELDS(Goodbye, code(m.action, 6), m.reason, m.retry_after_ms, flag(m.new_replica_id))

#undef NAVETTE_FIELDS

namespace {

template <class T>
Bytes encoded(const T& item) {
  Writer out;
  out(item);
  return std::move(out.bytes);
}

}  // namespace

Bytes encode(const Message& message) { return encoded(message); }
Bytes encode(const Push& push) { return encoded(push); }
Bytes encode(const RevisionBody& body) { return encoded(body); }
Bytes encode(const std::vector<AdoptedPush>& pushes) { return encoded(pushes); }
Bytes encode(const Receipt& receipt) { return encoded(receipt); }
Bytes encode(const Conflict& conflict) { return encoded(conflict); }
Bytes encode(const RecordContent& content) { return encoded(content); }
Bytes encode(const Base& base) { return encoded(base); }
Bytes encode(const Value& value) { return encoded(value); }
Bytes encode(const std::vector<SeenRecord>& seen) { return encoded(seen); }
Bytes encode(const std::vector<SuppliedBase>& bases) { return encoded(bases); }
Bytes encode(const RevisionEnvelope& envelope) { return encoded(envelope); }

Result<PushHeader> peek_push(BytesView push) {
  try {
    Reader in(push);
    PushHeader header;
    in(header.dossier, header.replica, header.number);
    return header;
  } catch (const cereal::Exception&) {
    return fail(ErrorCode::kMalformed, "envoi illisible dès son début");
  }
}

template <class T>
Result<T> decode(BytesView bytes) {
  try {
    Reader in(bytes);
    T item;
    in(item);
    if (!in.at_end()) return fail(ErrorCode::kMalformed, "message mal formé : octets en trop");
    return item;
  } catch (const cereal::Exception& error) {
    return fail(ErrorCode::kMalformed, std::string("message mal formé : ") + error.what());
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kTooLarge, "message trop grand pour la mémoire disponible");
  }
}

template Result<Message> decode<Message>(BytesView);
template Result<Push> decode<Push>(BytesView);
template Result<RevisionBody> decode<RevisionBody>(BytesView);
template Result<std::vector<AdoptedPush>> decode<std::vector<AdoptedPush>>(BytesView);
template Result<Receipt> decode<Receipt>(BytesView);
template Result<Conflict> decode<Conflict>(BytesView);
template Result<RecordContent> decode<RecordContent>(BytesView);
template Result<Base> decode<Base>(BytesView);
template Result<Value> decode<Value>(BytesView);
template Result<std::vector<SeenRecord>> decode<std::vector<SeenRecord>>(BytesView);
template Result<std::vector<SuppliedBase>> decode<std::vector<SuppliedBase>>(BytesView);
template Result<RevisionEnvelope> decode<RevisionEnvelope>(BytesView);

}  // namespace navette::sync
