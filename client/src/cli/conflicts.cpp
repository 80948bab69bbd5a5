#include "cli/conflicts.hpp"

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/contested_text.hpp"
#include "cli/editor.hpp"
#include "cli/ids.hpp"
#include "cli/naming.hpp"
#include "cli/print.hpp"
#include "sync/watch_post.hpp"

namespace navette::client {
namespace {

Json author_json(const sync::Author& author) {
  return {{"name", author.name}, {"party", schema::name_of(author.party)}};
}

Json json_of(const sync::ConflictView& view) {
  const sync::Conflict& conflict = view.conflict;
  const std::string field = field_name(conflict.at);
  return {{"id", conflict.id.text()},
          {"dossier", view.dossier.text()},
          {"record", conflict.at.record.text()},
          {"field", field.empty() ? Json(nullptr) : Json(field)},
          {"kind", sync::name_of(conflict.kind)},
          {"base", view.base},
          {"committed", view.committed},
          {"incoming", view.incoming},
          {"suggestion", view.suggestion.empty() ? Json(nullptr) : Json(view.suggestion)},
          {"parties",
           {{"committed", schema::name_of(conflict.committed_by.party)},
            {"incoming", schema::name_of(conflict.incoming_by.party)}}},
          {"committed_by", author_json(conflict.committed_by)},
          {"incoming_by", author_json(conflict.incoming_by)},
          {"open", conflict.state == sync::ConflictState::kOpen},
          {"state", sync::name_of(conflict.state)},
          {"resolution_waits", view.resolution_waits}};
}

std::string_view explanation(sync::ConflictKind kind) {
  switch (kind) {
    case sync::ConflictKind::kText:
      return "le même passage a été réécrit des deux côtés";
    case sync::ConflictKind::kValue:
      return "la même valeur a été changée des deux côtés";
    case sync::ConflictKind::kRemoval:
      return "la fiche a été retirée d'un côté et modifiée de l'autre";
    case sync::ConflictKind::kGone:
      return "la fiche modifiée avait été retirée";
    case sync::ConflictKind::kOrphan:
      return "la fiche de rattachement avait été retirée";
    case sync::ConflictKind::kKept:
      return "votre texte privé d'une fiche retirée";
    case sync::ConflictKind::kSalvaged:
      return "un texte gardé sur un poste diffère de ce qui est en place";
  }
  return "";
}

// A conflict and where it stands, as people call that place.
struct Named {
  sync::ConflictView view;
  std::string place;
};

void print(std::ostream& out, const Named& named) {
  const sync::ConflictView& view = named.view;
  const sync::Conflict& conflict = view.conflict;
  const auto section = [&](std::string_view title, const std::string& text) {
    out << "  " << title << "\n" << indented(text.empty() ? "(vide)" : text, "    ") << "\n";
  };
  out << "Conflit " << conflict.id.text() << " · " << named.place << "\n"
      << "  " << place_name(conflict.at) << " " << conflict.at.record.text() << "\n"
      << "  " << explanation(conflict.kind) << (conflict.state == sync::ConflictState::kOpen ? "" : " (réglé)")
      << (view.resolution_waits ? " — votre décision attend d'être envoyée" : "") << "\n";
  section("texte de départ :", view.base);
  section("en place (committed), par " + conflict.committed_by.name + " :", view.committed);
  section("arrivé ensuite (incoming), par " + conflict.incoming_by.name + " :", view.incoming);
  if (!view.suggestion.empty()) section("proposition (suggestion) :", view.suggestion);
  out << "\n";
}

}  // namespace

Result<int> conflicts(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_reading(context.directory));
  std::vector<Named> views;
  NAVETTE_TRY(replica.store().read([&]() -> Result<void> {
    sync::ReplicaStore& store = replica.store();
    for (const sync::DossierRow& dossier : store.dossiers()) {
      for (const sync::Conflict& conflict : store.conflicts(dossier.id, !context.request.all)) {
        NAVETTE_ASSIGN(sync::ConflictView view, replica.engine().view(conflict));
        views.push_back({std::move(view), dossier_name(store, dossier.id) + " · " + place_label(store, conflict.at)});
      }
    }
    return {};
  }));
  if (context.request.json) {
    Json all = Json::array();
    for (const Named& named : views) all.push_back(json_of(named.view));
    print_json(context.out, all);
    return 0;
  }
  for (const Named& named : views) print(context.out, named);
  if (views.empty()) {
    context.out << "Aucun conflit à régler.\n";
  } else {
    context.out << "Pour régler : navette resolve CONFLIT --take committed|incoming|suggestion, ou --file FICHIER\n";
  }
  return 0;
}

Result<void> decide(OpenReplica& replica, const std::string& typed, const std::string& take,
                    const std::optional<std::string>& paragraph) {
  return replica.store().transact([&]() -> Result<void> {
    NAVETTE_ASSIGN(const ConflictId id, find_conflict(replica.store(), typed));
    if (take == "committed") return replica.engine().resolve(id, sync::Choice::kCommitted, {});
    if (take == "incoming") return replica.engine().resolve(id, sync::Choice::kIncoming, {});
    const auto conflict = replica.store().conflict(id);
    if (!conflict || conflict->state != sync::ConflictState::kOpen) {
      return replica.engine().resolve(id, sync::Choice::kCommitted, {});  // its error says why not
    }
    std::string text;
    if (take == "suggestion") {
      NAVETTE_ASSIGN(text, suggested_text(replica, *conflict));
    } else if (paragraph) {
      NAVETTE_ASSIGN(text, text_in_paragraph(replica, *conflict, *paragraph));
    } else {
      return fail(ErrorCode::kInvalidArgument,
                  "dites quelle version garder : --take committed, incoming ou suggestion, ou --file FICHIER");
    }
    return replica.engine().resolve(id, sync::Choice::kWritten, text);
  });
}

Result<int> resolve(Context& context) {
  if (context.request.file.has_value() == !context.request.take.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "dites quelle version garder : --take committed, incoming ou suggestion, ou bien --file FICHIER");
  }
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  std::optional<std::string> paragraph;
  if (context.request.file) {
    NAVETTE_ASSIGN(paragraph, read_text(context.directory, *context.request.file, context.in));
  }
  NAVETTE_TRY(keep_if_refused(context.directory, context.request.file, paragraph.value_or(""),
                              decide(replica, context.request.id, context.request.take, paragraph)));
  wake_watcher(context.directory);
  return 0;
}

Result<int> improve(Context& context) {
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  NAVETTE_ASSIGN(const std::string paragraph, read_text(context.directory, *context.request.file, context.in));
  const auto done = replica.store().transact([&]() -> Result<void> {
    NAVETTE_ASSIGN(const ConflictId id, find_conflict(replica.store(), context.request.id));
    const auto conflict = replica.store().conflict(id);
    if (!conflict || conflict->state != sync::ConflictState::kOpen) {
      return fail(ErrorCode::kConflict, "ce conflit est déjà réglé : reprenez le texte avec « navette edit »");
    }
    NAVETTE_ASSIGN(const std::string text, text_in_paragraph(replica, *conflict, paragraph));
    return replica.engine().improve(id, text);
  });
  NAVETTE_TRY(keep_if_refused(context.directory, context.request.file, paragraph, done));
  wake_watcher(context.directory);
  return 0;
}

}  // namespace navette::client
