// What goes into and comes out of the authority store. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "navette/sync/authority.hpp"

namespace navette::server {

using schema::Audience;

// Which dossiers an account follows: one or more of "all", "ej:FINESS", "departement:DD", "region:RR", with blanks
// between. A département is that of a site's commune, never a FINESS prefix (domain B2).
struct ScopeTerm {
  enum class Kind : std::uint8_t { kAll, kEj, kDepartement, kRegion };
  Kind kind = Kind::kAll;
  std::string value;
  friend bool operator==(const ScopeTerm&, const ScopeTerm&) = default;
};
[[nodiscard]] Result<std::vector<ScopeTerm>> parse_scope(std::string_view text);

struct DossierSite {
  std::string finess;
  std::string departement;
  std::string region;
  friend bool operator==(const DossierSite&, const DossierSite&) = default;
};
struct DossierRow {
  DossierId id;
  std::string ej;  // FINESS of the entité juridique
  std::string label;
  std::string date_effet;  // YYYY-MM-DD
  Timestamp created;
  std::vector<DossierSite> sites;
  friend bool operator==(const DossierRow&, const DossierRow&) = default;
};

using StreamHeads = std::array<sync::StreamHead, schema::kAudienceCount>;

struct DossierHeads {
  DossierId dossier;
  std::vector<sync::StreamHead> heads;
};

struct PushRequest {
  DossierId dossier;
  AccountId account;        // a refused content is kept for its other devices
  sync::PushSource source;  // as the session knows it
  Bytes encoded;            // as frozen by the replica
  std::vector<sync::SuppliedBase> bases;
  Timestamp now;
};
// A push whose session could not even tell its dossier's content; its number is given or derived.
struct UnreadableRequest {
  DossierId dossier;
  ReplicaId replica;
  std::optional<PushNumber> number;  // nothing: that of the last push if it is that one again, else the next
  Hash hash;                         // of the bytes received
  Timestamp now;
};
struct AdoptRequest {
  DossierId dossier;
  ReplicaId replica;  // who kept them
  Audience audience = Audience::kShared;
  std::vector<sync::RevisionEnvelope> envelopes;
};
struct PushResult {
  sync::PushAnswer answer;
  StreamHeads heads;  // after it; by audience
};
// Called on the writer thread once the outcome is durable, in commit order; must be short, and must not throw.
using PushCallback = std::function<void(Result<PushResult>)>;

// New revisions of one stream, durable. `from`: the replica whose push they are; empty: the server's own.
struct CommittedRevisions {
  DossierId dossier;
  Audience audience = Audience::kShared;
  std::vector<sync::RevisionEnvelope> envelopes;
  Hash chain;  // after the last of them
  ReplicaId from;
};
// Called on the writer thread in commit order, before the callback of the job that made them.
using RevisionListener = std::function<void(const CommittedRevisions&)>;

struct WriterStats {
  std::uint64_t jobs = 0;
  std::uint64_t commits = 0;
  std::uint64_t failed_commits = 0;
  std::uint64_t queued = 0;
};

// What would bring a reader from `after` to the head: revisions, or a snapshot. Bytes before compression.
struct CatchUp {
  sync::StreamHead head;
  bool known = false;  // (revision, chain) is in this history
  std::uint64_t revisions = 0;
  std::uint64_t revision_bytes = 0;
  std::uint64_t snapshot_bytes = 0;
  bool by_snapshot = true;
};
// What brings a replica that follows a dossier up to date, at one moment.
struct FollowPlan {
  std::vector<CatchUp> streams;           // of the audiences asked for
  std::vector<sync::StreamHead> covered;  // of the same audiences, what the last backup holds
};
// What the session sends, made once per head. `bytes` is zstd-compressed; `raw_bytes` before.
struct CachedSnapshot {
  Revision head;
  Bytes bytes;
  std::uint64_t raw_bytes = 0;
};
using SnapshotFraming = std::function<Bytes(const DossierId&, const sync::StreamSnapshot&)>;

struct HistoryFilter {
  DossierId dossier;
  std::vector<Audience> audiences;  // that the asker reads
  RecordId record;                  // empty: all
  schema::FieldNumber field = 0;    // 0: all
  std::uint32_t limit = 50;
};
struct HistoryPage {
  std::vector<sync::HistoryEntry> entries;  // newest first
  bool more = false;
};

struct Account {
  AccountId id;
  std::string name;
  std::string role;  // a name of Schema::roles
  std::string scope;
  Timestamp created;
  bool suspended = false;
  friend bool operator==(const Account&, const Account&) = default;
};
struct Device {
  DeviceId id;
  AccountId account;
  std::string name;
  std::string serial;       // of its certificate
  std::string fingerprint;  // likewise
  Timestamp enrolled;
  std::optional<Timestamp> revoked;
  std::optional<Timestamp> last_seen;
  std::optional<sync::Report> report;  // the last one
  friend bool operator==(const Device&, const Device&) = default;
};
// A content that the server refused, kept for its author's other devices.
struct Refusal {
  AccountId account;
  sync::RefusalNotice notice;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

struct DossierStatus {
  DossierId id;
  std::string label;
  std::uint64_t revisions = 0;
  std::uint64_t open_conflicts = 0;
  std::uint64_t refusals = 0;
  std::optional<Timestamp> last_change;
};
struct DeviceStatus {
  Device device;
  std::string account;
  std::uint64_t head_lag = 0;  // revisions that it has not acknowledged, of the streams it told about
};
struct StoreStatus {
  EpochId epoch;
  std::string server_name;
  std::optional<Timestamp> last_backup;
  std::uint64_t revisions = 0;
  std::uint64_t open_conflicts = 0;
  std::uint64_t refusals = 0;
  std::vector<DossierStatus> dossiers;
  std::vector<DeviceStatus> devices;
};

enum class ProblemKind : std::uint8_t {
  kIntegrity,   // SQLite says that the file is damaged
  kNumbering,   // a revision is missing or out of order
  kChain,       // a revision does not continue its chain
  kCode,        // a revision was not made by this server
  kBody,        // a revision that cannot be read or replayed
  kHead,        // a stream's head is not that of its revisions
  kDigest,      // a digest is not that of the stored values
  kState,       // the typed tables are not what the revisions say
  kCheckpoint,  // the index of history is not what the revisions say
  kPushMark,    // the last push of a replica is not what the revisions or its receipt say
};
[[nodiscard]] std::string_view name_of(ProblemKind kind);  // stable, English
struct Problem {
  ProblemKind kind = ProblemKind::kIntegrity;
  DossierId dossier;  // empty: the whole file
  Audience audience = Audience::kShared;
  Revision revision;
  std::string text;  // French
};

struct BackupReport {
  Timestamp when;
  std::uint64_t dossiers = 0;
  std::uint64_t revisions = 0;
};
struct RestoreReport {
  EpochId epoch;           // the new one
  std::string kept_aside;  // file name of the database that was replaced; empty: there was none
  std::uint64_t dossiers = 0;
};

}  // namespace navette::server
