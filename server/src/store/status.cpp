// What the administrators see: who is in sync, who is late, what is in conflict, what was refused.
#include <map>

#include "core.hpp"

namespace navette::server {
namespace {

std::uint64_t count_of(sql::Database& database, std::string_view query) {
  auto statement = database.prepare(query);
  return statement.step() ? count_at(statement, 0) : 0;
}

std::vector<DossierStatus> dossiers_of(sql::Database& database) {
  auto statement = database.prepare(
      "SELECT d.id, d.label, (SELECT coalesce(sum(head), 0) FROM stream WHERE dossier = d.id), "
      "(SELECT count(*) FROM conflict WHERE dossier = d.id AND state = 0), "
      "(SELECT count(*) FROM refusal WHERE dossier = d.id AND settled IS NULL), "
      "(SELECT server_time FROM revision WHERE dossier = d.id ORDER BY step DESC LIMIT 1) "
      "FROM dossier d ORDER BY d.label, d.id");
  std::vector<DossierStatus> dossiers;
  while (statement.step()) {
    dossiers.push_back({id_at<DossierId>(statement, 0), std::string(statement.text(1)), count_at(statement, 2),
                        count_at(statement, 3), count_at(statement, 4), time_at(statement, 5)});
  }
  return dossiers;
}

// By device: what its replicas have not acknowledged of the streams they told about.
std::map<DeviceId, std::uint64_t> head_lags(sql::Database& database) {
  auto statement = database.prepare(
      "SELECT r.device, sum(max(s.head - h.revision, 0)) FROM device_head h JOIN device_replica r "
      "ON r.replica = h.replica JOIN stream s ON s.dossier = h.dossier AND s.audience = h.audience GROUP BY r.device");
  std::map<DeviceId, std::uint64_t> lags;
  while (statement.step()) lags[id_at<DeviceId>(statement, 0)] = count_at(statement, 1);
  return lags;
}

}  // namespace

Result<StoreStatus> AuthorityStore::status() const {
  NAVETTE_ASSIGN(const std::vector<Device> devices, this->devices(std::nullopt));
  NAVETTE_ASSIGN(const std::vector<Account> accounts, this->accounts());
  return core_->read([&](sql::Database& database) {
    StoreStatus status;
    status.epoch = core_->meta.epoch;
    status.server_name = core_->meta.server_name;
    status.last_backup = read_meta_time(database, "last_backup");
    status.revisions = count_of(database, "SELECT coalesce(sum(head), 0) FROM stream");
    status.open_conflicts = count_of(database, "SELECT count(*) FROM conflict WHERE state = 0");
    status.refusals = count_of(database, "SELECT count(*) FROM refusal WHERE settled IS NULL");
    status.dossiers = dossiers_of(database);
    std::map<AccountId, std::string> names;
    for (const Account& account : accounts) names[account.id] = account.name;
    const auto lags = head_lags(database);
    for (const Device& device : devices) {
      const auto lag = lags.find(device.id);
      status.devices.push_back({device, names[device.account], lag == lags.end() ? 0 : lag->second});
    }
    return status;
  });
}

}  // namespace navette::server
