// What must hold after every push and in the end.
#include <algorithm>

#include "look.hpp"
#include "navette/base/utf8.hpp"
#include "support/agreement.hpp"

namespace navette::test {

using sync::Value;

namespace {

Words subtree_words(const sync::DossierState& state, const RecordId& record) {
  Words words;
  for (const RecordId& id : state.subtree(record)) {
    const sync::RecordState* there = state.record(id);
    if (there == nullptr) continue;
    for (const sync::FieldState& field : there->fields) add(words, words_of(field.value));
  }
  return words;
}

const Value* field_value(const sync::DossierState& state, const sync::FieldRef& at) {
  const sync::RecordState* record = state.record(at.record);
  const sync::FieldState* field = record == nullptr ? nullptr : record->field(at.field);
  return field == nullptr ? nullptr : &field->value;
}

}  // namespace

std::optional<Value> Simulation::base_value(const DossierId& dossier, const sync::FieldRef& at,
                                            const sync::Base& base) const {
  if (const auto* carried = std::get_if<sync::Carried>(&base)) return carried->value;
  const auto& named = std::get<sync::AtRevision>(base);
  const schema::Audience audience = test_schema().kind(at.kind)->field(at.field)->audience;
  const MemoryDossier& log = server_.dossier(dossier);
  const auto chain = log.chain_at(audience, named.revision);
  if (!chain || shorten(*chain) != named.chain) return std::nullopt;
  return log.value_at(at, audience, named.revision);
}

// Words that the author of this change may have taken out: those of its base that the new value lacks.
Words Simulation::meant_to_go(const DossierId& dossier, const sync::Change& change, const sync::DossierState& before) {
  const auto edited = [&](const sync::FieldRef& at, const sync::Base& base, const sync::Delta& delta) {
    const auto from = base_value(dossier, at, base);
    if (!from) return wiped_;
    const auto to = sync::apply(delta, schema::text_of(*from));
    return to ? without(words_of(*from), words_of(Value(*to))) : wiped_;
  };
  if (const auto* set = std::get_if<sync::SetValue>(&change)) {
    const auto from = base_value(dossier, set->at, set->base);
    return from ? without(words_of(*from), words_of(set->value)) : wiped_;
  }
  if (const auto* edit = std::get_if<sync::EditText>(&change)) return edited(edit->at, edit->base, edit->delta);
  if (const auto* publish = std::get_if<sync::PublishText>(&change)) {
    Words words = edited(publish->to, publish->base, publish->delta);
    if (const Value* draft = field_value(before, {publish->to.record, publish->to.kind, publish->from})) {
      add(words, words_of(*draft));
    }
    return words;
  }
  if (const auto* removal = std::get_if<sync::RemoveRecord>(&change)) return subtree_words(before, removal->record);
  if (const auto* improve = std::get_if<sync::ImproveConflict>(&change)) {
    return without(words_of(improve->seen), words_of(improve->improved));
  }
  if (const auto* resolve = std::get_if<sync::ResolveConflict>(&change)) {
    Words words = subtree_words(before, resolve->at.record);
    if (const auto open = before.open.find(resolve->conflict); open != before.open.end()) {
      add(words, words_of(open->second.incoming));
      add(words, words_of(open->second.base));  // what the author of the incoming text took out of it
    }
    return words;
  }
  return {};
}

// Words that the change brings to the server.
Words Simulation::brought(const DossierId&, const sync::Change& change) {
  const auto inserted = [](const sync::Delta& delta) { return words_of(Value(delta.inserted())); };
  if (const auto* set = std::get_if<sync::SetValue>(&change)) return words_of(set->value);
  if (const auto* edit = std::get_if<sync::EditText>(&change)) return inserted(edit->delta);
  if (const auto* publish = std::get_if<sync::PublishText>(&change)) return inserted(publish->delta);
  if (const auto* improve = std::get_if<sync::ImproveConflict>(&change)) {
    return without(words_of(improve->improved), words_of(improve->seen));
  }
  if (const auto* resolve = std::get_if<sync::ResolveConflict>(&change)) return words_of(resolve->value);
  if (const auto* salvage = std::get_if<sync::SalvageValue>(&change)) return words_of(salvage->value);
  return {};
}

// A later conflict of one author about the same place replaces the earlier one.
void Simulation::check_superseded(const sync::Push& push, const sync::DossierState& after) {
  std::map<sync::FieldRef, PushNumber> follows;
  for (const sync::Change& change : push.changes) {
    const auto* edit = std::get_if<sync::EditText>(&change);
    const auto* base = edit == nullptr ? nullptr : std::get_if<sync::Carried>(&edit->base);
    if (base != nullptr && base->after.value != 0) follows[edit->at] = base->after;
  }
  const auto named = [&](PushNumber number) {
    return sync::sealed(server_.authority().key(), push.dossier, push.replica, number);
  };
  for (const auto& [id, fresh] : after.open) {
    const auto earlier = follows.find(fresh.at);
    const bool ours = fresh.replica == push.replica && fresh.push == named(push.number) && earlier != follows.end();
    if (!ours || fresh.kind != sync::ConflictKind::kText) continue;
    for (const auto& [old_id, old] : after.open) {
      const sync::TextRange& part = old.pushed_range;
      const bool same_place = old.kind == sync::ConflictKind::kText && old.replica == push.replica &&
                              old.push == named(earlier->second) && old.at == fresh.at && !old.improved &&
                              part.begin < part.end && fresh.base_range.begin <= part.begin &&
                              part.end <= fresh.base_range.end;
      if (same_place) throw Hole("a conflict that was written over is still open");
    }
  }
}

// A conflict is replaced only by one that covers its place.
void Simulation::check_uncovered(const SimulatedServer::PushDone& done) const {
  std::set<sync::FieldRef> went_back;  // there the conflict that would cover is withdrawn at once
  std::vector<sync::Conflict> superseded;
  for (const auto& [id, old] : done.before.open) {
    const auto closed = server_.dossier(done.push.dossier).closed_conflict(id);
    if (!closed || done.after.open.contains(id)) continue;
    if (closed->state == sync::ConflictState::kWithdrawn) went_back.insert(old.at);
    if (closed->state == sync::ConflictState::kSuperseded && old.kind == sync::ConflictKind::kText)
      superseded.push_back(old);
  }
  const PushNumber pushed =
      sync::sealed(server_.authority().key(), done.push.dossier, done.push.replica, done.push.number);
  for (const sync::Conflict& old : superseded) {
    if (went_back.contains(old.at) || done.after.alive(old.at.record) == nullptr) continue;
    const bool covered = std::ranges::any_of(done.after.open, [&](const auto& item) {
      const sync::Conflict& fresh = item.second;
      return fresh.at == old.at && fresh.replica == done.push.replica && fresh.push == pushed &&
             fresh.base_range.begin <= old.pushed_range.begin && old.pushed_range.end <= fresh.base_range.end;
    });
    if (!covered) throw Hole("a conflict was replaced by one of another place");
  }
}

// What a push did, for the story.
void Simulation::tell_push(const sync::Push& push, const sync::DossierState& before, const sync::DossierState& after,
                           const sync::Receipt& receipt) {
  static constexpr const char* kNames[] = {"create",  "set",     "edit",  "publish", "remove",
                                           "improve", "resolve", "phase", "salvage"};
  tell("push " + std::to_string(push.number.value) + " of " + push.replica.text().substr(28));
  for (std::size_t i = 0; i < push.changes.size(); ++i) {
    const sync::Change& change = push.changes[i];
    const auto* edit = std::get_if<sync::EditText>(&change);
    const auto* resolve = std::get_if<sync::ResolveConflict>(&change);
    std::string line = "    " + std::string(kNames[change.index()]) + " brings " + shown(brought(push.dossier, change));
    if (edit != nullptr) {
      const auto* carried = std::get_if<sync::Carried>(&edit->base);
      line += carried == nullptr ? " on a revision" : " after push " + std::to_string(carried->after.value);
    }
    if (resolve != nullptr) line += " of " + resolve->conflict.text().substr(28);
    line += " : " + std::string(name_of(receipt.results[i].outcome)) + " " +
            std::string(name_of(receipt.results[i].reason));
    tell(line);
  }
  for (const auto& [id, record] : after.records) {
    const sync::RecordState* old = before.record(id);
    if (record.removed && (old == nullptr || !old->removed)) tell("    removed " + id.text().substr(28));
    for (const sync::FieldState& field : record.fields) {
      const sync::FieldState* was = old == nullptr ? nullptr : old->field(field.field);
      if (was != nullptr && was->value == field.value) continue;
      tell("    now " + id.text().substr(28) + "." + std::to_string(field.field) + " = " +
           schema::display(field.value));
    }
  }
  for (const auto& [id, conflict] : after.open) {
    const auto old = before.open.find(id);
    if (old != before.open.end() && old->second == conflict) continue;
    tell("    open " + std::string(name_of(conflict.kind)) + " " + id.text().substr(28) + " v" +
         std::to_string(conflict.version) + " at " + conflict.at.record.text().substr(28) + "." +
         std::to_string(conflict.at.field) + " [" + std::to_string(conflict.range.begin) + "," +
         std::to_string(conflict.range.end) + ") base « " + schema::display(conflict.base) + " » incoming « " +
         schema::display(conflict.incoming) + " »");
  }
  for (const auto& [id, conflict] : before.open) {
    if (!after.open.contains(id)) tell("    closed " + id.text().substr(28));
  }
}

void Simulation::on_push(const SimulatedServer::PushDone& done) {
  const auto& [push, source, bases, before, after, receipt] = done;
  const DossierId& dossier = push.dossier;
  if (!answered_.emplace(dossier, push.replica, push.number).second)
    throw Hole("exactly once: a push was applied twice");
  tell_push(push, before, after, receipt);
  check_superseded(push, after);
  check_uncovered(done);
  check_bases(done);
  check_rights(done);
  check_phase(done);
  check_merges(done);
  check_done_before(done);
  Words had = words_of(before);
  add(had, leftovers_of(before));
  Words meant;
  for (std::size_t i = 0; i < push.changes.size(); ++i) {
    ++counts_["change " + std::to_string(push.changes[i].index()) + " " +
              std::string(name_of(receipt.results[i].outcome))];
    if (receipt.results[i].together) ++counts_["together"];
    if (receipt.results[i].outcome == sync::Outcome::kRefused) continue;
    if (!std::holds_alternative<sync::SalvageValue>(push.changes[i])) add(had, brought(dossier, push.changes[i]));
    add(meant, meant_to_go(dossier, push.changes[i], before));
  }
  // Written and removed by one device, sent at once.
  const bool removes = std::ranges::any_of(
      push.changes, [](const sync::Change& change) { return std::holds_alternative<sync::RemoveRecord>(change); });
  for (const sync::Change& change : push.changes) {
    if (removes) add(meant, brought(dossier, change));
  }
  // Back to the base: what the others took out of it stays out.
  for (const auto& [id, conflict] : before.open) {
    if (!after.open.contains(id)) add(meant, words_of(conflict.base));
  }
  Words lost = without(without(had, words_of(after)), leftovers_of(after));
  std::erase_if(meant, [&](char32_t word) { return !wiped_.contains(word); });
  Words bad = without(without(lost, meant), spent_);
  // Of a push that an adopted revision holds already, whatever an adopted removal took out since.
  const Words there = words_of(before);
  std::erase_if(bad, [&](char32_t word) { return spent_before_restore_.contains(word) && !there.contains(word); });
  add(spent_, lost);
  if (!bad.empty()) {
    std::string outcomes;
    for (std::size_t i = 0; i < push.changes.size(); ++i) {
      outcomes +=
          " " + std::to_string(push.changes[i].index()) + ":" + std::string(name_of(receipt.results[i].outcome));
    }
    throw Hole("lost in a push: " + shown(bad) + " (changes" + outcomes + ")");
  }
}

void Simulation::check() {
  if (production_ != nullptr) {
    for (const std::string& defect : production_->defects()) throw Hole("server's store: " + defect);
  }
  for (const DossierId& dossier : dossiers_) {
    const MemoryDossier& there = server_.dossier(dossier);
    for (const std::string& defect : there.defects(server_.authority())) throw Hole("server: " + defect);
    for (const auto& device : devices_) {
      const std::vector<std::string> differ = differences(*device, dossier, there, server_.authority());
      if (!differ.empty()) throw Hole("convergence: " + device->account() + ": " + differ.front());
    }
    counts_["revisions"] += static_cast<int>(there.revisions());
  }
  for (const auto& device : devices_) {
    const auto epoch = look(*device, [&] { return device->store.meta("epoch"); });
    if (epoch != server_.epoch().bytes()) throw Hole(device->account() + " does not know that the server was restored");
    if (device->repairs != 0 && restores_ == 0) throw Hole("a digest of " + device->account() + " had to be repaired");
  }
  check_words();
}

void Simulation::check_words() {
  Words have = thrown_;
  add(have, spent_);
  add(have, spent_before_restore_);
  // Taken out by hand on a device while the restored server did not have it.
  if (restores_ > 0) add(have, wiped_);
  for (const DossierId& dossier : dossiers_) {
    const sync::DossierState& state = server_.dossier(dossier).state;
    add(have, words_of(state));
    for (const auto& [id, record] : state.records) {
      for (const sync::FieldState& field : record.fields) {
        const std::string text(schema::text_of(field.value));
        Words once;
        for (const char32_t point : to_code_points(text)) {
          const bool followed = point >= WordBook::kFirst && !moved_.contains(point);
          if (!followed || once.insert(point).second) continue;
          ++counts_["twice"];
          if (restores_ == 0 && !counts_.contains("together"))
            throw Hole("a word stands twice: " + shown({point}) + " in " + text);
        }
      }
    }
  }
  for (const auto& device : devices_) {
    look(*device, [&] {
      for (const sync::RefusalRow& refusal : device->store.refusals()) add(have, words_of(refusal.value));
      return 0;
    });
  }
  const Words lost = without(book_.all_written(), have);
  if (!lost.empty()) throw Hole("lost: " + shown(lost));
}

}  // namespace navette::test
