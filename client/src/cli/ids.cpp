#include "cli/ids.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "navette/base/utf8.hpp"

namespace navette::client {
namespace {

constexpr std::size_t kShortest = 8;     // a UUIDv7 begins with its hour: fewer characters name too many
constexpr std::size_t kShortestEnd = 6;  // its end is random
constexpr std::size_t kWhole = 36;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool looks_like_one(std::string_view text) {
  const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; };
  return text.size() >= kShortestEnd && text.size() <= kWhole && std::ranges::all_of(text, fits);
}

// `candidates` gives every id to the function it is called with.
template <class Id>
Result<Id> find(std::string_view typed, std::string_view what,
                const std::function<void(const std::function<void(const Id&)>&)>& candidates) {
  const std::string text = lower(typed);
  if (auto whole = Id::parse(text)) return *whole;
  if (!looks_like_one(text)) {
    return fail(ErrorCode::kInvalidArgument, "« " + excerpt(typed, 60) + " » n'est pas un identifiant de " +
                                                 std::string(what) +
                                                 " : donnez-le entier, ses 8 premiers caractères ou ses 6 derniers");
  }
  std::optional<Id> found;
  bool several = false;
  candidates([&](const Id& id) {
    const std::string whole = id.text();
    const bool named = (text.size() >= kShortest && whole.starts_with(text)) || whole.ends_with(text);
    if (!named) return;
    several = several || (found && *found != id);
    found = id;
  });
  if (several) {
    return fail(ErrorCode::kInvalidArgument, "plusieurs identifiants de " + std::string(what) +
                                                 " commencent ou finissent par « " + text +
                                                 " » : donnez-en davantage, ou leurs derniers caractères");
  }
  if (!found)
    return fail(ErrorCode::kNotFound,
                "aucun " + std::string(what) + " de ce poste ne commence ni ne finit par « " + text + " »");
  return *found;
}

}  // namespace

Result<DossierId> find_dossier(sync::ReplicaStore& store, std::string_view typed) {
  NAVETTE_ASSIGN(const DossierId id, find<DossierId>(typed, "dossier", [&](const auto& give) {
                   for (const sync::DossierRow& row : store.dossiers()) give(row.id);
                 }));
  if (!store.dossier(id)) {
    return fail(ErrorCode::kNotFound, "dossier inconnu sur ce poste : " + id.text() + " (« navette list » les donne)");
  }
  return id;
}

Result<RecordId> find_record(sync::ReplicaStore& store, std::string_view typed) {
  return find<RecordId>(typed, "fiche", [&](const auto& give) {
    for (const sync::DossierRow& dossier : store.dossiers()) {
      for (const sync::RecordRow& row : store.records(dossier.id)) give(row.id);
    }
  });
}

Result<ConflictId> find_conflict(sync::ReplicaStore& store, std::string_view typed) {
  NAVETTE_ASSIGN(const ConflictId id, find<ConflictId>(typed, "conflit", [&](const auto& give) {
                   for (const sync::DossierRow& dossier : store.dossiers()) {
                     for (const sync::Conflict& conflict : store.conflicts(dossier.id, false)) give(conflict.id);
                   }
                 }));
  if (!store.conflict(id)) {
    return fail(ErrorCode::kNotFound,
                "conflit inconnu sur ce poste : " + id.text() + " (« navette conflicts » les donne)");
  }
  return id;
}

Result<RefusalId> find_refusal(sync::ReplicaStore& store, std::string_view typed) {
  NAVETTE_ASSIGN(const RefusalId id, find<RefusalId>(typed, "refus", [&](const auto& give) {
                   for (const sync::RefusalRow& row : store.refusals()) give(row.id);
                 }));
  if (!store.refusal(id)) {
    return fail(ErrorCode::kNotFound,
                "refus inconnu sur ce poste : " + id.text() + " (« navette refusals » les donne)");
  }
  return id;
}

}  // namespace navette::client
