// Pushes, adoptions and seeds: the authority decides, this makes it durable.
#include <array>
#include <map>

#include "core.hpp"
#include "history_rows.hpp"
#include "navette/sync/codec.hpp"

namespace navette::server {
namespace {

// The last revision of each stream: the state's values are those after it.
std::array<Revision, schema::kAudienceCount> last_revisions(const sync::Applied& applied) {
  std::array<Revision, schema::kAudienceCount> last;
  for (const sync::NewRevision& revision : applied.revisions) {
    last[static_cast<std::size_t>(revision.audience)] = revision.envelope.number;
  }
  return last;
}

void announce(WriteContext& context, const DossierId& dossier, const sync::NewRevision& revision,
              const ReplicaId& from) {
  for (CommittedRevisions& news : context.committed) {
    if (news.dossier != dossier || news.audience != revision.audience) continue;
    news.envelopes.push_back(revision.envelope);
    news.chain = revision.chain;
    return;
  }
  context.committed.push_back({dossier, revision.audience, {revision.envelope}, revision.chain, from});
}

void save_refusals(sql::Database& database, const PushRequest& request, const sync::Applied& applied) {
  for (const sync::RefusedChange& refused : applied.refusals) {
    auto statement = database.prepare(
        "INSERT OR REPLACE INTO refusal(id, account, dossier, record, kind, field, value, reason, refused, act, owner, "
        "base) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    statement.bind_blob(1, refused.id.bytes()).bind_blob(2, request.account.bytes());
    statement.bind_blob(3, request.dossier.bytes()).bind_blob(4, refused.at.record.bytes());
    statement.bind(5, refused.at.kind).bind(6, refused.at.field).bind_blob(7, sync::encode(refused.value));
    statement.bind(8, static_cast<std::int64_t>(refused.reason)).bind(9, request.now.milliseconds);
    statement.bind(10, static_cast<std::int64_t>(refused.act)).bind_blob(11, refused.owner.bytes());
    statement.bind_blob(12, sync::encode(refused.base)).run();
  }
}

StreamHeads heads_of(const sync::DossierState& state) {
  StreamHeads heads;
  for (const Audience audience : schema::kAudiences) {
    const sync::StreamState& stream = state.streams[static_cast<std::size_t>(audience)];
    heads[static_cast<std::size_t>(audience)] = {audience, stream.head, shorten(stream.chain)};
  }
  return heads;
}

// A push that cannot be read has no number: it is the last one again, or the next.
PushNumber derived_number(const sync::DossierState& state, const ReplicaId& replica, const Hash& hash) {
  const auto mark = state.marks.find(replica);
  if (mark == state.marks.end()) return PushNumber{1};
  return mark->second.hash == hash ? mark->second.number : mark->second.number.next();
}

PushResult apply_unreadable(WriteContext& context, const sync::Authority& authority, const UnreadableRequest& request) {
  sync::DossierState& state = context.states.of(context.database, request.dossier);
  const PushNumber number = request.number.value_or(derived_number(state, request.replica, request.hash));
  if (const auto mark = state.marks.find(request.replica); mark != state.marks.end() && number <= mark->second.number) {
    if (number != mark->second.number || mark->second.hash != request.hash)
      return {sync::ReplicaReused{}, heads_of(state)};
    sync::Applied again;
    again.repeated = true;
    again.receipt = or_throw(sync::decode<sync::Receipt>(mark->second.receipt));
    return {std::move(again), heads_of(state)};
  }
  sync::Applied applied = authority.unreadable(state, request.replica, number, request.hash, request.now);
  persist(context, state, applied, {request.replica}, request.replica);
  return {std::move(applied), heads_of(state)};
}

PushResult apply_push(WriteContext& context, const sync::Authority& authority, const PushRequest& request) {
  auto push = sync::decode<sync::Push>(request.encoded);
  if (!push || push->dossier != request.dossier || push->replica != request.source.replica) {
    return apply_unreadable(
        context, authority,
        {request.dossier, request.source.replica,
         push && push->replica == request.source.replica ? std::optional(push->number) : std::nullopt,
         sha256(request.encoded), request.now});
  }
  sync::DossierState& state = context.states.of(context.database, request.dossier);
  const StoredHistory history(context.database, authority.schema(), request.dossier);
  sync::PushAnswer answer =
      authority.process(state, history, request.source, *push, request.encoded, request.bases, request.now);
  if (const auto* applied = std::get_if<sync::Applied>(&answer); applied != nullptr && !applied->repeated) {
    persist(context, state, *applied, {request.source.replica}, request.source.replica);
    save_refusals(context.database, request, *applied);
  }
  return {std::move(answer), heads_of(state)};
}

PushResult apply_adoption(WriteContext& context, const sync::Authority& authority, const AdoptRequest& request) {
  sync::DossierState& state = context.states.of(context.database, request.dossier);
  const std::map<ReplicaId, sync::PushMark> before = state.marks;
  sync::Applied applied = authority.adopt(state, request.audience, request.envelopes);
  std::vector<ReplicaId> marks;
  for (const auto& [replica, mark] : state.marks) {
    const auto old = before.find(replica);
    if (old == before.end() || old->second != mark) marks.push_back(replica);
  }
  persist(context, state, applied, marks, request.replica);
  return {std::move(applied), heads_of(state)};
}

// A job whose result goes to `done` once it is durable.
template <class F>
WriteJob job_of(std::size_t bytes, PushCallback done, F run) {
  auto result = std::make_shared<std::optional<PushResult>>();
  return {[result, run = std::move(run)](WriteContext& context) { *result = run(context); },
          [result, done = std::move(done)](Result<> outcome) {
            if (!outcome) {
              done(std::unexpected(outcome.error()));
            } else {
              done(std::move(**result));
            }
          },
          bytes};
}

}  // namespace

void persist(WriteContext& context, const sync::DossierState& state, const sync::Applied& applied,
             const std::vector<ReplicaId>& marks, const ReplicaId& from) {
  if (applied.repeated) return;
  const StateRows& rows = context.states.rows();
  const auto last = last_revisions(applied);
  for (const sync::NewRevision& revision : applied.revisions) {
    const bool last_of_stream = revision.envelope.number == last[static_cast<std::size_t>(revision.audience)];
    insert_revision(context.database, state, revision, last_of_stream);
    announce(context, state.dossier, revision, from);
  }
  for (const Audience audience : schema::kAudiences) {
    const auto index = static_cast<std::size_t>(audience);
    if (last[index].value != 0) rows.save_stream(context.database, state.dossier, audience, state.streams[index]);
  }
  for (const RecordId& id : applied.records) {
    if (const sync::RecordState* record = state.record(id)) rows.save_record(context.database, state.dossier, *record);
  }
  for (const sync::Conflict& conflict : applied.conflicts)
    rows.save_conflict(context.database, state.dossier, conflict);
  for (const ReplicaId& replica : marks) {
    const auto mark = state.marks.find(replica);
    if (mark != state.marks.end()) rows.save_mark(context.database, state.dossier, replica, mark->second);
  }
}

Result<> AuthorityStore::push(PushRequest request, PushCallback done) {
  const std::size_t bytes = request.encoded.size();
  return core_->writer->post(
      job_of(bytes, std::move(done), [core = core_.get(), request = std::move(request)](WriteContext& context) {
        return apply_push(context, *core->authority, request);
      }));
}

Result<> AuthorityStore::unreadable(UnreadableRequest request, PushCallback done) {
  return core_->writer->post(
      job_of(0, std::move(done), [core = core_.get(), request = std::move(request)](WriteContext& context) {
        return apply_unreadable(context, *core->authority, request);
      }));
}

Result<> AuthorityStore::adopt(AdoptRequest request, PushCallback done) {
  std::size_t bytes = 0;
  for (const sync::RevisionEnvelope& envelope : request.envelopes) bytes += envelope.body.size();
  return core_->writer->post(
      job_of(bytes, std::move(done), [core = core_.get(), request = std::move(request)](WriteContext& context) {
        return apply_adoption(context, *core->authority, request);
      }));
}

Result<> AuthorityStore::seed(const DossierId& dossier, std::vector<sync::SeedRecord> records, sync::Author author,
                              Timestamp now, PushCallback done) {
  return core_->writer->post(job_of(0, std::move(done),
                                    [core = core_.get(), dossier, records = std::move(records),
                                     author = std::move(author), now](WriteContext& context) -> PushResult {
                                      sync::DossierState& state = context.states.of(context.database, dossier);
                                      sync::Applied applied = core->authority->seed(state, records, author, now);
                                      persist(context, state, applied, {}, {});
                                      return {std::move(applied), heads_of(state)};
                                    }));
}

}  // namespace navette::server
