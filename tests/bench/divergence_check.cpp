#include <algorithm>

#include "bench/divergence.hpp"
#include "bench/table.hpp"
#include "navette/sync/merge.hpp"

namespace navette::bench {
namespace {

using Conflicts = std::vector<sync::Conflict>;

bool in_conflict(const Conflicts& conflicts, const RecordId& record, schema::FieldNumber field,
                 const schema::Value& incoming) {
  return std::ranges::any_of(conflicts, [&](const sync::Conflict& conflict) {
    return conflict.at.record == record && conflict.at.field == field && conflict.incoming == incoming;
  });
}

// `first` was committed, `second` came after: the one text and the conflicts that this gives.
bool merges_to(const std::string& text, const Conflicts& conflicts, const RecordId& record, const std::string& base,
               const std::string& first, const std::string& second) {
  const sync::MergedText merged = sync::merge_apart(base, first, second, schema::Unit::kSentence);
  return merged.text == text && std::ranges::all_of(merged.contested, [&](const sync::Contested& contested) {
           return in_conflict(conflicts, record, texte::kContenu,
                              contested.incoming.empty() ? schema::Value{} : schema::Value{contested.incoming});
         });
}

std::string lost_field(const Json& held, const RecordId& record, unsigned field, const schema::Value* a,
                       const schema::Value* b, const Json& base, const Conflicts& conflicts) {
  const auto number = fiche::field(field);
  const auto is = [&](const schema::Value* value) { return value != nullptr && json_of(field, *value) == held; };
  if (a == nullptr && b == nullptr) return held == base ? "" : "an untouched field changed";
  if (a == nullptr || b == nullptr) return is(a) || is(b) ? "" : "a field that one side edited";
  const bool kept = (is(a) && (is(b) || in_conflict(conflicts, record, number, *b))) ||
                    (is(b) && in_conflict(conflicts, record, number, *a));
  // One side may have gone back to the base: the other's value stands alone.
  const bool back = (is(a) && json_of(field, *b) == base) || (is(b) && json_of(field, *a) == base);
  return kept || back ? "" : "a field that both sides edited";
}

const schema::Value* written(const Written& by, const std::string& name, unsigned field) {
  const auto record = by.fields.find(name);
  if (record == by.fields.end()) return nullptr;
  const auto value = record->second.find(field);
  return value == record->second.end() ? nullptr : &value->second;
}

std::string lost_text(const std::string& text, const RecordId& record, const std::string& base, const std::string* a,
                      const std::string* b, const Conflicts& conflicts) {
  if (a == nullptr && b == nullptr) return text == base ? "" : "an untouched text changed";
  if (a == nullptr || b == nullptr) return text == (a != nullptr ? *a : *b) ? "" : "a text that one side edited";
  const bool kept =
      merges_to(text, conflicts, record, base, *a, *b) || merges_to(text, conflicts, record, base, *b, *a);
  return kept ? "" : "a text that both sides edited";
}

const std::string* written(const Written& by, const std::string& name) {
  const auto text = by.texts.find(name);
  return text == by.texts.end() ? nullptr : &text->second;
}

}  // namespace

Written write_edits(const std::string& client, unsigned count, const std::vector<Contract>& contracts,
                    const Portfolio& portfolio) {
  Written written;
  for (const Edit& edit : make_edits(client, count, static_cast<unsigned>(contracts.size()), contracts)) {
    const ContractIds& ids = portfolio[edit.contract];
    if (edit.kind == Edit::Kind::kSet) {
      const schema::Field& field = *bench_schema().kind(fiche::kKind)->field(fiche::field(edit.field));
      const std::string typed = edit.value.is_boolean()  ? (edit.value.get<bool>() ? "oui" : "non")
                                : edit.value.is_string() ? edit.value.get<std::string>()
                                                         : edit.value.dump();
      written.fields[record_name(edit.contract, edit.item)][edit.field] = *must(schema::parse(field, typed), "a value");
      written.commands.push_back(
          {{"op", "set"}, {"record", ids.records[edit.item].text()}, {"field", field.name}, {"value", typed}});
      continue;
    }
    const auto [text, made] =
        written.texts.try_emplace(text_name(edit.contract, edit.item), contracts[edit.contract].texts[edit.item]);
    text->second = apply_edit(edit, text->second);
    written.commands.push_back(
        {{"op", "edit"}, {"record", ids.texts[edit.item].text()}, {"field", "contenu"}, {"text", text->second}});
  }
  return written;
}

std::string lost(const std::vector<Contract>& contracts, const Portfolio& portfolio, const Written& a, const Written& b,
                 ReplicaReader& merged) {
  for (const Contract& contract : contracts) {
    const ContractIds& ids = portfolio[contract.number];
    const NamedState state = merged.state(portfolio, contract.number);
    const Conflicts conflicts = merged.conflicts(ids.dossier);
    if (state.records.size() != kRecords || state.texts.size() != kTexts) return "a whole record";
    for (unsigned i = 0; i < kRecords; ++i) {
      const std::string name = record_name(contract.number, i);
      for (unsigned f = 0; f < kFields; ++f) {
        std::string what = lost_field(state.records.at(name)[f], ids.records[i], f, written(a, name, f),
                                      written(b, name, f), contract.records[i][f], conflicts);
        if (!what.empty()) return name + ".f" + std::to_string(f) + ": " + what;
      }
    }
    for (unsigned i = 0; i < kTexts; ++i) {
      const std::string name = text_name(contract.number, i);
      std::string what = lost_text(state.texts.at(name), ids.texts[i], contract.texts[i], written(a, name),
                                   written(b, name), conflicts);
      if (!what.empty()) return name + ": " + what;
    }
  }
  return {};
}

}  // namespace navette::bench
