// One field at a time, and records that come and go.
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/ids.hpp"
#include "cli/print.hpp"
#include "cli/values.hpp"
#include "sync/watch_post.hpp"

namespace navette::client {

Result<sync::FieldRef> locate(OpenReplica& replica, const std::string& record, const std::string& field) {
  return read_one<sync::FieldRef>(replica.store(), [&]() -> Result<sync::FieldRef> {
    NAVETTE_ASSIGN(const RecordId id, find_record(replica.store(), record));
    return replica.engine().locate(id, field);
  });
}

Result<sync::Shown> shown_value(OpenReplica& replica, const sync::FieldRef& at) {
  return read_one<sync::Shown>(replica.store(), [&] { return replica.engine().get(at); });
}

const schema::Field* field_of(const sync::FieldRef& at) {
  const schema::Kind* kind = replica_schema().kind(at.kind);
  return kind == nullptr ? nullptr : kind->field(at.field);
}

Result<void> discard_in(OpenReplica& replica, const std::string& record, const std::string& field) {
  if (!field.empty()) {
    NAVETTE_ASSIGN(const sync::FieldRef at, locate(replica, record, field));
    return replica.engine().discard(at.record, at.field);
  }
  NAVETTE_ASSIGN(const RecordId id, record_in(replica, record));
  return replica.engine().discard(id, std::nullopt);
}

Result<RecordId> record_in(OpenReplica& replica, const std::string& record) {
  return read_one<RecordId>(replica.store(), [&] { return find_record(replica.store(), record); });
}

Result<DossierId> dossier_in(OpenReplica& replica, const std::string& dossier) {
  return read_one<DossierId>(replica.store(), [&] { return find_dossier(replica.store(), dossier); });
}

Result<int> get(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  NAVETTE_ASSIGN(const sync::FieldRef at, locate(replica, context.request.id, context.request.field));
  NAVETTE_ASSIGN(const sync::Shown shown, shown_value(replica, at));
  if (context.request.json) {
    print_json(context.out, {{"value", json_value(field_of(at), shown.value)}, {"base", shown.token}});
    return 0;
  }
  context.out << schema::display(*field_of(at), shown.value);
  if (is_terminal(context.out)) context.out << '\n';
  return 0;
}

Result<int> set(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  NAVETTE_ASSIGN(const sync::FieldRef at, locate(replica, context.request.id, context.request.field));
  replica.engine().freeze_at_once(somebody_sends(context.directory));
  NAVETTE_TRY(replica.engine().set(at, context.request.value, replica.now()));
  wake_watcher(context.directory);
  return 0;
}

Result<int> add(Context& context) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const std::string& assignment : context.request.assignments) {
    const std::size_t sign = assignment.find('=');
    if (sign == std::string::npos) {
      return fail(ErrorCode::kInvalidArgument, "« " + assignment + " » : écrivez CHAMP=VALEUR");
    }
    fields.emplace_back(assignment.substr(0, sign), assignment.substr(sign + 1));
  }
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  NAVETTE_ASSIGN(const DossierId dossier, dossier_in(replica, context.request.id));
  NAVETTE_ASSIGN(const RecordId made, replica.engine().add(dossier, context.request.kind, fields, replica.now()));
  wake_watcher(context.directory);
  if (context.request.json) {
    print_json(context.out, {{"record", made.text()}});
  } else {
    context.out << made.text() << '\n';
  }
  return 0;
}

Result<int> remove(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  NAVETTE_ASSIGN(const RecordId record, record_in(replica, context.request.id));
  NAVETTE_TRY(replica.engine().remove(record));
  wake_watcher(context.directory);
  return 0;
}

Result<int> discard(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  NAVETTE_TRY(discard_in(replica, context.request.id, context.request.field));
  wake_watcher(context.directory);
  return 0;
}

Result<int> publish(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  NAVETTE_ASSIGN(const sync::FieldRef at, locate(replica, context.request.id, context.request.field));
  NAVETTE_TRY(replica.engine().publish(at, replica.now()));
  wake_watcher(context.directory);
  return 0;
}

}  // namespace navette::client
