// What people do, and the books about it.
#include <algorithm>

#include "look.hpp"
#include "navette/base/utf8.hpp"
#include "simulation.hpp"

namespace navette::test {

using schema::Audience;
using sync::FieldRef;
using sync::Value;

namespace {

const schema::Field& field_of(const FieldRef& at) { return *test_schema().kind(at.kind)->field(at.field); }
std::string text(const Value& value) { return std::string(schema::text_of(value)); }

}  // namespace

void Simulation::entered(const Value& value) {
  for (const char32_t word : words_of(value)) book_.written(word);
}
void Simulation::wiped(const Words& words) { add(wiped_, words); }

std::string Simulation::new_words(Audience audience) {
  std::u32string words;
  for (std::uint32_t left = 1 + below(3); left > 0; --left) {
    if (audience != Audience::kShared && chance(0.4)) audience = Audience::kShared;  // no secret: may be published
    words += chance(0.06) ? WordBook::kFirstPhrase + below(4) : book_.fresh(audience);
  }
  return to_utf8(words);
}

std::string Simulation::retyped(const std::string& old, Audience audience, bool may_move) {
  std::u32string t = to_code_points(old);
  const auto words = [&] { return to_code_points(new_words(audience)); };
  const std::size_t n = t.size();
  std::vector<std::size_t> lines{0};
  for (std::size_t i = 0; i < n; ++i) {
    if (t[i] == U'\n') lines.push_back(i + 1);
  }
  const double roll = below(1000) / 1000.0;
  if (roll < 0.22) {
    t.insert(below(n + 1), words());
  } else if (roll < 0.30) {
    t += words() + U". ";
  } else if (roll < 0.40) {
    t += (t.empty() || t.back() == U'\n' || chance(0.2) ? U"" : U"\n") + words() + (chance(0.5) ? U"\n" : U"");
  } else if (roll < 0.50) {
    t.insert(pick(lines), words() + U"\n");
  } else if (roll < 0.56) {
    t.insert(below(n + 1), chance(0.5) ? U"\n" : U". ");
  } else if (roll < 0.62) {
    t.insert(below(n + 1), std::u32string(1 + below(2), U'\n'));
  } else if (roll < 0.78 && n > 0) {
    t.erase(below(n), 1 + below(6));
  } else if (roll < 0.84 && lines.size() > 1) {
    t.erase(lines[1 + below(lines.size() - 1)] - 1, 1);
  } else if (roll < 0.91 && n > 0) {
    t.replace(below(n), 1 + below(5), words());
  } else if (roll < 0.93 && may_move && lines.size() > 1) {
    const std::u32string first = t.substr(0, lines[1]);
    add(moved_, words_of(Value(old)));
    t = t.substr(lines[1]) + first;
  } else if (roll < 0.94) {
    t.clear();
  } else {
    t += words();
  }
  return to_utf8(t);
}

std::string Simulation::typed_value(const schema::Field& field, const Value& old) {
  if (field.merges()) return retyped(text(old), field.audience, field.unit != schema::Unit::kWhole);
  const char32_t word = book_.fresh(field.audience);
  if (field.type == schema::FieldType::kInteger) return std::to_string(static_cast<std::uint32_t>(word));
  return to_utf8(std::u32string(1, word));
}

std::optional<FieldRef> Simulation::some_field(Device& device, const DossierId& dossier) {
  return look(device, [&]() -> std::optional<FieldRef> {
    const std::vector<sync::RecordRow> rows = device.replica->records(dossier);
    if (rows.empty() || !device.replica->role()) return std::nullopt;
    const sync::RecordRow& row = hot_ && chance(0.6) ? rows.front()
                                 : chance(0.5)       ? pick(rows)
                                                     : rows[std::min<std::size_t>(1, rows.size() - 1)];
    const unsigned phase = device.replica->phase(dossier);
    std::vector<FieldRef> usable;
    for (const schema::Field& field : device.schema().kind(row.kind)->fields) {
      if (field.type == schema::FieldType::kOwner || field.type == schema::FieldType::kPhase) continue;
      if (!schema::readable(field.audience, device.replica->party())) continue;
      if (!field.writable(*device.replica->role(), phase) && !chance(0.1)) continue;
      for (int copies = field.merges() ? 3 : 1; copies > 0; --copies)
        usable.push_back({row.id, row.kind, field.number});
    }
    if (usable.empty()) return std::nullopt;
    return pick(usable);
  });
}

void Simulation::act(Device& device) {
  const DossierId dossier = pick(dossiers_);
  const double roll = below(1000) / 1000.0;
  const double quarrel = 0.12 + quarrel_;
  if (roll < 0.07) return create(device, dossier);
  if (roll < 0.10) return remove(device, dossier);
  if (roll < 0.11) return discard(device, dossier);
  if (roll < 0.12) return publish(device, dossier);
  if (roll < 0.12 + quarrel_ / 2) return improve(device, dossier);
  if (roll < quarrel) return resolve(device, dossier);
  if (roll < quarrel + 0.03) return change_phase(device, dossier);
  if (roll < quarrel + 0.05) return settle_refusal(device);
  if (roll < quarrel + 0.09) return edit_old(device, dossier);
  edit(device, dossier);
}

void Simulation::edit(Device& device, const DossierId& dossier) {
  const auto at = some_field(device, dossier);
  if (!at) return;
  const auto before = look(device, [&] { return *device.replica->get(*at); });
  if (chance(0.1)) editors_[&device][*at] = {before.token, before.value};
  const bool in_room = !device.room().empty() && field_of(*at).merges() && chance(0.3);
  if (in_room) {
    sync::Presence presence;
    presence.dossier = dossier;
    presence.at = *at;
    device.announce(presence);
  }
  const Value typed = schema::parse(field_of(*at), typed_value(field_of(*at), before.value)).value_or(Value{});
  const auto draft = look(device, [&] { return device.store.draft(at->record, at->field); });
  const auto done = in_room ? device.replica->edit(*at, schema::display(typed), before.token, clock_, device.room())
                            : device.replica->set(*at, schema::display(typed), clock_);
  if (!done) return;
  tell(device.account() + " edits " + field_of(*at).name + ": " + schema::display(before.value) + " -> " +
       schema::display(typed));
  entered(typed);
  const Words out = without(words_of(before.value), words_of(typed));
  wiped(out);
  thrown(without(out, words_of(draft ? draft->base_value : before.value)));
}

// An editor that was left open: it shows what the field was then.
void Simulation::edit_old(Device& device, const DossierId&) {
  auto& open = editors_[&device];
  if (open.empty()) return;
  const auto editor = std::next(open.begin(), below(open.size()));
  const FieldRef at = editor->first;
  const auto [token, started] = editor->second;
  open.erase(editor);
  const Value typed = schema::parse(field_of(at), typed_value(field_of(at), started)).value_or(Value{});
  const auto draft = look(device, [&] { return device.store.draft(at.record, at.field); });
  const auto done = device.replica->edit(at, schema::display(typed), token, clock_);
  if (!done && done.error().code != ErrorCode::kStale) return;
  tell(device.account() + " edits from an old view " + field_of(at).name + ": " + schema::display(started) + " -> " +
       schema::display(typed) + (done ? "" : " (kept)"));
  ++counts_["old editors"];
  entered(typed);
  const Words out = without(words_of(started), words_of(typed));
  wiped(out);
  if (done && draft) thrown(without(out, words_of(draft->base_value)));
}

void Simulation::create(Device& device, const DossierId& dossier) {
  const auto engagements = look(device, [&] {
    std::vector<RecordId> ids;
    for (const sync::RecordRow& row : device.replica->records(dossier)) {
      if (row.kind == engagement::kKind) ids.push_back(row.id);
    }
    return ids;
  });
  if (!look(device, [&] { return device.replica->role(); })) return;
  const bool agence = device.replica->party() == schema::Party::kAgence;
  const bool owned = !engagements.empty() && chance(0.5);
  std::vector<std::pair<std::string, std::string>> fields;
  std::string text_field = agence && chance(0.3) ? "prive_a" : !agence && chance(0.3) ? "prive_s" : "texte";
  if (owned) {
    fields.emplace_back("engagement", pick(engagements).text());
    text_field = "note";
  }
  const schema::Kind& kind = *test_schema().kind(owned ? indicateur::kKind : engagement::kKind);
  if (chance(0.8)) fields.emplace_back(text_field, new_words(kind.field(text_field)->audience));
  if (!device.replica->add(dossier, kind.name, fields, clock_)) return;
  tell(device.account() + " adds " + kind.name + (fields.empty() ? "" : " " + fields.back().second));
  if (!fields.empty() && fields.back().first == text_field) entered(Value(fields.back().second));
  ++counts_["creations"];
}

void Simulation::remove(Device& device, const DossierId& dossier) {
  struct Seen {
    Words all, thrown;
    RecordId record;
  };
  const auto seen = look(device, [&]() -> std::optional<Seen> {
    std::vector<sync::RecordRow> rows = device.replica->records(dossier);
    std::erase_if(rows, [](const auto& row) { return row.kind == contrat::kKind; });
    if (rows.empty()) return std::nullopt;
    Seen result;
    result.record = pick(rows).id;
    std::vector<RecordId> tree{result.record};
    for (std::size_t i = 0; i < tree.size(); ++i) {
      for (const RecordId& child : device.store.owned(tree[i])) tree.push_back(child);
      const auto row = device.store.record(tree[i]);
      if (!row) continue;
      for (const auto& [number, value] : row->values) add(result.all, words_of(value));
      for (const sync::DraftRow& draft : device.store.drafts_of(tree[i])) {
        add(result.all, words_of(draft.base_value));
        add(result.thrown, without(words_of(draft.working),
                                   draft.push.value != 0 ? words_of(*draft.pushed) : words_of(draft.base_value)));
      }
    }
    return result;
  });
  if (!seen || !device.replica->remove(seen->record)) return;
  tell(device.account() + " removes " + seen->record.text().substr(28));
  wiped(seen->all);
  thrown(seen->thrown);
  ++counts_["removals"];
}

void Simulation::discard(Device& device, const DossierId& dossier) {
  const auto drafts = look(device, [&] { return device.store.drafts(dossier); });
  if (drafts.empty()) return;
  const sync::DraftRow& draft = pick(drafts);
  if (!device.replica->discard(draft.at.record, draft.at.field)) return;
  tell(device.account() + " discards " + schema::display(draft.working));
  const Words out =
      without(words_of(draft.working), draft.push.value != 0 ? words_of(*draft.pushed) : words_of(draft.base_value));
  wiped(out);
  thrown(out);
}

void Simulation::publish(Device& device, const DossierId& dossier) {
  const auto place = look(device, [&]() -> std::optional<FieldRef> {
    for (const sync::RecordRow& row : device.replica->records(dossier)) {
      if (row.kind != engagement::kKind || !chance(0.7)) continue;
      const sync::FieldNumber draft =
          device.replica->party() == schema::Party::kAgence ? engagement::kPriveA : engagement::kPriveS;
      if (device.schema().kind(row.kind)->field(draft) == nullptr) continue;
      return FieldRef{row.id, row.kind, draft};
    }
    return std::nullopt;
  });
  if (!place) return;
  const auto old = look(device, [&] {
    const FieldRef to{place->record, place->kind, field_of(*place).publishes_to};
    return std::pair(device.replica->get(*place)->value, device.replica->get(to)->value);
  });
  // Published words are read by all from now on: only words that are no secret are published here.
  const auto secret = [](char32_t word) { return word >= WordBook::kFirstPrivate; };
  if (std::ranges::any_of(words_of(old.first), secret)) return;
  if (!device.replica->publish(*place, clock_)) return;
  tell(device.account() + " publishes " + schema::display(old.first));
  wiped(without(words_of(old.second), words_of(old.first)));
  add(moved_, words_of(old.first));
  ++counts_["publications"];
}

void Simulation::change_phase(Device& device, const DossierId& dossier) {
  const auto root = look(device, [&]() -> std::optional<FieldRef> {
    for (const sync::RecordRow& row : device.replica->records(dossier)) {
      if (row.kind == contrat::kKind) return FieldRef{row.id, row.kind, contrat::kPhase};
    }
    return std::nullopt;
  });
  if (!root) return;
  const unsigned now = look(device, [&] { return device.replica->phase(dossier); });
  if (!device.replica->set(*root, test_schema().phases[1 - now], clock_)) return;
  tell(device.account() + " changes the phase to " + test_schema().phases[1 - now]);
  ++counts_["phases"];
}

void Simulation::improve(Device& device, const DossierId& dossier) {
  auto open = look(device, [&] { return device.store.conflicts(dossier, true); });
  if (!look(device, [&] { return device.replica->role(); })) return;
  std::erase_if(open, [&](const sync::Conflict& conflict) {
    return conflict.at.field == 0 || !field_of(conflict.at).merges() ||
           conflict.incoming_by.party != device.replica->party();
  });
  if (open.empty()) return;
  const sync::Conflict conflict = pick(open);
  const auto row = look(device, [&] { return device.store.improvement(conflict.id); });
  const Value old = row ? row->text : conflict.incoming;
  const std::string typed = retyped(text(old), conflict.audience, false);
  if (!device.replica->improve(conflict.id, typed)) return;
  const auto now = look(device, [&] { return device.store.improvement(conflict.id); });
  const Value kept = now ? now->text : conflict.incoming;
  tell(device.account() + " improves " + schema::display(old) + " -> " + schema::display(kept));
  entered(kept);
  const Words out = without(words_of(old), words_of(kept));
  wiped(out);
  thrown(without(out, words_of(row ? row->seen : old)));
  ++counts_["improvements"];
}

void Simulation::resolve(Device& device, const DossierId& dossier) {
  auto open = look(device, [&] { return device.store.conflicts(dossier, true); });
  std::erase_if(open, [&](const sync::Conflict& conflict) {
    return look(device, [&] { return device.store.resolution(conflict.id) || device.store.improvement(conflict.id); });
  });
  if (open.empty()) return;
  const sync::Conflict conflict = pick(open);
  const auto choice = static_cast<sync::Choice>(below(3));
  const auto view = look(device, [&] { return device.replica->view(conflict); });
  if (!view) throw Hole("a conflict that cannot be shown: " + view.error().message);
  std::string typed;
  if (choice == sync::Choice::kWritten) {
    if (conflict.at.field == 0) return;
    typed = typed_value(field_of(conflict.at), chance(0.5) ? conflict.incoming : Value{});
  }
  // What the resolver sees of a record that goes.
  Words tree;
  look(device, [&] {
    std::vector<RecordId> ids{conflict.at.record};
    for (std::size_t i = 0; i < ids.size() && conflict.at.field == 0; ++i) {
      for (const RecordId& child : device.store.owned(ids[i])) ids.push_back(child);
      for (const sync::DraftRow& draft : device.store.drafts_of(ids[i])) add(tree, words_of(draft.head));
      if (const auto row = device.store.record(ids[i])) {
        for (const auto& [number, value] : row->values) add(tree, words_of(value));
      }
    }
    return 0;
  });
  if (!device.replica->resolve(conflict.id, choice, typed)) return;
  const auto row = look(device, [&] { return device.store.resolution(conflict.id); });
  const Value written = row ? row->change.value : Value{};
  tell(device.account() + " resolves " + std::string(name_of(conflict.kind)) + " " + conflict.id.text().substr(28) +
       " choice " + std::to_string(static_cast<int>(choice)) + " " + schema::display(written));
  entered(written);
  add(moved_, words_of(conflict.incoming));
  const auto number = std::string_view(view->committed).find_first_not_of("0123456789");
  const bool numeric = !view->committed.empty() && number == std::string_view::npos;
  const Words live = words_of(numeric ? Value(std::int64_t{std::stoll(view->committed)}) : Value(view->committed));
  switch (choice) {
    case sync::Choice::kCommitted:
      wiped(words_of(conflict.incoming));
      break;
    case sync::Choice::kIncoming:
      wiped(without(live, words_of(conflict.incoming)));
      wiped(tree);
      break;
    case sync::Choice::kWritten:
      wiped(without(live, words_of(written)));
      wiped(without(words_of(conflict.incoming), words_of(written)));
      break;
  }
  ++counts_["resolutions"];
}

void Simulation::settle_refusal(Device& device) {
  const auto refusals = look(device, [&] { return device.store.refusals(); });
  if (refusals.empty()) return;
  const sync::RefusalRow refusal = pick(refusals);
  if (chance(0.5) && refusal.act != sync::RefusedAct::kRemove) {
    add(moved_, words_of(refusal.value));
    if (device.replica->retry(refusal.id, clock_))
      tell(device.account() + " retries " + schema::display(refusal.value));
    ++counts_["retries"];
  } else if (device.replica->drop(refusal.id)) {
    tell(device.account() + " drops " + schema::display(refusal.value));
    thrown(words_of(refusal.value));
  }
}

}  // namespace navette::test
