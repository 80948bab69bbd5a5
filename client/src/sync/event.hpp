// What a person or a program is told while the synchronisation runs.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "navette/sync/replica_session.hpp"

namespace navette::client {

struct Connected {
  std::string account;
  std::string role;
};
struct Disconnected {
  Error error;
  std::int64_t retry_ms = 0;
};
struct Progressed {
  std::size_t dossiers = 0;
  std::size_t dossiers_done = 0;
  std::uint64_t bytes = 0;       // announced
  std::uint64_t bytes_done = 0;  // received, as they travelled (compressed)
  std::int64_t left_ms = -1;     // -1: not known yet
};
struct CaughtUpAll {
  std::size_t dossiers = 0;
};
struct DossierChanged {
  DossierId dossier;
  sync::Audience audience = sync::Audience::kShared;
  Revision revision;
  sync::Author author;
  std::vector<sync::FieldRef> fields;
  bool own = false;  // made on this device
};
struct ConflictEvent {
  DossierId dossier;
  ConflictId conflict;
  sync::FieldRef at;
  sync::ConflictState state = sync::ConflictState::kOpen;
};
struct RefusalEvent {
  DossierId dossier;
  RefusalId refusal;
  sync::FieldRef at;
  sync::RefusalReason reason = sync::RefusalReason::kNone;
};

using SyncEvent =
    std::variant<Connected, Disconnected, Progressed, CaughtUpAll, DossierChanged, ConflictEvent, RefusalEvent>;
using SyncListener = std::function<void(const SyncEvent&)>;

// What the revisions of a batch changed.
[[nodiscard]] std::vector<SyncEvent> events_of(const std::vector<sync::Message>& batch, const ReplicaId& self);

}  // namespace navette::client
