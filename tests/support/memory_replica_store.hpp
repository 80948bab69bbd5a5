// The replica's store in memory, for simulators: what the SQLite store does, without a file. One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "navette/sync/replica_store.hpp"
#include "undo_log.hpp"

namespace navette::test {

class MemoryReplicaStore final : public sync::ReplicaStore {
 public:
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
  enum class Running : std::uint8_t { kNothing, kRead, kWrite };
  using StreamKey = std::pair<DossierId, sync::Audience>;
  using FieldKey = std::pair<RecordId, sync::FieldNumber>;
  using KindKey = std::pair<sync::KindNumber, RecordId>;
  struct Creation {
    std::uint64_t place;
    sync::CreationRow row;
  };
  struct PlacedConflict {
    DossierId dossier;
    sync::Conflict conflict;
  };
  using SalvageKey = std::tuple<DossierId, RecordId, sync::FieldNumber, ShortHash>;
  using KeptKey = std::tuple<DossierId, sync::Audience, Revision>;

  [[nodiscard]] Result<void> outermost(Running kind, const std::function<Result<void>()>& work);
  [[nodiscard]] Result<void> nested(const std::function<Result<void>()>& work);
  UndoLog& log();  // for a change. REQUIRES: inside transact(); StoreFailure otherwise

  std::map<std::string, Bytes, std::less<>> meta_;
  std::map<DossierId, sync::DossierRow> dossiers_;
  std::map<StreamKey, sync::StreamRow> streams_;
  std::map<RecordId, sync::RecordRow> records_;
  std::map<DossierId, std::map<KindKey, bool>> records_of_dossier_;
  std::map<RecordId, std::map<RecordId, bool>> owned_;
  std::map<FieldKey, sync::DraftRow> drafts_;
  std::map<RecordId, Creation> creations_;
  std::map<RecordId, sync::RemovalRow> removals_;
  std::map<ConflictId, sync::ImprovementRow> improvements_;
  std::map<ConflictId, sync::ResolutionRow> resolutions_;
  std::map<SalvageKey, sync::SalvageRow> salvages_;
  std::map<ConflictId, PlacedConflict> conflicts_;
  std::map<RefusalId, sync::RefusalRow> refusals_;
  std::map<RefusalId, sync::SettledRefusal> settled_refusals_;
  std::map<DossierId, sync::OutboxRow> outbox_;
  std::map<KeptKey, sync::RevisionEnvelope> kept_;
  std::uint64_t next_place_ = 1;

  UndoLog undo_;
  Running running_ = Running::kNothing;
  std::optional<Error> nested_failure_;
};

// Everything that a store answers, as text with one line per row: two stores with equal dumps hold the same.
// Of the named values, those asked for.
[[nodiscard]] std::string dump(sync::ReplicaStore& store,
                               const std::vector<std::string>& meta_names = {"replica_id", "epoch", "account", "role"});

}  // namespace navette::test
