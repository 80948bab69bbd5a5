#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/ids.hpp"
#include "cli/naming.hpp"
#include "cli/print.hpp"
#include "cli/values.hpp"
#include "sync/watch_post.hpp"

namespace navette::client {
namespace {

// An edit over another one that was not sent yet is kept here, and never was at the server.
std::string_view reason_of(const sync::RefusalRow& refusal) {
  if (refusal.act != sync::RefusedAct::kEdit) return sync::text_of(refusal.reason);
  return "ce champ avait une autre modification, pas encore envoyée, quand ce texte a été enregistré : relisez les "
         "deux ; "
         "« retry » reprend celui-ci après le prochain échange";
}

// What the refused act would have done.
std::string body_of(const sync::RefusalRow& refusal) {
  switch (refusal.act) {
    case sync::RefusedAct::kCreate:
      return "ajout de cette fiche ; ce qui y était écrit la suit : reprendre l'un reprend la fiche";
    case sync::RefusedAct::kRemove:
      return "retrait de cette fiche";
    case sync::RefusedAct::kWrite:
    case sync::RefusedAct::kPublish:
    case sync::RefusedAct::kImprove:
    case sync::RefusedAct::kResolve:
    case sync::RefusedAct::kPhase:
    case sync::RefusedAct::kEdit:
      break;
  }
  const schema::Field* field = field_of(refusal.at);
  const std::string text = field == nullptr ? schema::display(refusal.value) : people_value(*field, refusal.value);
  return text.empty() ? "(vide)" : text;
}

Json json_of(const sync::RefusalRow& refusal) {
  const schema::Kind* kind = replica_schema().kind(refusal.at.kind);
  const schema::Field* field = field_of(refusal.at);
  return {{"id", refusal.id.text()},
          {"dossier", refusal.dossier.text()},
          {"record", refusal.at.record.text()},
          {"kind", kind == nullptr ? Json(nullptr) : Json(kind->name)},
          {"field", field == nullptr ? Json(nullptr) : Json(field->name)},
          {"act", sync::name_of(refusal.act)},
          {"value", json_value(field, refusal.value)},
          {"base", json_value(field, refusal.base)},
          {"reason", sync::name_of(refusal.reason)},
          {"message", reason_of(refusal)},
          {"when", iso_moment(refusal.when)}};
}

Result<RefusalId> refusal_in(OpenReplica& replica, const std::string& typed) {
  return read_one<RefusalId>(replica.store(), [&] { return find_refusal(replica.store(), typed); });
}

}  // namespace

Result<int> refusals(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  std::vector<sync::RefusalRow> rows;
  std::vector<std::string> places;
  NAVETTE_TRY(replica.store().read([&]() -> Result<void> {
    rows = replica.store().refusals();
    for (const sync::RefusalRow& row : rows) {
      places.push_back(dossier_name(replica.store(), row.dossier) + " · " + place_label(replica.store(), row.at));
    }
    return {};
  }));
  if (context.request.json) {
    Json all = Json::array();
    for (const sync::RefusalRow& row : rows) all.push_back(json_of(row));
    print_json(context.out, all);
    return 0;
  }
  if (rows.empty()) context.out << "Aucun refus.\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const sync::RefusalRow& row = rows[i];
    context.out << "Refus " << row.id.text() << " · " << places[i] << " · " << french_moment(row.when) << "\n  "
                << place_name(row.at) << " " << row.at.record.text() << "\n  " << reason_of(row) << "\n"
                << indented(body_of(row), "    ") << "\n\n";
  }
  if (!rows.empty()) context.out << "Reprendre : navette refusal retry ID · abandonner : navette refusal drop ID\n";
  return 0;
}

Result<int> retry_refusal(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  NAVETTE_ASSIGN(const RefusalId id, refusal_in(replica, context.request.id));
  NAVETTE_TRY(replica.engine().retry(id, replica.now()));
  wake_watcher(context.directory);
  return 0;
}

Result<int> drop_refusal(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  NAVETTE_ASSIGN(const RefusalId id, refusal_in(replica, context.request.id));
  NAVETTE_TRY(replica.engine().drop(id));
  wake_watcher(context.directory);
  return 0;
}

}  // namespace navette::client
