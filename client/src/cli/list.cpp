#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/naming.hpp"
#include "cli/print.hpp"
#include "navette/cpom/numbers.hpp"
#include "replica/open_replica.hpp"

namespace navette::client {
namespace {

struct Line {
  DossierId id;
  std::string ej;
  std::string name;
  std::string phase;
  Revision head;
  sync::WorkCounts counts;
};

Line line_of(OpenReplica& replica, const DossierId& dossier) {
  Line line{dossier, {}, {}, {}, {}, replica.engine().counts(dossier)};
  const auto value = [](const sync::RecordRow& row, sync::FieldNumber field) {
    const auto found = row.values.find(field);
    return found == row.values.end() ? std::string() : schema::display(found->second);
  };
  const std::vector<sync::RecordRow> records = replica.store().records(dossier);
  line.name = dossier_name(records);
  for (const sync::RecordRow& row : records) {
    if (row.kind == cpom::contrat::kKind) {
      line.ej = value(row, cpom::contrat::kEjFiness);
      line.phase = value(row, cpom::contrat::kPhase);
    } else if (row.kind == cpom::entite_juridique::kKind && line.ej.empty()) {
      line.ej = value(row, cpom::entite_juridique::kFiness);
    }
  }
  line.phase = replica_schema().phases[replica.engine().phase(dossier)];
  if (const auto stream = replica.store().stream(dossier, sync::Audience::kShared)) line.head = stream->head;
  return line;
}

}  // namespace

Result<int> list(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  std::vector<Line> lines;
  NAVETTE_TRY(replica.store().read([&]() -> Result<void> {
    for (const sync::DossierRow& row : replica.store().dossiers()) lines.push_back(line_of(replica, row.id));
    return {};
  }));
  if (context.request.json) {
    Json all = Json::array();
    for (const Line& line : lines) {
      all.push_back({{"dossier", line.id.text()},
                     {"ej", line.ej},
                     {"name", line.name},
                     {"phase", line.phase},
                     {"head", line.head.value},
                     {"drafts", line.counts.drafts},
                     {"conflicts", line.counts.conflicts},
                     {"refusals", line.counts.refusals}});
    }
    print_json(context.out, all);
    return 0;
  }
  if (lines.empty()) {
    context.out << "Aucun dossier sur ce poste : « navette sync » va les chercher.\n";
    return 0;
  }
  Table table({"Dossier", "EJ", "Nom", "Phase", "Révision", "Brouillons", "Conflits", "Refus"});
  for (const Line& line : lines) {
    table.add({line.id.text(), line.ej, one_line(line.name, 40), people_phase(line.phase),
               std::to_string(line.head.value), std::to_string(line.counts.drafts),
               std::to_string(line.counts.conflicts), std::to_string(line.counts.refusals)});
  }
  table.print(context.out);
  return 0;
}

}  // namespace navette::client
