#include "status_json.hpp"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

namespace navette::server {

using nlohmann::json;

std::string iso_time(Timestamp time) {
  const std::time_t seconds = static_cast<std::time_t>(time.milliseconds / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

namespace {

json time_or_null(const std::optional<Timestamp>& time) { return time ? json(iso_time(*time)) : json(); }

json device_json(const DeviceStatus& status, const std::vector<LiveDevice>& live) {
  const Device& device = status.device;
  const bool connected = std::ranges::any_of(live, [&](const LiveDevice& one) { return one.device == device.id; });
  json out{{"device", device.id.text()},
           {"name", device.name},
           {"account", status.account},
           {"connected", connected},
           {"last_seen", time_or_null(device.last_seen)},
           {"head_lag", status.head_lag},
           {"revoked", device.revoked.has_value()}};
  const bool told = device.report.has_value();
  out["drafts"] = told ? json(device.report->drafts) : json();
  out["outbox"] = told ? json(device.report->outbox) : json();
  out["outbox_age_ms"] = told ? json(device.report->outbox_age_ms) : json();
  out["refusals"] = told ? json(device.report->refusals) : json();
  out["repairs"] = told ? json(device.report->repairs) : json();
  out["software"] = told ? json(device.report->software) : json();
  return out;
}

}  // namespace

json status_json(const StoreStatus& status, const std::vector<LiveDevice>& live, Timestamp now, bool serving) {
  json dossiers = json::array();
  for (const DossierStatus& dossier : status.dossiers) {
    dossiers.push_back({{"dossier", dossier.id.text()},
                        {"name", dossier.label},
                        {"revisions", dossier.revisions},
                        {"conflicts", dossier.open_conflicts},
                        {"refusals", dossier.refusals},
                        {"last_change", time_or_null(dossier.last_change)}});
  }
  json devices = json::array();
  for (const DeviceStatus& device : status.devices) devices.push_back(device_json(device, live));
  return {{"name", status.server_name},
          {"epoch", status.epoch.text()},
          {"serving", serving},
          {"time", iso_time(now)},
          {"last_backup", time_or_null(status.last_backup)},
          {"revisions", status.revisions},
          {"conflicts", status.open_conflicts},
          {"refusals", status.refusals},
          {"dossiers", std::move(dossiers)},
          {"devices", std::move(devices)}};
}

}  // namespace navette::server
