#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/ids.hpp"
#include "cli/print.hpp"
#include "cli/values.hpp"
#include "sync/watch_post.hpp"

namespace navette::client {
namespace {

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
          {"message", sync::text_of(refusal.reason)},
          {"when", iso_moment(refusal.when)}};
}

Result<RefusalId> refusal_in(OpenReplica& replica, const std::string& typed) {
  return read_one<RefusalId>(replica.store(), [&] { return find_refusal(replica.store(), typed); });
}

}  // namespace

Result<int> refusals(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  std::vector<sync::RefusalRow> rows;
  NAVETTE_TRY(replica.store().read([&]() -> Result<void> {
    rows = replica.store().refusals();
    return {};
  }));
  if (context.request.json) {
    Json all = Json::array();
    for (const sync::RefusalRow& row : rows) all.push_back(json_of(row));
    print_json(context.out, all);
    return 0;
  }
  if (rows.empty()) context.out << "Aucun refus.\n";
  for (const sync::RefusalRow& row : rows) {
    context.out << "Refus " << row.id.text() << " · " << place_name(row.at) << " " << row.at.record.text() << " · "
                << french_moment(row.when) << "\n  " << sync::text_of(row.reason) << "\n"
                << indented(schema::display(row.value), "    ") << "\n\n";
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
