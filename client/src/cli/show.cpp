// One dossier as it is on this device: its records, its anomalies.
#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "cli/commands.hpp"
#include "cli/ids.hpp"
#include "cli/print.hpp"
#include "navette/cpom/anomalies.hpp"
#include "navette/cpom/numbers.hpp"
#include "replica/open_replica.hpp"

namespace navette::client {
namespace {

constexpr std::size_t kTitleLength = 100;

struct ShownRecord {
  sync::RecordRow row;
  std::set<sync::FieldNumber> drafts;
  bool created_here = false;
};
struct ShownDossier {
  DossierId id;
  Revision head;
  std::string phase;
  schema::Party reader = schema::Party::kStructure;
  std::vector<ShownRecord> records;
};

// As people read a contract: by kind in the order of the table, engagements by number, and right after each of them
// what hangs at it. Within the same place by id, which is the order of creation.
void put_in_order(std::vector<ShownRecord>& records) {
  std::map<RecordId, std::int64_t> numbers;
  for (const ShownRecord& record : records) {
    if (record.row.kind != cpom::engagement::kKind) continue;
    const auto found = record.row.values.find(cpom::engagement::kNumero);
    const auto* number = found == record.row.values.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    numbers[record.row.id] = number == nullptr ? std::numeric_limits<std::int64_t>::max() : *number;
  }
  const auto place = [&](const ShownRecord& record) {
    const bool hangs = numbers.contains(record.row.owner);
    const RecordId top = hangs ? record.row.owner : record.row.id;
    const auto number = numbers.find(top);
    const sync::KindNumber kind = hangs ? cpom::engagement::kKind : record.row.kind;
    return std::tuple(kind, number == numbers.end() ? 0 : number->second, top, hangs, record.row.kind, record.row.id);
  };
  std::ranges::sort(records, {}, place);
}

Result<ShownDossier> load(OpenReplica& replica, const std::string& typed) {
  sync::ReplicaStore& store = replica.store();
  return read_one<ShownDossier>(store, [&]() -> Result<ShownDossier> {
    ShownDossier shown;
    NAVETTE_ASSIGN(shown.id, find_dossier(store, typed));
    shown.reader = replica.engine().party();
    shown.phase = replica_schema().phases[replica.engine().phase(shown.id)];
    if (const auto stream = store.stream(shown.id, sync::Audience::kShared)) shown.head = stream->head;
    std::map<RecordId, std::set<sync::FieldNumber>> drafts;
    for (const sync::DraftRow& draft : store.drafts(shown.id)) drafts[draft.at.record].insert(draft.at.field);
    std::set<RecordId> created;
    for (const sync::CreationRow& creation : store.creations(shown.id)) created.insert(creation.record);
    for (sync::RecordRow& row : replica.engine().records(shown.id)) {
      const RecordId id = row.id;
      shown.records.push_back({std::move(row), drafts[id], created.contains(id)});
    }
    return shown;
  });
}

// Every readable field of a record that has a value, in the order of the schema.
void each_field(const ShownDossier& dossier, const ShownRecord& record,
                const std::function<void(const schema::Field&, const schema::Value&, bool draft)>& give) {
  const schema::Kind* kind = replica_schema().kind(record.row.kind);
  if (kind == nullptr) return;
  for (const schema::Field& field : kind->fields) {
    if (!schema::readable(field.audience, dossier.reader)) continue;
    if (field.type == schema::FieldType::kOwner) {
      if (!record.row.owner.empty()) give(field, record.row.owner.text(), false);
      continue;
    }
    const auto found = record.row.values.find(field.number);
    const schema::Value value = found == record.row.values.end() ? schema::Value{} : found->second;
    give(field, value, record.drafts.contains(field.number));
  }
}

Json json_of(const ShownDossier& dossier) {
  Json records = Json::array();
  for (const ShownRecord& record : dossier.records) {
    const schema::Kind* kind = replica_schema().kind(record.row.kind);
    Json fields = Json::object();
    Json drafts = Json::array();
    each_field(dossier, record, [&](const schema::Field& field, const schema::Value& value, bool draft) {
      if (!schema::is_empty(value)) fields[field.name] = json_value(&field, value);
      if (draft) drafts.push_back(field.name);
    });
    records.push_back({{"id", record.row.id.text()},
                       {"kind", kind == nullptr ? "" : kind->name},
                       {"fields", fields},
                       {"drafts", drafts},
                       {"created_here", record.created_here}});
  }
  return {{"dossier", dossier.id.text()}, {"head", dossier.head.value}, {"phase", dossier.phase}, {"records", records}};
}

void print(std::ostream& out, const ShownDossier& dossier) {
  out << "Dossier " << dossier.id.text() << " · phase " << people_phase(dossier.phase) << " · révision "
      << dossier.head.value << "\n";
  for (const ShownRecord& record : dossier.records) {
    const schema::Kind* kind = replica_schema().kind(record.row.kind);
    out << "\n"
        << (kind == nullptr ? "?" : kind->label) << " (" << (kind == nullptr ? "?" : kind->name) << ") "
        << record.row.id.text() << (record.created_here ? "  [nouveau, non envoyé]" : "") << "\n";
    each_field(dossier, record, [&](const schema::Field& field, const schema::Value& value, bool draft) {
      if (schema::is_empty(value) && !draft) return;
      const std::string text = people_value(field, value);
      out << "  " << field.name << (draft ? " *" : "") << " : ";
      if (field.type == schema::FieldType::kText && (text.size() > kTitleLength || text.contains('\n'))) {
        out << "\n" << indented(text, "    ") << "\n";
      } else {
        out << text << "\n";
      }
    });
  }
  out << "\n* : modifié sur ce poste, pas encore accepté par le serveur\n";
}

}  // namespace

Result<int> show(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  NAVETTE_ASSIGN(ShownDossier dossier, load(replica, context.request.id));
  if (context.request.json) {
    print_json(context.out, json_of(dossier));
  } else {
    put_in_order(dossier.records);
    print(context.out, dossier);
  }
  return 0;
}

Result<int> check(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  NAVETTE_ASSIGN(const ShownDossier dossier, load(replica, context.request.id));
  std::vector<cpom::RecordView> views;
  for (const ShownRecord& record : dossier.records) {
    cpom::RecordView view{record.row.id, replica_schema().kind(record.row.kind), {}};
    each_field(dossier, record, [&](const schema::Field& field, const schema::Value& value, bool) {
      if (!schema::is_empty(value)) view.values[field.number] = value;
    });
    views.push_back(std::move(view));
  }
  const std::vector<cpom::Anomaly> found = cpom::anomalies(views);
  if (context.request.json) {
    Json all = Json::array();
    for (const cpom::Anomaly& anomaly : found) {
      all.push_back({{"rule", anomaly.rule},
                     {"severity", anomaly.severity == cpom::Severity::kBlocking ? "blocking" : "warning"},
                     {"record", anomaly.record.text()},
                     {"message", anomaly.message}});
    }
    print_json(context.out, all);
    return 0;
  }
  if (found.empty()) context.out << "Aucune anomalie.\n";
  for (const cpom::Anomaly& anomaly : found) {
    context.out << anomaly.rule << (anomaly.severity == cpom::Severity::kBlocking ? "  bloquant  " : "  à savoir  ")
                << anomaly.message << "  (" << anomaly.record.text() << ")\n";
  }
  return 0;
}

}  // namespace navette::client
