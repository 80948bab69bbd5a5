#include <algorithm>
#include <thread>

#include "bench/fleet.hpp"
#include "bench/table.hpp"
#include "navette/base/hex.hpp"
#include "navette/server/data_dir.hpp"

namespace navette::bench {
namespace {

constexpr unsigned kWriters = 64;  // their commits go together
constexpr std::int64_t kCodeLifetimeMs = 3'600'000;

Identity enter(server::AuthorityStore& store, const net::CertificateAuthority& authority, const net::KeyAndRequest& key,
               const std::string& name, const std::string& scope, Random& random) {
  os::SystemClock clock;
  const Timestamp today = clock.now();
  server::Account account{AccountId::make_v7(today, random), name, "negociateur", scope, today};
  (void)must(store.add_account(account), "adding an account");
  auto code = store.new_enrolment_code(account.id, today, kCodeLifetimeMs);
  while (!code) code = store.new_enrolment_code(account.id, today, kCodeLifetimeMs);  // two may have one selector
  server::Device device;
  device.id = DeviceId::make_v7(today, random);
  device.name = name;
  const auto certificate = must(authority.issue_device(key.request_pem, device.id.text(), today), "a certificate");
  const auto description = must(net::describe_certificate(*certificate), "a certificate");
  device.serial = description->serial;
  device.fingerprint = to_hex(description->fingerprint.bytes());
  (void)must(store.enrol(*code, device, today), "enrolling");
  return {*certificate, ReplicaId::make_v4(random)};
}

}  // namespace

Identities make_identities(Agency& agency, unsigned count, const std::function<std::string(unsigned)>& scope) {
  const auto data = must(server::open_data_dir(agency.data()), "data directory");
  const auto authority =
      must(net::CertificateAuthority::load(data->authority.certificate_pem, data->authority.key_pem), "authority");
  const auto key = must(net::make_key_and_request("light device"), "key");
  const auto store = agency.open_store();
  Identities all{key->key_pem, data->authority.certificate_pem, std::vector<Identity>(count)};
  std::atomic<unsigned> next = 0;
  std::vector<std::thread> writers;
  for (unsigned i = 0; i < std::min(kWriters, count); ++i) {
    writers.emplace_back([&] {
      os::SystemRandom random;
      for (unsigned n = next++; n < count; n = next++)
        all.devices[n] = enter(*store, *authority, *key, "light " + std::to_string(n), scope(n), random);
    });
  }
  for (std::thread& writer : writers) writer.join();
  return all;
}

}  // namespace navette::bench
