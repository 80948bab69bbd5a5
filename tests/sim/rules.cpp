// What the rules say of a push and of an adoption, found without the engine that follows them.
#include <algorithm>

#include "navette/base/utf8.hpp"
#include "navette/sync/codec.hpp"
#include "simulation.hpp"

namespace navette::test {

using schema::Audience;
using sync::FieldRef;
using sync::Value;
using PushDone = SimulatedServer::PushDone;

namespace {

const schema::Field& field_of(const FieldRef& at) { return *test_schema().kind(at.kind)->field(at.field); }

// The fields that a change writes.
std::vector<FieldRef> written(const sync::Change& change) {
  if (const auto* set = std::get_if<sync::SetValue>(&change)) return {set->at};
  if (const auto* edit = std::get_if<sync::EditText>(&change)) return {edit->at};
  if (const auto* improve = std::get_if<sync::ImproveConflict>(&change)) return {improve->at};
  if (const auto* publish = std::get_if<sync::PublishText>(&change)) {
    return {publish->to, {publish->to.record, publish->to.kind, publish->from}};
  }
  return {};
}

Value value_in(const sync::DossierState& state, const FieldRef& at) {
  const sync::RecordState* record = state.record(at.record);
  const sync::FieldState* field = record == nullptr ? nullptr : record->field(at.field);
  return field == nullptr ? Value{} : field->value;
}

const sync::RecordState* root_of(const sync::DossierState& state) {
  const auto root =
      std::ranges::find_if(state.records, [](const auto& item) { return item.second.kind == contrat::kKind; });
  return root == state.records.end() ? nullptr : &root->second;
}

unsigned phase_of(const sync::DossierState& state) {
  const sync::RecordState* root = root_of(state);
  if (root == nullptr) return 0;
  return test_schema().phase(schema::text_of(value_in(state, {root->record, root->kind, contrat::kPhase}))).value_or(0);
}

// A record that this push made or removed, which its author had to be allowed.
const schema::Kind* shaped(const sync::Change& change, const sync::DossierState& before) {
  const auto* made = std::get_if<sync::CreateRecord>(&change);
  if (made != nullptr && before.record(made->record) == nullptr) return test_schema().kind(made->kind);
  const auto* removed = std::get_if<sync::RemoveRecord>(&change);
  if (removed != nullptr && before.alive(removed->record) != nullptr) return test_schema().kind(removed->kind);
  return nullptr;
}

}  // namespace

// Whether a revision that the server adopted holds what this push wrote there.
bool Simulation::done_before(const sync::Push& push, const FieldRef& at) const {
  const auto known = adopted_.find({push.dossier, field_of(at).audience, push.replica});
  return known != adopted_.end() && known->second >= push.number;
}

// A base is a value of this history, or came with the push.
void Simulation::check_bases(const PushDone& done) const {
  for (std::uint32_t i = 0; i < done.push.changes.size(); ++i) {
    const sync::Change& change = done.push.changes[i];
    const sync::Base* base = nullptr;
    if (const auto* set = std::get_if<sync::SetValue>(&change)) base = &set->base;
    if (const auto* edit = std::get_if<sync::EditText>(&change)) base = &edit->base;
    if (const auto* publish = std::get_if<sync::PublishText>(&change)) base = &publish->base;
    if (base == nullptr || done.receipt.results[i].outcome == sync::Outcome::kRefused) continue;
    const FieldRef at = written(change).front();
    const bool supplied = std::ranges::find(done.bases, i, &sync::SuppliedBase::change) != done.bases.end();
    if (!supplied && !base_value(done.push.dossier, at, *base) && !done_before(done.push, at))
      throw Hole("base: that of another history was taken for one of this");
  }
}

void Simulation::check_rights(const PushDone& done) const {
  const unsigned phase = phase_of(done.before);
  for (std::size_t i = 0; i < done.push.changes.size(); ++i) {
    if (done.receipt.results[i].outcome == sync::Outcome::kRefused) continue;
    const sync::Change& change = done.push.changes[i];
    for (const FieldRef& at : written(change)) {
      if (done_before(done.push, written(change).front())) continue;
      if (!schema::readable(field_of(at).audience, done.source.author.party))
        throw Hole("rights: " + done.source.author.name + " wrote a field that they may not read");
      if (!field_of(at).writable(done.source.role, phase))
        throw Hole("rights: " + done.source.author.name + " may not write " + field_of(at).name + " in this phase");
    }
    const schema::Kind* kind = shaped(change, done.before);
    if (kind != nullptr && !kind->creatable(done.source.role, phase))
      throw Hole("rights: " + done.source.author.name + " may not make or remove " + kind->name + " in this phase");
  }
}

void Simulation::check_phase(const PushDone& done) const {
  for (std::size_t i = 0; i < done.push.changes.size(); ++i) {
    const auto* transition = std::get_if<sync::ChangePhase>(&done.push.changes[i]);
    const unsigned from = phase_of(done.before);
    const unsigned to = phase_of(done.after);
    if (transition == nullptr || from == to) continue;
    const bool theirs = std::ranges::any_of(test_schema().transitions, [&](const schema::Transition& allowed) {
      return allowed.from == from && allowed.to == to && allowed.role == done.source.role;
    });
    if (!theirs) throw Hole("phase: changed by a role that may not");
    sync::DossierState shown = done.after;  // what its author saw: everything as it is now, but the phase
    auto& fields = shown.records.at(transition->at.record).fields;
    std::ranges::find(fields, transition->at.field, &sync::FieldState::field)->value = transition->from;
    if (server_.authority().digest(shown, Audience::kShared).short_hash() != transition->covered)
      throw Hole("phase: the text is not the one that its author saw");
    for (const auto& [id, conflict] : done.after.open) {
      if (schema::readable(conflict.audience, done.source.author.party))
        throw Hole("phase: changed while a conflict was open");
    }
  }
}

namespace {

std::vector<std::string> lines_of(const Value& value) {
  std::vector<std::string> lines(1);
  for (const char c : schema::text_of(value)) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

// Whether something else in this push touches that field, so that the edit does not meet what was there before.
bool also_touched(const sync::Push& push, const FieldRef& at) {
  return std::ranges::count_if(push.changes, [&](const sync::Change& change) {
           if (const auto* salvage = std::get_if<sync::SalvageValue>(&change)) return salvage->at == at;
           if (const auto* resolve = std::get_if<sync::ResolveConflict>(&change)) return resolve->at == at;
           const std::vector<FieldRef> fields = written(change);
           return std::ranges::find(fields, at) != fields.end();
         }) > 1;
}

enum class Expected : std::uint8_t { kUnknown, kMerged, kContested };

// Three texts of as many lines, each of which says something that no other line says: which lines did who change?
Expected by_lines(const Value& base, const Value& head, const Value& incoming, schema::Unit unit) {
  const auto b = lines_of(base), h = lines_of(head), n = lines_of(incoming);
  if (b.size() != h.size() || b.size() != n.size()) return Expected::kUnknown;
  Words all;
  std::vector<std::size_t> ours, theirs;
  for (std::size_t i = 0; i < b.size(); ++i) {
    Words line = words_of(Value(b[i]));
    if (line.empty() || words_of(Value(h[i])).empty() || words_of(Value(n[i])).empty()) return Expected::kUnknown;
    add(line, words_of(Value(h[i])));
    add(line, words_of(Value(n[i])));
    if (without(line, all).size() != line.size()) return Expected::kUnknown;
    add(all, line);
    if (h[i] != b[i]) theirs.push_back(i);
    if (n[i] != b[i]) ours.push_back(i);
    const bool rewritten = words_of(Value(h[i])) != words_of(Value(b[i])) &&
                           words_of(Value(n[i])) != words_of(Value(b[i])) &&
                           words_of(Value(h[i])) != words_of(Value(n[i]));
    if (unit == schema::Unit::kParagraph && rewritten) return Expected::kContested;
  }
  for (const std::size_t mine : ours) {
    for (const std::size_t other : theirs) {
      if (mine <= other + 1 && other <= mine + 1) return Expected::kUnknown;
    }
  }
  return Expected::kMerged;
}

Expected expected(const Value& base, const Value& head, const Value& incoming, schema::Unit unit) {
  if (head == base || incoming == base || head == incoming) return Expected::kMerged;
  if (unit != schema::Unit::kWhole) return by_lines(base, head, incoming, unit);
  const bool all_differ =
      words_of(base) != words_of(head) && words_of(base) != words_of(incoming) && words_of(head) != words_of(incoming);
  return all_differ ? Expected::kContested : Expected::kUnknown;
}

}  // namespace

// Where it is plain who rewrote what: a conflict if both rewrote one unit, none if they wrote apart.
void Simulation::check_merges(const PushDone& done) const {
  for (std::size_t i = 0; i < done.push.changes.size(); ++i) {
    const auto* edit = std::get_if<sync::EditText>(&done.push.changes[i]);
    const sync::ChangeResult& result = done.receipt.results[i];
    if (edit == nullptr || result.outcome == sync::Outcome::kRefused || !done.before.alive(edit->at.record)) continue;
    if (result.together) {
      if (edit->room.empty() || !std::holds_alternative<sync::AtRevision>(edit->base))
        throw Hole("merge: by characters, although they did not see each other");
      continue;
    }
    if (also_touched(done.push, edit->at)) continue;
    const auto* carried = std::get_if<sync::Carried>(&edit->base);
    const auto base = base_value(done.push.dossier, edit->at, edit->base);
    if (!base || done_before(done.push, edit->at) || (carried != nullptr && carried->after.value != 0)) continue;
    const auto text = sync::apply(edit->delta, schema::text_of(*base));
    if (!text) continue;
    const Value incoming = text->empty() ? Value{} : Value(*text);
    const Expected wanted = expected(*base, value_in(done.before, edit->at), incoming, field_of(edit->at).unit);
    if (wanted == Expected::kContested && result.conflicts.empty())
      throw Hole("merge: two texts for one place, and no conflict: " + schema::display(incoming));
    if (wanted == Expected::kMerged && !result.conflicts.empty())
      throw Hole("merge: a conflict where nobody wrote over anybody: " + schema::display(incoming));
  }
}

// What an adopted revision says of a push was done: done again, it would count twice.
void Simulation::check_done_before(const PushDone& done) const {
  for (std::size_t i = 0; i < done.push.changes.size(); ++i) {
    const sync::ChangeResult& result = done.receipt.results[i];
    for (const FieldRef& at : written(done.push.changes[i])) {
      if (!done_before(done.push, at)) continue;
      if (result.outcome != sync::Outcome::kAccepted && result.outcome != sync::Outcome::kRefused)
        throw Hole("exactly once: a push that an adopted revision holds was applied again");
    }
  }
}

void Simulation::on_kept(const SimulatedServer::KeptDone& done) {
  Hash chain = done.before.chain;
  Revision head = done.before.head;
  for (const sync::RevisionEnvelope& envelope : done.kept.envelopes) {
    if (envelope.number <= done.before.head) continue;
    if (envelope.number != head.next()) break;
    const Hash next = sync::next_chain(chain, envelope);
    const auto& key = server_.authority().key();
    if (sync::revision_code(key, done.kept.dossier, done.kept.audience, envelope.number, next) != envelope.code) break;
    if (done.after.head < envelope.number) {
      // A private stream may wait for a shared one that this device does not hold as far.
      if (done.kept.audience != Audience::kShared) break;
      throw Hole("restore: a device kept a revision that continues this history, and the server did not take it");
    }
    const auto body = sync::decode<sync::RevisionBody>(envelope.body);
    PushNumber& last = adopted_[{done.kept.dossier, done.kept.audience, body->replica}];
    last = std::max(last, sync::opened(key, done.kept.dossier, body->replica, body->push));
    chain = next;
    head = envelope.number;
  }
  if (done.after.head > head) throw Hole("restore: the server took a revision that does not continue its history");
  counts_["adopted"] += static_cast<int>(head.value - done.before.head.value);
}

}  // namespace navette::test
