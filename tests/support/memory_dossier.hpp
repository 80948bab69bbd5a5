// One dossier of the in-memory server: the authority's state, its revisions, and what History answers from them.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "navette/sync/authority.hpp"

namespace navette::test {

class MemoryDossier final : public sync::History {
 public:
  explicit MemoryDossier(const DossierId& id) : state(sync::empty_dossier(id)), replayed(state) {}

  // Appends what the authority decided. `rooms`: the live sessions whose editor was open, by field.
  void commit(const sync::Authority& authority, const sync::Applied& applied,
              const std::map<sync::FieldRef, std::set<std::string>>& rooms, const std::string& room);
  // Whether every change of the field after `since` was made by an editor that saw the session of `room`, and it
  // theirs.
  [[nodiscard]] bool together(const std::string& room, const sync::FieldRef& at, sync::Audience audience,
                              Revision since) const;
  [[nodiscard]] std::vector<sync::RevisionEnvelope> after(sync::Audience audience, Revision revision) const;
  [[nodiscard]] std::size_t revisions() const;

  sync::Value value_at(const sync::FieldRef& at, sync::Audience audience, Revision revision) const override;
  std::optional<Hash> chain_at(sync::Audience audience, Revision revision) const override;
  std::optional<sync::Author> author_at(sync::Audience audience, Revision revision) const override;
  std::optional<sync::Author> remover_of(const RecordId& record) const override;
  std::optional<sync::Conflict> closed_conflict(const ConflictId& id) const override;
  bool ever_held(const sync::FieldRef& at, sync::Audience audience, const sync::Value& value) const override;
  bool taken_elsewhere(const RecordId&) const override { return false; }  // a dossier that knows no other

  sync::DossierState state;
  [[nodiscard]] const sync::StreamState& replayed_stream(sync::Audience audience) const {
    return replayed.streams[static_cast<std::size_t>(audience)];
  }

  // What contradicts itself: running digests, chains, the state against the replay of its own revisions, ranges.
  [[nodiscard]] std::vector<std::string> defects(const sync::Authority& authority) const;

 private:
  struct Change {
    Revision revision;
    sync::Value value;
    std::set<std::string> rooms;
    std::string room;
  };
  struct Log {
    std::vector<sync::NewRevision> revisions;
    std::vector<sync::Author> authors;
    std::map<sync::FieldRef, std::vector<Change>> values;
  };
  void append(const sync::NewRevision& revision, const std::map<sync::FieldRef, std::set<std::string>>& rooms,
              const std::string& room);

  std::array<Log, schema::kAudienceCount> logs_;
  std::map<ConflictId, sync::Conflict> closed_;
  sync::DossierState replayed;  // built from the revisions alone
  std::vector<std::string> replay_failures_;
};

}  // namespace navette::test
