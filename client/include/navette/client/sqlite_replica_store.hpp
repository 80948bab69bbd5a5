// The replica's store in one SQLite file. STORE.md tells its tables.
// One object belongs to one thread at a time; other processes and objects may use the same file.
#pragma once

#include <filesystem>
#include <memory>

#include "navette/sync/replica_store.hpp"

namespace navette::client {

enum class OpenMode : std::uint8_t { kReadWrite, kReadOnly };

class SqliteReplicaStore final : public sync::ReplicaStore {
 public:
  static constexpr std::string_view kFileName = "replica.sqlite";

  // kReadWrite creates the file if missing (the directory exists already) and brings it to this program's format;
  // kReadOnly never writes. REQUIRES: `schema` outlives the store.
  // Errors: kNotFound, kReadOnly, kDiskFull, kBusy, kCorrupt, kNewerVersion.
  [[nodiscard]] static Result<std::unique_ptr<SqliteReplicaStore>> open(const std::filesystem::path& directory,
                                                                        const schema::Schema& schema, OpenMode mode);
  SqliteReplicaStore(const SqliteReplicaStore&) = delete;
  SqliteReplicaStore& operator=(const SqliteReplicaStore&) = delete;
  ~SqliteReplicaStore() override;

  // Whether the next transactions are on the disk when transact() returns (the default). What the server has already
  // need not be: a power failure then loses whole transactions, the latest first. Outside a transaction.
  [[nodiscard]] Result<void> set_durable(bool durable);

  // For a program that stays: brings the journal into the file beside the transactions instead of within one now and
  // then.
  void checkpoint_aside();

  // A write inside read() or outside any transaction is refused: StoreFailure kInternal. A nested call that fails
  // fails the whole transaction, even if the outer work goes on.
  [[nodiscard]] Result<void> transact(const std::function<Result<void>()>& work) override;
  [[nodiscard]] Result<void> read(const std::function<Result<void>()>& work) override;

  std::optional<Bytes> meta(std::string_view name) override;
  void set_meta(std::string_view name, BytesView value) override;

  std::optional<sync::DossierRow> dossier(const DossierId& id) override;
  std::vector<sync::DossierRow> dossiers() override;
  void put_dossier(const sync::DossierRow& row) override;
  void erase_dossier(const DossierId& id) override;

  std::optional<sync::StreamRow> stream(const DossierId& dossier, sync::Audience audience) override;
  void put_stream(const DossierId& dossier, sync::Audience audience, const sync::StreamRow& row) override;

  std::optional<sync::RecordRow> record(const RecordId& id) override;
  std::vector<sync::RecordRow> records(const DossierId& dossier) override;
  std::vector<RecordId> owned(const RecordId& owner) override;
  void put_record(const sync::RecordRow& row) override;
  void set_value(const RecordId& id, sync::KindNumber kind, sync::FieldNumber field, const sync::Value& value) override;
  void erase_record(const RecordId& id, sync::KindNumber kind) override;

  std::optional<sync::DraftRow> draft(const RecordId& record, sync::FieldNumber field) override;
  std::vector<sync::DraftRow> drafts(const DossierId& dossier) override;
  std::vector<sync::DraftRow> drafts_of(const RecordId& record) override;
  void put_draft(const sync::DraftRow& row) override;
  void erase_draft(const RecordId& record, sync::FieldNumber field) override;

  std::optional<sync::CreationRow> creation(const RecordId& record) override;
  std::vector<sync::CreationRow> creations(const DossierId& dossier) override;
  void put_creation(const sync::CreationRow& row) override;
  void erase_creation(const RecordId& record) override;

  std::vector<sync::RemovalRow> removals(const DossierId& dossier) override;
  void put_removal(const sync::RemovalRow& row) override;
  void erase_removal(const RecordId& record) override;

  std::optional<sync::ImprovementRow> improvement(const ConflictId& conflict) override;
  std::vector<sync::ImprovementRow> improvements(const DossierId& dossier) override;
  void put_improvement(const sync::ImprovementRow& row) override;
  void erase_improvement(const ConflictId& conflict) override;

  std::optional<sync::ResolutionRow> resolution(const ConflictId& conflict) override;
  std::vector<sync::ResolutionRow> resolutions(const DossierId& dossier) override;
  void put_resolution(const sync::ResolutionRow& row) override;
  void erase_resolution(const ConflictId& conflict) override;

  std::vector<sync::SalvageRow> salvages(const DossierId& dossier) override;
  void put_salvage(const sync::SalvageRow& row) override;
  void erase_salvages(const DossierId& dossier, PushNumber push) override;

  std::optional<sync::Conflict> conflict(const ConflictId& id) override;
  std::optional<DossierId> conflict_dossier(const ConflictId& id) override;
  std::vector<sync::Conflict> conflicts(const DossierId& dossier, bool open_only) override;
  std::vector<sync::Conflict> open_conflicts_at(const sync::FieldRef& at) override;
  void put_conflict(const DossierId& dossier, const sync::Conflict& conflict) override;
  void erase_open_conflicts(const DossierId& dossier, sync::Audience audience) override;

  std::optional<sync::RefusalRow> refusal(const RefusalId& id) override;
  std::vector<sync::RefusalRow> refusals() override;
  void put_refusal(const sync::RefusalRow& row) override;
  void erase_refusal(const RefusalId& id) override;
  std::vector<sync::SettledRefusal> settled_refusals() override;
  void put_settled_refusal(const sync::SettledRefusal& row) override;
  void erase_settled_refusal(const RefusalId& id) override;

  std::optional<sync::OutboxRow> outbox(const DossierId& dossier) override;
  void put_outbox(const sync::OutboxRow& row) override;
  void erase_outbox(const DossierId& dossier) override;

  void keep(const DossierId& dossier, sync::Audience audience, const sync::RevisionEnvelope& envelope) override;
  std::vector<sync::RevisionEnvelope> kept(const DossierId& dossier, sync::Audience audience, Revision after,
                                           std::size_t most) override;
  void forget_kept(const DossierId& dossier, sync::Audience audience, Revision up_to) override;

  std::vector<DossierId> dossiers_with_work() override;

 private:
  struct State;
  explicit SqliteReplicaStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace navette::client
