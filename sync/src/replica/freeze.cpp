// From drafts to a push.
#include <algorithm>
#include <cstring>

#include "navette/sync/codec.hpp"
#include "navette/sync/replica.hpp"

namespace navette::sync {
namespace {

std::uint64_t check_of(std::string_view text) {
  const Hash hash = sha256(text);
  std::uint64_t check;
  std::memcpy(&check, hash.value.data(), sizeof check);
  return check;
}

std::size_t size_of(const Value& value) { return schema::text_of(value).size(); }

// Gathers changes until the push is full.
class Gatherer {
 public:
  [[nodiscard]] bool room_for(std::size_t bytes) const {
    return changes.empty() || (changes.size() < tuning::kPushChanges && bytes_ + bytes < tuning::kPushBytes);
  }
  // False: no room any more, the rest goes into the next push.
  bool add(Change change, std::size_t bytes, const Base* base = nullptr, const Value* base_value = nullptr) {
    if (!room_for(bytes)) {
      full = true;
      return false;
    }
    if (base != nullptr && std::holds_alternative<AtRevision>(*base)) {
      bases.push_back({static_cast<std::uint32_t>(changes.size()), *base_value});
    }
    changes.push_back(std::move(change));
    bytes_ += bytes + 64;
    return true;
  }
  std::vector<Change> changes;
  std::vector<SuppliedBase> bases;
  bool full = false;

 private:
  std::size_t bytes_ = 0;
};

Change write_change(const schema::Field& field, const DraftRow& draft) {
  if (field.type == schema::FieldType::kPhase) {
    return ChangePhase{draft.at, draft.base_value, draft.working, draft.covered.value_or(ShortHash{})};
  }
  if (!field.merges()) return SetValue{draft.at, draft.base, draft.working};
  const std::string_view text = schema::text_of(draft.working);
  Delta delta = diff(schema::text_of(draft.base_value), text);
  if (draft.publishes_from != 0) {
    return PublishText{draft.at, draft.publishes_from, draft.base, std::move(delta), check_of(text)};
  }
  return EditText{draft.at, draft.base, std::move(delta), check_of(text), draft.room};
}

}  // namespace

Result<std::optional<OutboxRow>> Replica::freeze(const DossierId& id, Timestamp now) {
  std::optional<OutboxRow> frozen;
  const auto done = store_.transact([&]() -> Result<void> {
    frozen = store_.outbox(id);
    auto dossier = store_.dossier(id);
    if (frozen || !dossier) return {};
    const PushNumber number = dossier->last_push.next();
    Gatherer push;

    std::vector<RecordId> not_yet;  // creations that did not fit: nothing of theirs may go before them
    for (CreationRow& row : store_.creations(id)) {
      if (row.push.value != 0) continue;
      if (!push.add(CreateRecord{row.record, row.kind, row.owner}, 64)) {
        not_yet.push_back(row.record);
        continue;
      }
      row.push = number;
      store_.put_creation(row);
    }
    // Before the drafts that were written over them.
    for (SalvageRow& row : store_.salvages(id)) {
      if (row.push.value != 0 || !push.add(row.change, size_of(row.change.value))) continue;
      row.push = number;
      store_.put_salvage(row);
    }
    std::vector<DraftRow> drafts = store_.drafts(id);
    const auto rank = [&](const DraftRow& draft) {
      const schema::Field* described = field(draft.at);
      const bool phase = described != nullptr && described->type == schema::FieldType::kPhase;
      return phase ? 2 : draft.publishes_from != 0 ? 1 : 0;
    };
    const auto freeze_drafts = [&](int wanted) {
      for (DraftRow& draft : drafts) {
        const schema::Field* described = field(draft.at);
        if (described == nullptr || draft.push.value != 0 || rank(draft) != wanted) continue;
        if (std::ranges::find(not_yet, draft.at.record) != not_yet.end()) continue;
        const std::size_t bytes = size_of(draft.working);
        if (!push.room_for(bytes)) {
          push.full = true;
          break;
        }
        push.add(write_change(*described, draft), bytes, &draft.base, &draft.base_value);
        draft.push = number;
        draft.pushed = draft.working;
        store_.put_draft(draft);
      }
    };
    freeze_drafts(0);
    freeze_drafts(1);
    for (ImprovementRow& row : store_.improvements(id)) {
      if (row.push.value != 0) continue;
      if (!push.add(ImproveConflict{row.conflict, row.at, row.seen, row.text}, size_of(row.text) + size_of(row.seen)))
        break;
      row.push = number;
      row.pushed = row.text;
      store_.put_improvement(row);
    }
    for (ResolutionRow& row : store_.resolutions(id)) {
      if (row.push.value != 0 || !push.add(row.change, size_of(row.change.value))) continue;
      row.push = number;
      store_.put_resolution(row);
    }
    for (RemovalRow& row : store_.removals(id)) {
      if (row.push.value != 0 || !push.add(RemoveRecord{row.record, row.kind, row.seen}, row.seen.size() * 32))
        continue;
      row.push = number;
      store_.put_removal(row);
    }
    if (!push.full) freeze_drafts(2);  // a transition closes the push that holds all it covers
    if (push.changes.empty()) return {};

    Push wire;
    wire.dossier = id;
    wire.replica = replica_id();
    wire.number = number;
    wire.schema_version = schema_.version;
    wire.client_time = now;
    wire.changes = std::move(push.changes);
    frozen = OutboxRow{id, number, encode(wire), std::move(push.bases), now};
    store_.put_outbox(*frozen);
    dossier->last_push = number;
    store_.put_dossier(*dossier);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return frozen;
}

std::vector<FollowOne> Replica::standing() const {
  std::vector<FollowOne> all;
  for (const DossierRow& dossier : store_.dossiers()) {
    if (!dossier.followed) continue;
    FollowOne one{dossier.id, {}, dossier.last_push};
    for (Audience audience : schema::kAudiences) {
      const auto stream = store_.stream(dossier.id, audience);
      if (stream && schema::readable(audience, party())) {
        one.heads.push_back({audience, stream->head, shorten(stream->chain)});
      }
    }
    all.push_back(std::move(one));
  }
  return all;
}

ShortHash Replica::standing_hash() const {
  // Since a restore, each dossier is to be compared.
  const bool all =
      std::ranges::all_of(store_.dossiers(), [](const DossierRow& row) { return !row.followed || row.caught_up; });
  return all && !comparing() ? sync::standing_hash(standing()) : ShortHash{};
}

Result<std::vector<SuppliedBase>> Replica::bases(const NeedBases& need) const {
  const auto outbox = store_.outbox(need.dossier);
  if (!outbox || outbox->number != need.number) return fail(ErrorCode::kStale, "cet envoi n'est plus en attente");
  std::vector<SuppliedBase> supplied;
  for (const SuppliedBase& base : outbox->bases) {
    if (std::ranges::find(need.changes, base.change) != need.changes.end()) supplied.push_back(base);
  }
  return supplied;
}

void Replica::renew_identity() {
  store_.set_meta("replica_id", ReplicaId::make_v4(random_).bytes());
  for (DossierRow& dossier : store_.dossiers()) {
    for (DraftRow& draft : store_.drafts(dossier.id)) {
      draft.push = {};
      draft.pushed.reset();
      if (auto* carried = std::get_if<Carried>(&draft.base)) carried->after = {};  // a push of the old numbering
      store_.put_draft(draft);
    }
    for (CreationRow& row : store_.creations(dossier.id)) {
      row.push = {};
      store_.put_creation(row);
    }
    for (RemovalRow& row : store_.removals(dossier.id)) {
      row.push = {};
      store_.put_removal(row);
    }
    for (ImprovementRow& row : store_.improvements(dossier.id)) {
      row.push = {};
      row.pushed.reset();
      store_.put_improvement(row);
    }
    for (ResolutionRow& row : store_.resolutions(dossier.id)) {
      row.push = {};
      store_.put_resolution(row);
    }
    for (SalvageRow& row : store_.salvages(dossier.id)) {
      row.push = {};
      store_.put_salvage(row);
    }
    store_.erase_outbox(dossier.id);
    dossier.last_push = {};
    store_.put_dossier(dossier);
  }
}

}  // namespace navette::sync
