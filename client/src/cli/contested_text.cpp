#include "cli/contested_text.hpp"

#include "navette/base/utf8.hpp"
#include "navette/sync/merge.hpp"

namespace navette::client {
namespace {

bool has_range(const sync::Conflict& conflict) {
  return conflict.kind == sync::ConflictKind::kText || conflict.kind == sync::ConflictKind::kSalvaged;
}

struct Surroundings {
  std::string before;  // of the paragraph, unchanged
  std::string live;    // the range, as it is at the server
  std::string after;
};

Result<Surroundings> surroundings(OpenReplica& replica, const sync::Conflict& conflict) {
  sync::ReplicaStore& store = replica.store();
  schema::Value head;
  if (const auto draft = store.draft(conflict.at.record, conflict.at.field)) {
    head = draft->head;
  } else if (const auto row = store.record(conflict.at.record)) {
    const auto found = row->values.find(conflict.at.field);
    if (found != row->values.end()) head = found->second;
  }
  const std::string_view text = schema::text_of(head);
  const std::u32string points = to_code_points(text);
  const sync::TextRange range = conflict.range;
  if (range.begin > range.end || range.end > points.size()) {
    return fail(ErrorCode::kStale, "la place de ce conflit a changé : lancez « navette sync », puis relisez-le");
  }
  const sync::TextRange around = sync::paragraph_around(text, range);
  const std::u32string_view all = points;
  return Surroundings{to_utf8(all.substr(around.begin, range.begin - around.begin)),
                      to_utf8(all.substr(range.begin, range.end - range.begin)),
                      to_utf8(all.substr(range.end, around.end - range.end))};
}

}  // namespace

Result<std::string> suggested_text(OpenReplica& replica, const sync::Conflict& conflict) {
  if (!has_range(conflict)) {
    return fail(ErrorCode::kInvalidArgument,
                "ce conflit n'a pas de suggestion : choisissez « committed » ou « incoming », ou donnez --file");
  }
  NAVETTE_ASSIGN(const Surroundings around, surroundings(replica, conflict));
  const auto improvement = replica.store().improvement(conflict.id);
  const schema::Value& incoming = improvement ? improvement->text : conflict.incoming;
  auto both = sync::suggestion(schema::text_of(conflict.base), around.live, schema::text_of(incoming));
  if (both) return std::move(*both);
  return fail(ErrorCode::kInvalidArgument,
              "il n'y a pas de suggestion : les deux côtés ont changé les mêmes mots ; choisissez « committed » ou "
              "« incoming », ou écrivez le texte avec --file");
}

Result<std::string> text_in_paragraph(OpenReplica& replica, const sync::Conflict& conflict,
                                      std::string_view paragraph) {
  NAVETTE_ASSIGN(std::string text, normalized(paragraph));
  if (!has_range(conflict)) {
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }
  NAVETTE_ASSIGN(const Surroundings around, surroundings(replica, conflict));
  const auto fits = [&] {
    return text.size() >= around.before.size() + around.after.size() && text.starts_with(around.before) &&
           text.ends_with(around.after);
  };
  const bool line_end_added = text.ends_with('\n') && !around.after.ends_with('\n') && !around.live.ends_with('\n');
  if (line_end_added || (!fits() && text.ends_with('\n'))) text.pop_back();
  if (!fits() && around.after.ends_with('\n')) text += '\n';
  if (!fits()) {
    return fail(ErrorCode::kInvalidArgument,
                "ce fichier ne garde pas le reste du paragraphe, hors du conflit : il doit commencer par « " +
                    excerpt(around.before, 60) + " » et finir par « " + excerpt(around.after, 60) +
                    " » ; pour changer le reste, réglez d'abord le conflit, puis utilisez « navette edit »");
  }
  return text.substr(around.before.size(), text.size() - around.before.size() - around.after.size());
}

}  // namespace navette::client
