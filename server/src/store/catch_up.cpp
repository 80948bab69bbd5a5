// What brings a reader up to date: revisions, snapshots, repairs.
#include <algorithm>

#include "core.hpp"
#include "history_rows.hpp"
#include "navette/server/tuning.hpp"

namespace navette::server {
namespace {

struct Span {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

std::int64_t total_at(sql::Database& database, const DossierId& dossier, Audience audience, Revision revision) {
  auto statement = database.prepare("SELECT total FROM revision WHERE dossier = ? AND audience = ? AND number = ?");
  statement.bind_blob(1, dossier.bytes()).bind(2, as_row(audience)).bind(3, as_row(revision));
  return statement.step() ? statement.integer(0) : 0;
}

// The revisions in (after, head], without reading them.
Span span_after(sql::Database& database, const DossierId& dossier, Audience audience, Revision after, Revision head) {
  const std::int64_t bytes = total_at(database, dossier, audience, head) - total_at(database, dossier, audience, after);
  return {head.value - after.value, static_cast<std::uint64_t>(bytes)};
}

// Roughly what a snapshot of the stream carries, in bytes.
std::uint64_t weight_of(const sync::StreamSnapshot& snapshot) {
  std::uint64_t bytes = 256;
  for (const sync::RecordContent& record : snapshot.records) {
    bytes += 40;
    for (const auto& [field, value] : record.values) bytes += 8 + schema::text_of(value).size();
  }
  for (const sync::Conflict& conflict : snapshot.conflicts) {
    bytes += 256 + schema::text_of(conflict.base).size() + schema::text_of(conflict.committed).size() +
             schema::text_of(conflict.incoming).size();
  }
  return bytes;
}

CatchUp plan_stream(const AuthorityStore::Core& core, sql::Database& database, const DossierId& dossier,
                    const sync::StreamHead& head, const sync::StreamHead& after) {
  CatchUp result;
  result.head = head;
  if (after == head) {  // the usual case needs no look into the history
    result.known = true;
  } else if (after.revision <= head.revision) {
    const auto chain = StoredHistory(database, core.schema, dossier).chain_at(after.audience, after.revision);
    result.known = chain && shorten(*chain) == after.chain;
  }
  if (result.known) {
    if (after.revision < head.revision) {
      const Span span = span_after(database, dossier, after.audience, after.revision, head.revision);
      result.revisions = span.count;
      result.revision_bytes = span.bytes;
    }
    result.by_snapshot = false;
    if (result.revision_bytes <= tuning::kSmallCatchUpBytes) return result;
  }
  if (head.revision.value == 0 && after.revision.value == 0) {  // nothing was ever written in it
    result.by_snapshot = false;
    return result;
  }
  const SnapshotCache::Key key{dossier, after.audience, head.revision};
  const auto known_size = core.snapshots.known_size(key);
  if (known_size) {
    result.snapshot_bytes = *known_size;
  } else {
    result.snapshot_bytes = weight_of(core.authority->snapshot(core.load(database, dossier), after.audience));
    core.snapshots.note_size(key, result.snapshot_bytes);
  }
  result.by_snapshot = !result.known || result.snapshot_bytes < result.revision_bytes;
  return result;
}

}  // namespace

Result<StreamHeads> AuthorityStore::heads(const DossierId& dossier) const {
  return core_->read([&](sql::Database& database) {
    if (!dossier_exists(database, dossier)) refuse(ErrorCode::kNotFound, "ce dossier n'existe pas sur le serveur");
    return stored_heads(database, dossier);
  });
}

Result<std::vector<sync::FollowOne>> AuthorityStore::standing(const std::vector<DossierId>& dossiers,
                                                              schema::Party party) const {
  return core_->read([&](sql::Database& database) {
    std::vector<sync::FollowOne> all;
    for (const DossierId& dossier : dossiers) {
      sync::FollowOne& one = all.emplace_back(sync::FollowOne{dossier, {}, {}});
      for (const sync::StreamHead& head : stored_heads(database, dossier)) {
        if (schema::readable(head.audience, party)) one.heads.push_back(head);
      }
    }
    return all;
  });
}

Result<std::vector<sync::RevisionEnvelope>> AuthorityStore::revisions_after(const DossierId& dossier, Audience audience,
                                                                            Revision after, std::size_t max_count,
                                                                            std::size_t max_bytes) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare(
        "SELECT number, digest, code, body FROM revision WHERE dossier = ? AND audience = ? AND number > ? "
        "ORDER BY number LIMIT ?");
    statement.bind_blob(1, dossier.bytes()).bind(2, as_row(audience)).bind(3, as_row(after));
    statement.bind(4, static_cast<std::int64_t>(max_count));
    std::vector<sync::RevisionEnvelope> envelopes;
    std::size_t bytes = 0;
    while (statement.step()) {
      bytes += statement.blob(3).size();
      if (!envelopes.empty() && bytes > max_bytes) break;
      envelopes.push_back({Revision{count_at(statement, 0)}, hash_at<ShortHash>(statement, 1),
                           hash_at<ShortHash>(statement, 2), Bytes(statement.blob(3))});
    }
    return envelopes;
  });
}

Result<std::optional<Hash>> AuthorityStore::chain_at(const DossierId& dossier, Audience audience,
                                                     Revision revision) const {
  return core_->read([&](sql::Database& database) {
    return StoredHistory(database, core_->schema, dossier).chain_at(audience, revision);
  });
}

Result<FollowPlan> AuthorityStore::plan_follow(const sync::FollowOne& wanted,
                                               const std::vector<Audience>& audiences) const {
  return core_->read([&](sql::Database& database) {
    if (!dossier_exists(database, wanted.dossier))
      refuse(ErrorCode::kNotFound, "ce dossier n'existe pas sur le serveur");
    const StreamHeads heads = stored_heads(database, wanted.dossier);
    FollowPlan plan;
    for (const Audience audience : audiences) {
      sync::StreamHead after{audience, {}, {}};
      for (const sync::StreamHead& head : wanted.heads) {
        if (head.audience == audience) after = head;
      }
      plan.streams.push_back(
          plan_stream(*core_, database, wanted.dossier, heads[static_cast<std::size_t>(audience)], after));
    }
    plan.covered = covered_heads(database, wanted.dossier);
    std::erase_if(plan.covered, [&](const sync::StreamHead& head) {
      return std::ranges::find(audiences, head.audience) == audiences.end();
    });
    return plan;
  });
}

Result<sync::StreamSnapshot> AuthorityStore::snapshot(const DossierId& dossier, Audience audience) const {
  return core_->read(
      [&](sql::Database& database) { return core_->authority->snapshot(core_->load(database, dossier), audience); });
}

Result<std::shared_ptr<const CachedSnapshot>> AuthorityStore::cached_snapshot(const DossierId& dossier,
                                                                              Audience audience,
                                                                              const SnapshotFraming& framing) const {
  using Entry = SnapshotCache::Entry;
  return core_->read([&](sql::Database& database) -> Entry {
    if (!dossier_exists(database, dossier)) refuse(ErrorCode::kNotFound, "ce dossier n'existe pas sur le serveur");
    const Revision head = stored_heads(database, dossier)[static_cast<std::size_t>(audience)].revision;
    return core_->snapshots.get({dossier, audience, head}, [&]() -> Entry {
      const Bytes framed = framing(dossier, core_->authority->snapshot(core_->load(database, dossier), audience));
      return std::make_shared<const CachedSnapshot>(CachedSnapshot{head, compressed(framed), framed.size()});
    });
  });
}

Result<sync::Repair> AuthorityStore::repair(const sync::RepairRequest& request) const {
  return core_->read([&](sql::Database& database) {
    return core_->authority->repair(core_->load(database, request.dossier), request);
  });
}

Result<sync::DossierState> AuthorityStore::state(const DossierId& dossier) const {
  return core_->read([&](sql::Database& database) { return core_->load(database, dossier); });
}

}  // namespace navette::server
