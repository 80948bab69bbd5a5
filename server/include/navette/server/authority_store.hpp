// The authority's store over SQLite: one file, one writer thread with group commit, reads beside it.
//
// Threads: every function may be called from any thread. Those that return a value wait; reads use their own
// connections and never wait for the writer, writes wait for a durable commit and must not be called from a callback
// or listener. Those that take a callback do not wait.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "navette/cpom/etablissements.hpp"
#include "navette/os/file_lock.hpp"
#include "navette/server/store_types.hpp"

namespace navette::server {

class AuthorityStore {
 public:
  static constexpr const char* kFileName = "authority.sqlite";

  // Whoever holds it may open or restore the store of that directory. Errors: kBusy: a server runs on it.
  [[nodiscard]] static Result<os::FileLock> lock(const std::filesystem::path& data_dir);
  // Opens or creates. `schema` and `random` outlive the store; `random` is used on the writer thread only.
  // Errors: kNewerVersion, kCorrupt, kReadOnly, kDiskFull.
  [[nodiscard]] static Result<std::unique_ptr<AuthorityStore>> open(os::FileLock lock,
                                                                    const std::filesystem::path& data_dir,
                                                                    const schema::Schema& schema, Random& random,
                                                                    const std::string& server_name);
  ~AuthorityStore();  // commits what is queued, then stops

  [[nodiscard]] EpochId epoch() const;
  [[nodiscard]] std::string server_name() const;
  [[nodiscard]] const sync::Authority& authority() const;
  [[nodiscard]] WriterStats writer_stats() const;

  // Writing. Returned errors: kBusy when the queue is full; the callback is then never called. Errors of the callback:
  // kNotFound (dossier), kDiskFull and others of the disk (nothing of it is stored; the push may be sent again).
  [[nodiscard]] Result<> push(PushRequest request, PushCallback done);
  [[nodiscard]] Result<> unreadable(UnreadableRequest request, PushCallback done);
  [[nodiscard]] Result<> adopt(AdoptRequest request, PushCallback done);
  [[nodiscard]] Result<> seed(const DossierId& dossier, std::vector<sync::SeedRecord> records, sync::Author author,
                              Timestamp now, PushCallback done);
  void listen(RevisionListener listener);  // one; replaces the former from the next commit on

  // Dossiers and scopes. create_dossier: its row and first records in one transaction; kConflict: the id is taken.
  [[nodiscard]] Result<> create_dossier(const DossierRow& row, std::vector<sync::SeedRecord> records,
                                        sync::Author author);
  [[nodiscard]] Result<> update_dossier(const DossierRow& row);  // label, date and sites; kNotFound
  [[nodiscard]] Result<DossierRow> dossier(const DossierId& id) const;
  [[nodiscard]] Result<std::vector<DossierRow>> dossiers() const;
  [[nodiscard]] Result<std::vector<DossierId>> in_scope(const AccountId& account) const;  // by id; none if suspended
  [[nodiscard]] Result<bool> covers(const AccountId& account, const DossierId& dossier) const;

  // The référentiel of establishments. Importing the same rows again changes nothing. Returns the rows changed.
  [[nodiscard]] Result<std::uint64_t> import_referential(const std::vector<cpom::EntiteJuridique>& entites,
                                                         Timestamp now);
  [[nodiscard]] Result<cpom::EntiteJuridique> entite_juridique(std::string_view finess) const;

  // Catch-up, each from one consistent view.
  [[nodiscard]] Result<StreamHeads> heads(const DossierId& dossier) const;
  // Consecutive, from `after`+1; stops before max_bytes of bodies is passed, but gives at least one if there is one.
  [[nodiscard]] Result<std::vector<sync::RevisionEnvelope>> revisions_after(const DossierId& dossier, Audience audience,
                                                                            Revision after, std::size_t max_count,
                                                                            std::size_t max_bytes) const;
  [[nodiscard]] Result<std::optional<Hash>> chain_at(const DossierId& dossier, Audience audience,
                                                     Revision revision) const;
  // Where these dossiers stand, in one view, as that party reads them.
  [[nodiscard]] Result<std::vector<sync::FollowOne>> standing(const std::vector<DossierId>& dossiers,
                                                              schema::Party party) const;
  [[nodiscard]] Result<FollowPlan> plan_follow(const sync::FollowOne& wanted,
                                               const std::vector<Audience>& audiences) const;
  [[nodiscard]] Result<sync::StreamSnapshot> snapshot(const DossierId& dossier, Audience audience) const;
  // One framing per store: entries are kept by (dossier, audience, head).
  [[nodiscard]] Result<std::shared_ptr<const CachedSnapshot>> cached_snapshot(const DossierId& dossier,
                                                                              Audience audience,
                                                                              const SnapshotFraming& framing) const;
  [[nodiscard]] Result<sync::Repair> repair(const sync::RepairRequest& request) const;
  [[nodiscard]] Result<sync::DossierState> state(const DossierId& dossier) const;

  // History: only of the audiences named.
  [[nodiscard]] Result<HistoryPage> history(const HistoryFilter& filter) const;
  // REQUIRES: audience is that of the field. Errors: kNotFound beyond the head.
  [[nodiscard]] Result<schema::Value> value_at(const DossierId& dossier, const sync::FieldRef& at, Audience audience,
                                               Revision revision) const;

  // Accounts and devices.
  [[nodiscard]] Result<> add_account(const Account& account);  // kConflict: name taken; kInvalidArgument: role, scope
  [[nodiscard]] Result<> change_account(const Account& account);  // role, scope, suspended; kNotFound
  [[nodiscard]] Result<Account> account(const AccountId& id) const;
  [[nodiscard]] Result<Account> account_named(std::string_view name) const;
  [[nodiscard]] Result<std::vector<Account>> accounts() const;
  // A code to hand to a person; only a salted hash of it is stored. Shown once.
  [[nodiscard]] Result<std::string> new_enrolment_code(const AccountId& account, Timestamp now,
                                                       std::int64_t lifetime_ms);
  // Whose code it is. Counts wrong tries. Errors: kUntrusted for every reason alike.
  [[nodiscard]] Result<AccountId> check_enrolment_code(std::string_view code, Timestamp now);
  // Uses the code up and adds the device, in one transaction. `device.account` is that of the code.
  [[nodiscard]] Result<> enrol(std::string_view code, Device device, Timestamp now);
  [[nodiscard]] Result<> revoke_device(const DeviceId& device, Timestamp now);
  [[nodiscard]] Result<Device> device(const DeviceId& id) const;
  [[nodiscard]] Result<Device> device_of_certificate(std::string_view fingerprint) const;
  [[nodiscard]] Result<std::vector<Device>> devices(const std::optional<AccountId>& account) const;
  // A replica belongs to the first device that shows it. Errors: kConflict: a copied or restored disk image.
  // `done` is called once: at once if it does already, otherwise on the writer thread once that is durable; kBusy too.
  void claim_replica(const DeviceId& device, const ReplicaId& replica, Timestamp now,
                     std::function<void(Result<>)> done);
  // What a session learns, for the administrators. Not waited for; dropped when the queue is full.
  void note_seen(const DeviceId& device, Timestamp now, const std::optional<sync::Report>& report);
  void note_heads(const ReplicaId& replica, std::vector<DossierHeads> heads);

  // Contents that the server refused and nobody of the account has settled yet; and those that somebody has, the latest
  // first, each with the hash of what was refused.
  [[nodiscard]] Result<std::vector<Refusal>> refusals(const AccountId& account) const;
  [[nodiscard]] Result<std::vector<sync::SettledRefusal>> settled_refusals(const AccountId& account) const;
  // Those that were this account's and open, as above.
  [[nodiscard]] Result<std::vector<sync::SettledRefusal>> settle_refusals(
      const AccountId& account, const std::vector<sync::SettledRefusal>& refusals, Timestamp now);

  // Care.
  [[nodiscard]] Result<StoreStatus> status() const;
  [[nodiscard]] Result<std::vector<Problem>> verify() const;  // empty: everything holds
  // Consistent while serving. What it holds is remembered as covered, once `keep` has put it where it will last.
  using KeepBackup = std::function<Result<void>(const std::filesystem::path& file)>;
  [[nodiscard]] Result<BackupReport> backup_to(const std::filesystem::path& file, Timestamp now,
                                               const KeepBackup& keep = {});
  // What the last backup covers of a dossier; nothing of streams that it did not know.
  [[nodiscard]] Result<std::vector<sync::StreamHead>> covered(const DossierId& dossier) const;
  // Checks the backup, sets the present database aside, puts the backup in its place under a new epoch.
  // Errors: kCorrupt, kNewerVersion, kNotFound; the present database is then untouched.
  [[nodiscard]] static Result<RestoreReport> restore(const os::FileLock& lock, const std::filesystem::path& data_dir,
                                                     const std::filesystem::path& file, const schema::Schema& schema,
                                                     Random& random, Timestamp now);

  struct Core;

 private:
  explicit AuthorityStore(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace navette::server
