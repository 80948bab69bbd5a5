// The messages around the changes: what a session is told.
#include "hostile.hpp"
#include "navette/sync/codec.hpp"

namespace navette::fuzz {

using namespace sync;

Hash Hostile::hash() {
  Hash made;
  made.value.fill(script_.byte());
  return made;
}

StreamHead Hostile::head() {
  if (!revisions_.empty() && script_.chance(60)) {
    const Known& known = script_.pick(revisions_);
    return {known.audience, known.revision, known.chain};
  }
  const Audience stream = audience();
  if (state_ != nullptr && script_.chance(60)) {
    const StreamState& ours = state_->streams[static_cast<std::size_t>(stream)];
    return {stream, {ours.head.value + script_.below(3)}, shorten(ours.chain)};
  }
  return {stream, {script_.number()}, digest()};
}

Conflict Hostile::conflict() {
  Conflict made;
  if (state_ != nullptr && !state_->open.empty() && script_.chance(60)) {
    made = script_.pick(state_->open).second;
  } else {
    made.id = some_id<ConflictId>();
    made.at = at(true);
  }
  made.audience = script_.chance(80) ? made.audience : audience();
  made.kind = static_cast<ConflictKind>(script_.below(7));
  made.state = static_cast<ConflictState>(script_.below(4));
  made.version = script_.byte();
  if (script_.chance(30)) made.at.field = 0;
  made.owner = script_.chance(50) ? RecordId{} : record();
  made.base = value();
  made.committed = value();
  made.incoming = value();
  made.range = {static_cast<std::uint32_t>(script_.number()), static_cast<std::uint32_t>(script_.number())};
  made.pushed_range = {script_.byte(), script_.byte()};
  made.base_range = {script_.byte(), script_.byte()};
  made.replica = replicas_.empty() ? ReplicaId{} : script_.pick(replicas_);
  made.push = {script_.below(4)};
  return made;
}

RevisionEnvelope Hostile::envelope() {
  if (!revisions_.empty() && script_.chance(50)) return script_.pick(revisions_).envelope;
  RevisionBody body;
  body.author = {script_.texts().text(8), static_cast<Party>(script_.below(2))};
  body.replica = replicas_.empty() ? ReplicaId{} : script_.pick(replicas_);
  body.push = {script_.byte()};
  body.operations = some(4, [this]() -> Operation {
    const FieldRef place = at(script_.chance(50));
    std::uint64_t ignored = 0;
    switch (script_.below(5)) {
      case 0:
        return RecordCreated{record(), place.kind, script_.chance(50) ? RecordId{} : record()};
      case 1:
        return ValueSet{place, value_for(place)};
      case 2:
        return TextChanged{place, delta(std::string(schema::text_of(held(place))), ignored)};
      case 3:
        return RecordsRemoved{some(3, [this] { return record(); })};
      default:
        return ConflictChanged{conflict()};
    }
  });
  const StreamHead stands = head();
  return {{stands.revision.value + script_.below(2)},
          digest(),
          digest(),
          script_.chance(90) ? encode(body) : Bytes(script_.bytes(8))};
}

StreamSnapshot Hostile::snapshot() {
  StreamSnapshot made;
  const StreamHead stands = head();
  made.audience = stands.audience;
  made.head = stands.revision;
  made.chain = hash();
  if (state_ != nullptr && script_.chance(50)) {
    made.chain = state_->streams[static_cast<std::size_t>(made.audience)].chain;
  }
  made.digest = digest();
  made.code = digest();
  made.records = some(5, [this] {
    RecordContent content{record(), 0, script_.chance(50) ? RecordId{} : record(), {}};
    for (std::uint32_t left = script_.below(4); left > 0; --left) {
      const FieldRef place = at(false);
      content.kind = place.kind;
      content.values.emplace_back(place.field, value_for(place));
    }
    return content;
  });
  made.conflicts = some(3, [this] { return conflict(); });
  return made;
}

Receipt Hostile::receipt() {
  Receipt made;
  made.dossier = dossier();
  made.replica = replicas_.empty() ? ReplicaId{} : script_.pick(replicas_);
  made.number = {script_.below(6)};
  made.push_hash = hash();
  made.results = some(6, [this] {
    return ChangeResult{static_cast<Outcome>(script_.below(4)), static_cast<RefusalReason>(script_.below(14)),
                        script_.chance(50), some(2, [this] { return resolution().conflict; })};
  });
  made.unreadable = script_.chance(10);
  made.heads = some(3, [this] { return head(); });
  return made;
}

Message Hostile::to_server(const ReplicaId& replica, PushNumber last) {
  switch (script_.below(12)) {
    case 0:
      return Hello{1, 1, schema_.version, "fuzz", script_.chance(90) ? replica : some_id<ReplicaId>(), {}, {}};
    case 1:
    case 2:
      return Follow{
          some(4, [this] { return FollowOne{dossier(), some(3, [this] { return head(); }), {script_.byte()}}; })};
    case 3:
      return PushWithBases{encode(push(replica, last)), bases()};
    case 4:
      return Kept{dossier(), audience(), some(4, [this] { return envelope(); }), script_.chance(70)};
    case 5:
      return RepairRequest{dossier(), audience(), head().revision,
                           some(4, [this] { return SeenRecord{record(), digest()}; })};
    case 6: {
      const FieldRef place = at(true);
      return HistoryRequest{1, dossier(), script_.chance(50) ? RecordId{} : place.record,
                            script_.chance(50) ? FieldNumber{0} : place.field,
                            static_cast<std::uint32_t>(script_.number())};
    }
    case 7:
      return Presence{dossier(), at(true), script_.chance(70), {"somebody else", schema::Party::kAgence}};
    case 8:
      return PushMessage{Bytes(script_.bytes(64))};
    default:
      return PushMessage{encode(push(replica, last))};
  }
}

Message Hostile::to_replica() {
  switch (script_.below(14)) {
    case 0:
      return Welcome{1, some_id<EpochId>(), 1, 0, "account", schema_.roles[script_.below(2)].name, {}, "room"};
    case 1:
      return Scope{some(4, [this] { return dossier(); })};
    case 2:
      return Totals{static_cast<std::uint32_t>(script_.number()), script_.number()};
    case 3:
    case 4:
      return Snapshot{dossier(), script_.chance(50), snapshot()};
    case 5:
    case 6:
      return Revisions{dossier(), audience(), some(4, [this] { return envelope(); })};
    case 7:
      return CaughtUp{dossier()};
    case 8:
      return NeedBases{
          dossier(), {script_.below(6)}, some(4, [this] { return static_cast<std::uint32_t>(script_.number()); })};
    case 9:
      return ReceiptMessage{receipt()};
    case 10:
      return AskKept{dossier(), audience(), {script_.number()}};
    case 11:
      return Repair{dossier(), snapshot(), some(4, [this] { return record(); })};
    case 12:
      return Covered{dossier(), some(3, [this] { return head(); })};
    default:
      return RefusalNotice{some_id<RefusalId>(),
                           dossier(),
                           at(true),
                           RefusedAct::kWrite,
                           {},
                           value(),
                           {},
                           static_cast<RefusalReason>(script_.below(14)),
                           {}};
  }
}

}  // namespace navette::fuzz
