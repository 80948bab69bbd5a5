// Devices, the replicas on them, and what they report.
#include "core.hpp"

namespace navette::server {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, account, name, serial, fingerprint, enrolled, revoked, last_seen, drafts, outbox, outbox_age_ms, "
    "refusals, repairs, software FROM device ";

Device device_at(const sql::Statement& statement) {
  Device device;
  device.id = id_at<DeviceId>(statement, 0);
  device.account = id_at<AccountId>(statement, 1);
  device.name = std::string(statement.text(2));
  device.serial = std::string(statement.text(3));
  device.fingerprint = std::string(statement.text(4));
  device.enrolled = Timestamp{statement.integer(5)};
  device.revoked = time_at(statement, 6);
  device.last_seen = time_at(statement, 7);
  if (!statement.is_null(8)) {
    sync::Report report;
    report.drafts = static_cast<std::uint32_t>(statement.integer(8));
    report.outbox = static_cast<std::uint32_t>(statement.integer(9));
    report.outbox_age_ms = statement.integer(10);
    report.refusals = static_cast<std::uint32_t>(statement.integer(11));
    report.repairs = static_cast<std::uint32_t>(statement.integer(12));
    report.software = std::string(statement.text(13));
    device.report = std::move(report);
  }
  return device;
}

}  // namespace

Result<> AuthorityStore::revoke_device(const DeviceId& device, Timestamp now) {
  return core_->write([&](WriteContext& context) {
    auto statement = context.database.prepare("UPDATE device SET revoked = coalesce(revoked, ?) WHERE id = ?");
    statement.bind(1, now.milliseconds).bind_blob(2, device.bytes()).run();
    if (context.database.changes() == 0) refuse(ErrorCode::kNotFound, "cet appareil n'existe pas");
  });
}

Result<Device> AuthorityStore::device(const DeviceId& id) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare(std::string(kColumns) + "WHERE id = ?");
    if (!statement.bind_blob(1, id.bytes()).step()) refuse(ErrorCode::kNotFound, "cet appareil n'existe pas");
    return device_at(statement);
  });
}

Result<Device> AuthorityStore::device_of_certificate(std::string_view fingerprint) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare(std::string(kColumns) + "WHERE fingerprint = ?");
    if (!statement.bind_text(1, fingerprint).step()) refuse(ErrorCode::kNotFound, "cet appareil n'est pas inscrit");
    return device_at(statement);
  });
}

Result<std::vector<Device>> AuthorityStore::devices(const std::optional<AccountId>& account) const {
  return core_->read([&](sql::Database& database) {
    auto statement =
        database.prepare(std::string(kColumns) + (account ? "WHERE account = ? ORDER BY name" : "ORDER BY name"));
    if (account) statement.bind_blob(1, account->bytes());
    std::vector<Device> devices;
    while (statement.step()) devices.push_back(device_at(statement));
    return devices;
  });
}

void AuthorityStore::claim_replica(const DeviceId& device, const ReplicaId& replica, Timestamp now,
                                   std::function<void(Result<>)> done) {
  const auto owner = core_->read([&](sql::Database& database) -> std::optional<DeviceId> {
    auto statement = database.prepare("SELECT device FROM device_replica WHERE replica = ?");
    if (!statement.bind_blob(1, replica.bytes()).step()) return std::nullopt;
    return id_at<DeviceId>(statement, 0);
  });
  if (!owner) return done(std::unexpected(owner.error()));
  if (*owner && **owner == device) return done({});  // the usual case waits for no commit
  const auto claim = [device, replica, now](WriteContext& context) {
    auto insert = context.database.prepare(
        "INSERT INTO device_replica(replica, device, first_seen) VALUES(?, ?, ?) ON CONFLICT DO NOTHING");
    insert.bind_blob(1, replica.bytes()).bind_blob(2, device.bytes()).bind(3, now.milliseconds).run();
    auto statement = context.database.prepare("SELECT device FROM device_replica WHERE replica = ?");
    if (!statement.bind_blob(1, replica.bytes()).step() || id_at<DeviceId>(statement, 0) != device) {
      refuse(ErrorCode::kConflict, "cette copie de travail appartient à un autre appareil");
    }
  };
  const auto answer = std::make_shared<std::function<void(Result<>)>>(std::move(done));
  const auto queued = core_->writer->post({claim, [answer](Result<> outcome) { (*answer)(std::move(outcome)); }, 0});
  if (!queued) (*answer)(std::unexpected(queued.error()));
}

void AuthorityStore::note_seen(const DeviceId& device, Timestamp now, const std::optional<sync::Report>& report) {
  (void)core_->writer->post({[device, now, report](WriteContext& context) {
                               auto seen = context.database.prepare("UPDATE device SET last_seen = ? WHERE id = ?");
                               seen.bind(1, now.milliseconds).bind_blob(2, device.bytes()).run();
                               if (!report) return;
                               auto told = context.database.prepare(
                                   "UPDATE device SET drafts = ?, outbox = ?, outbox_age_ms = ?, refusals = ?, "
                                   "repairs = ?, software = ? WHERE id = ?");
                               told.bind(1, report->drafts).bind(2, report->outbox).bind(3, report->outbox_age_ms);
                               told.bind(4, report->refusals).bind(5, report->repairs);
                               told.bind_text(6, report->software).bind_blob(7, device.bytes()).run();
                             },
                             [](const Result<>&) {}, 0});
}

void AuthorityStore::note_heads(const ReplicaId& replica, std::vector<DossierHeads> dossiers) {
  (void)core_->writer->post({[replica, dossiers = std::move(dossiers)](WriteContext& context) {
                               for (const DossierHeads& one : dossiers) {
                                 for (const sync::StreamHead& head : one.heads) {
                                   auto statement = context.database.prepare(
                                       "INSERT INTO device_head(replica, dossier, audience, revision) "
                                       "VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET revision = excluded.revision "
                                       "WHERE revision <> excluded.revision");
                                   statement.bind_blob(1, replica.bytes()).bind_blob(2, one.dossier.bytes());
                                   statement.bind(3, as_row(head.audience)).bind(4, as_row(head.revision)).run();
                                 }
                               }
                             },
                             [](const Result<>&) {}, 0});
}

}  // namespace navette::server
