#include "navette/server/service.hpp"

#include <condition_variable>
#include <mutex>

#include "../session/session.hpp"
#include "enrolment.hpp"
#include "key_admin.hpp"
#include "navette/base/hex.hpp"
#include "navette/net/client.hpp"
#include "navette/net/local_server.hpp"
#include "navette/net/server.hpp"
#include "navette/os/system.hpp"
#include "navette/server/admin.hpp"

namespace navette::server {
namespace {

constexpr std::uint16_t kDefaultPort = 8743;

// "ADDRESS:PORT", "[::1]:PORT"; unlike an address to dial, the port may be 0.
Result<net::Endpoint> listen_endpoint(const std::string& text) {
  if (text.ends_with(":0")) {
    NAVETTE_ASSIGN(net::Endpoint endpoint, net::parse_endpoint(text.substr(0, text.size() - 2), kDefaultPort));
    endpoint.port = 0;
    return endpoint;
  }
  return net::parse_endpoint(text, kDefaultPort);
}

std::string fingerprint_text(const net::PeerIdentity& peer) { return to_hex(peer.certificate_fingerprint.bytes()); }

}  // namespace

// Members are destroyed from the last to the first: the network ends before the store.
struct Service::State {
  DataDir data;
  os::SystemClock clock;
  os::SystemRandom random;
  std::unique_ptr<AuthorityStore> store;
  Hub hub;
  std::optional<net::CertificateAuthority> authority;
  std::unique_ptr<Enrolment> enrolment;
  std::unique_ptr<Admin> admin;
  std::unique_ptr<KeyAdmin> keys;
  net::IoRuntime admin_runtime{1};  // administration waits for commits: it has a thread of its own
  std::unique_ptr<net::Server> server;
  std::unique_ptr<net::LocalServer> control;
  std::string url;
  std::mutex mutex;
  std::condition_variable stopped;
  bool stop = false;
  std::optional<net::StopSignals> signals;

  // The device and account behind a certificate. Errors: kRevoked, kUntrusted.
  Result<std::pair<Device, Account>> known(const net::PeerIdentity& peer) {
    auto device = store->device_of_certificate(fingerprint_text(peer));
    if (!device) return fail(ErrorCode::kUntrusted, "ce poste n'est pas connu de l'agence : enrôlez-le de nouveau");
    NAVETTE_ASSIGN(Account account, store->account(device->account));
    if (device->revoked) return fail(ErrorCode::kRevoked, "ce poste a été révoqué par l'agence : adressez-vous à elle");
    if (account.suspended) return fail(ErrorCode::kRevoked, "ce compte est suspendu : adressez-vous à l'agence");
    return std::pair{std::move(*device), std::move(account)};
  }

  net::ServerHandlers handlers() {
    net::ServerHandlers handlers;
    handlers.admit = [this](const net::PeerIdentity& peer) -> Result<> {
      NAVETTE_TRY(known(peer));
      return {};
    };
    handlers.on_connection = [this](const std::shared_ptr<net::Connection>& connection) {
      auto who = known(connection->peer());
      if (!who) return;  // revoked since it was admitted: dropped
      std::make_shared<Session>(*store, hub, clock, random, connection, std::move(who->first), std::move(who->second))
          ->start();
    };
    handlers.on_enrol = [this](const net::EnrolRequest& request) { return enrolment->answer(request); };
    return handlers;
  }
};

Service::Service(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Service>> Service::start(const DataDir& data, const std::string& listen,
                                                std::size_t per_address) {
  auto state = std::make_unique<State>();
  state->data = data;
  NAVETTE_ASSIGN(const net::Endpoint endpoint, listen_endpoint(listen));
  // Whoever reads that it listens may stop it at once.
  state->signals.emplace(state->admin_runtime, [raw = state.get()] {
    const std::lock_guard lock(raw->mutex);
    raw->stop = true;
    raw->stopped.notify_all();
  });
  NAVETTE_ASSIGN(state->store, open_store(data, state->random));
  NAVETTE_ASSIGN(state->authority,
                 net::CertificateAuthority::load(data.authority.certificate_pem, data.authority.key_pem));
  state->enrolment =
      std::make_unique<Enrolment>(state->data, *state->store, *state->authority, state->clock, state->random);
  state->admin = std::make_unique<Admin>(state->data, *state->store, &state->hub, state->clock, state->random);
  state->store->listen([raw = state.get()](const CommittedRevisions& revisions) { raw->hub.committed(revisions); });

  NAVETTE_ASSIGN(net::TlsServerContext tls, net::TlsServerContext::create(data.server, data.authority.certificate_pem));
  net::ServerOptions options{endpoint.host, endpoint.port, std::move(tls)};
  options.limits.connections_per_address = per_address;
  NAVETTE_ASSIGN(state->server, net::Server::start(std::move(options), state->handlers()));
  state->keys = std::make_unique<KeyAdmin>(
      state->data, state->clock,
      [raw = state.get()](net::TlsServerContext renewed) { raw->server->use(std::move(renewed)); });
  NAVETTE_ASSIGN(state->control, net::LocalServer::start(state->admin_runtime, data.control_socket(),
                                                         [raw = state.get()](const Bytes& request) {
                                                           if (auto answer = raw->keys->answer(request)) return *answer;
                                                           return raw->admin->answer(request);
                                                         }));
  state->url = "wss://" + net::Endpoint{endpoint.host, state->server->port()}.text();
  return std::unique_ptr<Service>(new Service(std::move(state)));
}

Service::~Service() {
  state_->control->stop();
  state_->hub.end({}, {Action::kRetry, "le serveur s'arrête : reprise automatique", 1'000, false});
  state_->server->stop();
  state_->store->listen([](const CommittedRevisions&) {});
}

std::string Service::url() const { return state_->url; }

void Service::wait_for_signal() {
  std::unique_lock lock(state_->mutex);
  state_->stopped.wait(lock, [this] { return state_->stop; });
}

}  // namespace navette::server
