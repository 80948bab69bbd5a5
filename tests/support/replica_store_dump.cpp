#include "memory_replica_store.hpp"
#include "navette/base/hex.hpp"
#include "navette/sync/codec.hpp"

namespace navette::test {
namespace {

// One line per row: its words with blanks between.
class Lines {
 public:
  void row(std::string_view table) { text_ += (text_.empty() ? "" : "\n") + std::string(table); }
  template <class Tag>
  Lines& add(const Id<Tag>& id) {
    return word(id.text());
  }
  template <class Tag>
  Lines& add(Counter<Tag> counter) {
    return word(std::to_string(counter.value));
  }
  Lines& add(const sync::Value& value) { return bytes(sync::encode(value)); }
  Lines& add(const std::optional<sync::Value>& value) { return value ? add(*value) : word("-"); }
  Lines& add(const sync::FieldRef& at) { return add(at.record).number(at.kind).number(at.field); }
  Lines& number(auto number) { return word(std::to_string(static_cast<std::int64_t>(number))); }
  Lines& bytes(BytesView bytes) { return word(bytes.empty() ? "empty" : to_hex(bytes)); }
  [[nodiscard]] std::string text() const { return text_; }

 private:
  Lines& word(std::string_view word) {
    text_ += ' ';
    text_ += word;
    return *this;
  }
  std::string text_;
};

void dump_stream(Lines& out, sync::ReplicaStore& store, const DossierId& dossier, sync::Audience audience) {
  if (const auto stream = store.stream(dossier, audience)) {
    out.row("stream");
    out.add(dossier).number(audience).add(stream->head).bytes(stream->chain.bytes());
    out.bytes(stream->digest.short_hash().bytes());
  }
  for (const auto& envelope : store.kept(dossier, audience, Revision{0}, SIZE_MAX)) {
    out.row("kept");
    out.add(dossier).number(audience).bytes(sync::encode(envelope));
  }
}

void dump_records(Lines& out, sync::ReplicaStore& store, const DossierId& dossier) {
  for (const auto& row : store.records(dossier)) {
    out.row("record");
    out.add(row.id).add(row.dossier).number(row.kind).add(row.owner);
    for (const auto& [field, value] : row.values) out.number(field).add(value);
  }
}

void dump_own_changes(Lines& out, sync::ReplicaStore& store, const DossierId& dossier) {
  for (const auto& row : store.drafts(dossier)) {
    out.row("draft");
    out.add(row.dossier).add(row.at).add(row.working).add(row.base_value).bytes(sync::encode(row.base)).add(row.head);
    out.add(row.pushed).add(row.push).number(row.publishes_from).bytes(row.room);
    out.bytes(row.covered ? row.covered->bytes() : BytesView());
  }
  for (const auto& row : store.creations(dossier)) {
    out.row("creation");
    out.add(row.dossier).add(row.record).number(row.kind).add(row.owner).add(row.push).number(row.known);
  }
  for (const auto& row : store.removals(dossier)) {
    out.row("removal");
    out.add(row.dossier).add(row.record).number(row.kind).bytes(sync::encode(row.seen)).add(row.push);
  }
  for (const auto& row : store.salvages(dossier)) {
    out.row("salvage");
    out.add(row.dossier).add(row.change.at).add(row.change.owner).add(row.change.value).add(row.push);
  }
  if (const auto row = store.outbox(dossier)) {
    out.row("outbox");
    out.add(row->dossier).add(row->number).bytes(row->push).bytes(sync::encode(row->bases));
    out.number(row->frozen_at.milliseconds);
  }
}

void dump_conflicts(Lines& out, sync::ReplicaStore& store, const DossierId& dossier) {
  for (const auto& conflict : store.conflicts(dossier, false)) {
    out.row("conflict");
    out.bytes(sync::encode(conflict));
  }
  for (const auto& row : store.improvements(dossier)) {
    out.row("improvement");
    out.add(row.dossier).add(row.conflict).add(row.at).add(row.seen).add(row.text).add(row.pushed).add(row.push);
  }
  for (const auto& row : store.resolutions(dossier)) {
    out.row("resolution");
    out.add(row.dossier).add(row.change.conflict).number(row.change.version).bytes(row.change.seen_live.bytes());
    out.number(row.change.choice).add(row.change.value).add(row.change.at).add(row.push);
  }
}

}  // namespace

std::string dump(sync::ReplicaStore& store, const std::vector<std::string>& meta_names) {
  Lines out;
  for (const std::string& name : meta_names) {
    if (const auto value = store.meta(name)) {
      out.row("meta " + name);
      out.bytes(*value);
    }
  }
  for (const auto& row : store.dossiers()) {
    out.row("dossier");
    out.add(row.id).add(row.last_push).number(row.followed).number(row.caught_up);
    for (const sync::Audience audience : schema::kAudiences) dump_stream(out, store, row.id, audience);
    dump_records(out, store, row.id);
    dump_own_changes(out, store, row.id);
    dump_conflicts(out, store, row.id);
  }
  for (const auto& row : store.refusals()) {
    out.row("refusal");
    out.add(row.id).add(row.dossier).add(row.at).add(row.owner).number(row.act).add(row.value).add(row.base);
    out.number(row.reason).number(row.when.milliseconds);
  }
  for (const auto& row : store.settled_refusals()) {
    out.row("settled refusal");
    out.add(row.id).bytes(row.value.bytes());
  }
  for (const DossierId& dossier : store.dossiers_with_work()) {
    out.row("work");
    out.add(dossier);
  }
  return out.text();
}

}  // namespace navette::test
