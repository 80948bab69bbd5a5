// Reading: what the user sees, and what the server is known to hold.
#include <algorithm>

#include "navette/base/base64.hpp"
#include "navette/base/utf8.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/merge.hpp"
#include "navette/sync/replica.hpp"

namespace navette::sync {
namespace {

constexpr std::string_view kDoubts = "doubts";  // streams to be repaired, one after the other: dossier, audience
constexpr std::size_t kDoubtBytes = 17;

}  // namespace

Replica::Replica(const schema::Schema& schema, ReplicaStore& store, Random& random)
    : schema_(schema), store_(store), random_(random) {}

void Replica::become(std::string_view account, std::string_view role) {
  store_.set_meta("account", account);
  store_.set_meta("role", role);
}

std::optional<schema::RoleNumber> Replica::role() const { return schema_.role(store_.meta("role").value_or("")); }

Party Replica::party() const {
  const auto number = role();
  return number ? schema_.roles[*number].party : Party::kStructure;
}

ReplicaId Replica::replica_id() {
  if (const auto stored = store_.meta("replica_id")) {
    if (auto id = ReplicaId::from_bytes(*stored)) return *id;
  }
  const ReplicaId fresh = ReplicaId::make_v4(random_);
  store_.set_meta("replica_id", fresh.bytes());
  return fresh;
}

const schema::Field* Replica::field(const FieldRef& at) const {
  const schema::Kind* kind = schema_.kind(at.kind);
  return kind == nullptr ? nullptr : kind->field(at.field);
}

namespace {

std::string audience_name(const FieldRef& at) {
  return "audience." + std::to_string(at.kind) + "." + std::to_string(at.field);
}

}  // namespace

std::optional<Audience> Replica::audience_of(const FieldRef& at) const {
  if (const schema::Field* described = field(at)) return described->audience;
  const Bytes learned = store_.meta(audience_name(at)).value_or(Bytes{});
  for (const Audience audience : schema::kAudiences) {
    if (learned == schema::name_of(audience)) return audience;
  }
  return std::nullopt;
}

void Replica::learn(const FieldRef& at, Audience audience) {
  if (field(at) == nullptr && audience_of(at) != audience)
    store_.set_meta(audience_name(at), schema::name_of(audience));
}

Result<void> Replica::shows_all_of(const RecordRow& row) const {
  const schema::Kind* kind = schema_.kind(row.kind);
  const bool all = kind != nullptr && std::ranges::all_of(row.values, [&](const auto& item) {
                     return kind->field(item.first) != nullptr || schema::is_empty(item.second);
                   });
  if (all) return {};
  return fail(ErrorCode::kUnsupported,
              "une partie de ces données vient d'une version plus récente et ne se voit pas ici : mettez Navette à "
              "jour, puis recommencez");
}

unsigned Replica::phase(const DossierId& dossier) const {
  RecordId& root = roots_[dossier];  // never changes once known
  if (root.empty() || !store_.record(root)) {
    root = {};
    for (const RecordRow& record : store_.records(dossier)) {
      if (record.kind == schema_.root().number) root = record.id;
    }
    if (root.empty()) return 0;
  }
  const FieldRef at{root, schema_.root().number, schema_.phase_field()->number};
  return schema_.phase(schema::text_of(server_value(at))).value_or(0);
}

bool Replica::hidden(const DossierId& dossier, const RecordId& record) const {
  return std::ranges::any_of(store_.removals(dossier), [&](const RemovalRow& removal) {
    return std::ranges::any_of(removal.seen, [&](const SeenRecord& seen) { return seen.record == record; });
  });
}

std::vector<RecordRow> Replica::records(const DossierId& dossier) const {
  std::vector<RecordRow> rows = store_.records(dossier);
  const std::vector<RemovalRow> removals = store_.removals(dossier);
  std::erase_if(rows, [&](const RecordRow& row) {
    return schema_.kind(row.kind) == nullptr || std::ranges::any_of(removals, [&](const RemovalRow& removal) {
             return std::ranges::find(removal.seen, row.id, &SeenRecord::record) != removal.seen.end();
           });
  });
  return rows;
}

Result<RecordRow> Replica::visible(const RecordId& record) const {
  auto row = store_.record(record);
  if (!row || schema_.kind(row->kind) == nullptr || hidden(row->dossier, record)) {
    return fail(ErrorCode::kNotFound,
                "fiche inconnue sur ce poste : " + record.text() + " (« navette show » donne les identifiants)");
  }
  return *row;
}

Result<FieldRef> Replica::locate(const RecordId& record, std::string_view name) const {
  const auto row = store_.record(record);
  const schema::Kind* kind = row ? schema_.kind(row->kind) : nullptr;
  if (kind == nullptr) {
    return fail(ErrorCode::kNotFound,
                "fiche inconnue sur ce poste : " + record.text() + " (« navette show » donne les identifiants)");
  }
  const schema::Field* found = kind->field(name);
  const auto number = role();
  if (found == nullptr || !number || !schema::readable(found->audience, party())) {
    return fail(ErrorCode::kNotFound, "une fiche " + kind->name + " n'a pas de champ « " + std::string(name) + " »");
  }
  return FieldRef{record, row->kind, found->number};
}

Value Replica::working(const FieldRef& at) const {
  const schema::Field* described = field(at);
  const auto row = store_.record(at.record);
  if (!row) {
    const auto draft = store_.draft(at.record, at.field);
    return draft ? draft->working : Value{};
  }
  if (described != nullptr && described->type == schema::FieldType::kOwner)
    return row->owner.empty() ? Value{} : Value(row->owner.text());
  const auto found = row->values.find(at.field);
  return found == row->values.end() ? Value{} : found->second;
}

Value Replica::server_value(const FieldRef& at) const {
  const auto draft = store_.draft(at.record, at.field);
  return draft ? draft->head : working(at);
}

AtRevision Replica::here(const DossierId& dossier, Audience audience) const {
  const auto stream = store_.stream(dossier, audience);
  if (!stream) return {Revision{}, shorten(first_chain(dossier, audience))};
  return {stream->head, shorten(stream->chain)};
}

Result<Shown> Replica::get(const FieldRef& at) const {
  const auto row = store_.record(at.record);
  const schema::Field* described = field(at);
  if (!row || described == nullptr) return fail(ErrorCode::kNotFound, "fiche ou champ inconnu sur ce poste");
  Shown shown{working(at), {}};
  // A token names the value by its revision when it is the server's, and always carries it.
  const bool local = store_.draft(at.record, at.field).has_value() || store_.creation(at.record).has_value();
  const Base base = local ? Base(Carried{shown.value, {}}) : Base(here(row->dossier, described->audience));
  SetValue token;
  token.at = at;
  token.base = base;
  token.value = shown.value;
  Push wrapped;
  wrapped.changes.push_back(std::move(token));
  shown.token = to_base64url(encode(wrapped));
  return shown;
}

Result<ConflictView> Replica::view(const Conflict& conflict) const {
  ConflictView view;
  view.conflict = conflict;
  view.dossier = store_.conflict_dossier(conflict.id).value_or(DossierId{});
  view.resolution_waits = store_.resolution(conflict.id).has_value();
  const auto improvement = store_.improvement(conflict.id);
  const schema::Field* described = field(conflict.at);
  const auto shown = [&](const Value& value) {
    return described == nullptr ? schema::display(value) : schema::display(*described, value);
  };
  const std::string incoming = shown(improvement ? improvement->text : conflict.incoming);
  const bool placed = conflict.kind == ConflictKind::kText || conflict.kind == ConflictKind::kSalvaged;
  if (!placed || conflict.state != ConflictState::kOpen || !store_.record(conflict.at.record)) {
    const bool alive = store_.record(conflict.at.record).has_value() && conflict.at.field != 0 &&
                       conflict.state == ConflictState::kOpen && conflict.kind == ConflictKind::kValue;
    view.base = shown(conflict.base);
    view.committed = shown(alive ? server_value(conflict.at) : conflict.committed);
    view.incoming = incoming;
    return view;
  }
  const std::string head(schema::text_of(server_value(conflict.at)));
  const std::u32string points = to_code_points(head);
  if (conflict.range.end > points.size())
    return fail(ErrorCode::kCorrupt, "place du conflit hors du texte : synchronisez");
  const TextRange around = paragraph_around(head, conflict.range);
  const std::u32string_view text = points;
  const std::string before = to_utf8(text.substr(around.begin, conflict.range.begin - around.begin));
  const std::string live = to_utf8(text.substr(conflict.range.begin, conflict.range.end - conflict.range.begin));
  const std::string after = to_utf8(text.substr(conflict.range.end, around.end - conflict.range.end));
  const std::string base(schema::text_of(conflict.base));
  view.base = before + base + after;
  view.committed = before + live + after;
  view.incoming = before + incoming + after;
  if (const auto both = suggestion(base, live, incoming)) view.suggestion = before + *both + after;
  return view;
}

std::size_t Replica::undecided(const DossierId& dossier) const {
  const std::vector<Conflict> open = store_.conflicts(dossier, true);
  return static_cast<std::size_t>(
      std::ranges::count_if(open, [&](const Conflict& each) { return !store_.resolution(each.id); }));
}

WorkCounts Replica::counts(const DossierId& dossier) const {
  WorkCounts counts;
  counts.drafts = store_.drafts(dossier).size() + store_.creations(dossier).size() + store_.removals(dossier).size() +
                  store_.improvements(dossier).size() + store_.resolutions(dossier).size();
  counts.outbox = store_.outbox(dossier) ? 1 : 0;
  counts.conflicts = undecided(dossier);
  for (const RefusalRow& refusal : store_.refusals()) counts.refusals += refusal.dossier == dossier ? 1 : 0;
  return counts;
}

std::optional<RecordContent> Replica::server_content(const RecordId& record, Audience audience) const {
  const auto row = store_.record(record);
  if (!row) return std::nullopt;
  const auto creation = store_.creation(record);
  if (creation && !creation->known) return std::nullopt;
  std::map<FieldNumber, Value> values = row->values;
  for (const DraftRow& draft : store_.drafts_of(record)) values[draft.at.field] = draft.head;
  RecordContent content{record, row->kind, row->owner, {}};
  for (auto& [number, value] : values) {
    if (!schema::is_empty(value) && audience_of({record, row->kind, number}) == audience) {
      content.values.emplace_back(number, std::move(value));
    }
  }
  return content;
}

SetDigest Replica::recomputed(const DossierId& dossier, Audience audience) const {
  SetDigest digest;
  for (const RecordRow& row : store_.records(dossier)) {
    const auto content = server_content(row.id, audience);
    if (content && is_member(*content, audience)) digest.add(content_hash(*content, audience));
  }
  return digest;
}

std::vector<DigestMismatch> Replica::verify() const {
  std::vector<DigestMismatch> wrong;
  for (const DossierRow& dossier : store_.dossiers()) {
    for (Audience audience : schema::kAudiences) {
      const auto stream = store_.stream(dossier.id, audience);
      if (stream && stream->digest != recomputed(dossier.id, audience)) wrong.push_back({dossier.id, audience});
    }
  }
  return wrong;
}

void Replica::doubt(const std::vector<DigestMismatch>& wrong) {
  std::vector<DigestMismatch> all = doubts();
  for (const DigestMismatch& mismatch : wrong) {
    if (std::ranges::find(all, mismatch) == all.end()) all.push_back(mismatch);
  }
  write_doubts(all);
}

std::vector<DigestMismatch> Replica::doubts() const {
  std::vector<DigestMismatch> found;
  Bytes stored = store_.meta(kDoubts).value_or(Bytes{});
  for (BytesView rest = stored; rest.size() >= kDoubtBytes; rest.remove_prefix(kDoubtBytes)) {
    const auto dossier = DossierId::from_bytes(rest.substr(0, kDoubtBytes - 1));
    const auto audience = static_cast<Audience>(rest[kDoubtBytes - 1]);
    const auto row = dossier ? store_.dossier(*dossier) : std::nullopt;
    if (row && row->followed && store_.stream(*dossier, audience)) found.push_back({*dossier, audience});
  }
  return found;
}

void Replica::write_doubts(const std::vector<DigestMismatch>& doubts) {
  Bytes stored;
  for (const DigestMismatch& mismatch : doubts) {
    stored += mismatch.dossier.bytes();
    stored += static_cast<char>(mismatch.audience);
  }
  store_.set_meta(kDoubts, stored);
}

// The shared stream as the user sees it: their own edits in, what they remove out, the phase as it is.
SetDigest Replica::displayed_digest(const DossierId& dossier) const {
  SetDigest digest;
  for (const RecordRow& row : records(dossier)) {
    RecordContent content{row.id, row.kind, row.owner, {}};
    const schema::Kind* kind = schema_.kind(row.kind);
    for (const auto& [number, value] : row.values) {
      const schema::Field* described = kind->field(number);
      if (described == nullptr || described->audience != Audience::kShared) continue;
      const Value shown =
          described->type == schema::FieldType::kPhase ? server_value({row.id, row.kind, number}) : value;
      if (!schema::is_empty(shown)) content.values.emplace_back(number, shown);
    }
    digest.add(content_hash(content, Audience::kShared));
  }
  return digest;
}

RefusalRow Replica::new_refusal(const DossierId& dossier, const FieldRef& at, RefusedAct act, RefusalReason reason,
                                Timestamp now) {
  RefusalRow row;
  row.id = RefusalId::make_v7(now, random_);
  row.dossier = dossier;
  row.at = at;
  row.act = act;
  row.reason = reason;
  row.when = now;
  return row;
}

}  // namespace navette::sync
