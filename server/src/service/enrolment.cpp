#include "enrolment.hpp"

#include <nlohmann/json.hpp>

#include "navette/base/hex.hpp"
#include "navette/base/utf8.hpp"

namespace navette::server {
namespace {

using nlohmann::json;

// Wrong codes from one address in that time: a whole hospital may stand behind one address, a guesser gets nowhere.
constexpr int kTriesPerAddress = 20;
constexpr std::int64_t kTriesWindowMs = 10 * 60 * 1000;
constexpr std::size_t kAddresses = 10'000;  // remembered at most
constexpr std::size_t kDeviceNameLength = 80;

}  // namespace

bool Enrolment::may_try(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = tries_.find(address);
  if (found == tries_.end()) return true;
  if (clock_.now().milliseconds - found->second.first.milliseconds > kTriesWindowMs) {
    tries_.erase(found);
    return true;
  }
  return found->second.count < kTriesPerAddress;
}

void Enrolment::failed(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (tries_.size() >= kAddresses) tries_.clear();
  Tries& tries = tries_[address];
  if (tries.count++ == 0) tries.first = clock_.now();
}

Result<Bytes> Enrolment::answer(const net::EnrolRequest& request) {
  if (!may_try(request.remote_address)) {
    return fail(ErrorCode::kBusy, "trop de codes faux depuis cette adresse : attendez dix minutes");
  }
  const json body = json::parse(request.body, nullptr, false);
  const auto text = [&](const char* key) {
    return body.is_object() && body.contains(key) && body[key].is_string() ? body[key].get<std::string>()
                                                                           : std::string();
  };
  const std::string code = text("code");
  const std::string certificate_request = text("request");
  if (code.empty() || certificate_request.empty())
    return fail(ErrorCode::kMalformed, "demande d'enrôlement incomplète");
  const Timestamp now = clock_.now();
  const auto owner = store_.check_enrolment_code(code, now);
  if (!owner) {
    failed(request.remote_address);
    return std::unexpected(owner.error());
  }
  NAVETTE_ASSIGN(const Account account, store_.account(*owner));

  Device device;
  device.id = DeviceId::make_v7(now, random_);
  device.account = account.id;
  const auto name = normalized(text("device"));
  device.name = name && !name->empty() && code_point_count(*name) <= kDeviceNameLength ? *name : "poste";
  device.enrolled = now;
  NAVETTE_ASSIGN(const std::string certificate, authority_.issue_device(certificate_request, device.id.text(), now));
  NAVETTE_ASSIGN(const net::CertificateDescription description, net::describe_certificate(certificate));
  device.serial = description.serial;
  device.fingerprint = to_hex(description.fingerprint.bytes());
  NAVETTE_TRY(store_.enrol(code, device, now));
  return json{
      {"device", device.id.text()}, {"certificate", certificate}, {"authority", data_.authority.certificate_pem},
      {"account", account.name},    {"role", account.role},       {"name", data_.name}}
      .dump();
}

}  // namespace navette::server
