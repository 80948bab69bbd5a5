#include "bench/fleet.hpp"

#include <chrono>
#include <thread>

#include "bench/table.hpp"
#include "navette/sync/codec.hpp"

namespace navette::bench {
namespace {

constexpr std::chrono::milliseconds kRetry{1'000};

}  // namespace

LightDevice::LightDevice(Fleet& fleet, const Identity& identity, Luggage luggage)
    : fleet_(fleet), identity_(identity), luggage_(std::move(luggage)) {}

void LightDevice::connect() {
  auto tls = must(net::TlsClientContext::for_device({identity_.certificate_pem, fleet_.identities_.key_pem},
                                                    fleet_.identities_.authority_pem),
                  "client context");
  net::connect(fleet_.runtime_, {.endpoint = {"127.0.0.1", fleet_.port_}, .tls = std::move(*tls)},
               [self = shared_from_this()](Result<std::shared_ptr<net::Connection>> connected) {
                 self->on_connected(std::move(connected));
               });
}

void LightDevice::on_connected(Result<std::shared_ptr<net::Connection>> connected) {
  if (!connected) {
    ++fleet_.refused;
    fleet_.runtime_.run_after(kRetry, [self = shared_from_this()] { self->connect(); });
    return;
  }
  if (!std::exchange(counted_, true)) ++fleet_.connected;
  leaving_ = false;
  unpacker_ = sync::Unpacker{sync::kBatchBytesFromServer};
  connection_ = *connected;
  connection_->start({.on_frame = [self = shared_from_this()](const Bytes& frame) { self->on_frame(frame); },
                      .on_closed =
                          [self = shared_from_this()](const std::optional<Error>&) {
                            if (!self->leaving_) ++self->fleet_.lost;
                          }});
  sync::Hello hello;
  hello.schema_version = bench_schema().version;
  hello.software = "navette-bench";
  hello.replica = identity_.replica;
  send({hello});
}

void LightDevice::cut() {
  if (connection_) connection_->cut();
}

void LightDevice::send(const std::vector<sync::Message>& batch) {
  for (Bytes& frame : sync::pack(batch)) (void)connection_->send(std::move(frame));
}

void LightDevice::on_frame(const Bytes& frame) {
  fleet_.bytes_in += frame.size();
  auto batch = must(unpacker_.feed(frame), "a frame of the server");
  if (!*batch) return;
  for (const sync::Message& message : **batch) handle(message);
}

void LightDevice::handle(const sync::Message& message) {
  if (std::holds_alternative<sync::Scope>(message)) return follow();
  if (const auto* revisions = std::get_if<sync::Revisions>(&message)) return receive(*revisions);
  if (const auto* snapshot = std::get_if<sync::Snapshot>(&message)) {
    const std::lock_guard lock(mutex_);
    luggage_.heads[snapshot->dossier] = {snapshot->stream.head, snapshot->stream.chain};
    return;
  }
  if (const auto* caught_up = std::get_if<sync::CaughtUp>(&message)) {
    ++fleet_.caught_up;
    const auto push = luggage_.pushes.find(caught_up->dossier);
    if (push != luggage_.pushes.end()) send({sync::PushMessage{push->second}});
    return;
  }
  if (const auto* receipt = std::get_if<sync::ReceiptMessage>(&message)) {
    luggage_.pushes.erase(receipt->receipt.dossier);
    return fleet_.note(receipt->receipt);
  }
  if (const auto* goodbye = std::get_if<sync::Goodbye>(&message)) come_back(*goodbye);
}

void LightDevice::come_back(const sync::Goodbye& goodbye) {
  if (goodbye.action != Action::kRetry) stop("the server says goodbye: " + goodbye.reason);
  ++fleet_.turned_away;
  leaving_ = true;
  connection_->close(net::CloseCode::kNormal, {});
  const std::chrono::milliseconds jitter(std::hash<ReplicaId>{}(identity_.replica) % 1'000);
  fleet_.runtime_.run_after(std::chrono::milliseconds(goodbye.retry_after_ms) + jitter,
                            [self = shared_from_this()] { self->connect(); });
}

void LightDevice::follow() {
  sync::Follow follow;
  for (const auto& [dossier, at] : luggage_.heads)
    follow.dossiers.push_back({dossier, {{schema::Audience::kShared, at.revision, shorten(at.chain)}}, {}});
  send({follow});
}

void LightDevice::receive(const sync::Revisions& revisions) {
  if (revisions.audience != schema::Audience::kShared || revisions.envelopes.empty()) return;
  const std::lock_guard lock(mutex_);
  Position& head = luggage_.heads[revisions.dossier];
  for (const sync::RevisionEnvelope& envelope : revisions.envelopes) {
    if (envelope.number != head.revision.next()) stop("a light device misses a revision");
    head = {envelope.number, sync::next_chain(head.chain, envelope)};
  }
}

bool LightDevice::has(const std::map<DossierId, sync::StreamHead>& heads) {
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(luggage_.heads, [&](const auto& held) {
    const auto wanted = heads.find(held.first);
    return wanted == heads.end() ||
           (held.second.revision == wanted->second.revision && shorten(held.second.chain) == wanted->second.chain);
  });
}

Fleet::Fleet(const Identities& identities, std::uint16_t port, std::vector<Luggage> luggage)
    : identities_(identities), port_(port) {
  for (std::size_t i = 0; i < luggage.size(); ++i) {
    expected_receipts_ += luggage[i].pushes.size();
    devices_.push_back(std::make_shared<LightDevice>(*this, identities.devices[i], std::move(luggage[i])));
  }
}

Fleet::~Fleet() {
  for (const auto& device : devices_) device->cut();
  runtime_.stop();
}

void Fleet::connect_all(double over_ms) {
  const Moment start = now();
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const double due = over_ms * static_cast<double>(i) / static_cast<double>(devices_.size());
    std::this_thread::sleep_until(start + std::chrono::microseconds(static_cast<std::int64_t>(due * 1e3)));
    runtime_.post([device = devices_[i]] { device->connect(); });
  }
}

void Fleet::note(const sync::Receipt& receipt) {
  for (const sync::ChangeResult& result : receipt.results) {
    contested += result.conflicts.empty() ? 0 : 1;
    changes_refused += result.outcome == sync::Outcome::kRefused ? 1 : 0;
  }
  {
    const std::lock_guard lock(mutex_);
    for (const sync::StreamHead& head : receipt.heads) {
      if (head.audience != schema::Audience::kShared) continue;
      sync::StreamHead& last = final_[receipt.dossier];
      if (head.revision > last.revision) last = head;
    }
  }
  ++receipts;
}

std::map<DossierId, sync::StreamHead> Fleet::final_heads() {
  const std::lock_guard lock(mutex_);
  return final_;
}

bool Fleet::all_have(const std::map<DossierId, sync::StreamHead>& heads) {
  return std::ranges::all_of(devices_, [&](const auto& device) { return device->has(heads); });
}

Positions positions_of(Agency& agency) {
  const auto store = agency.open_store();
  Positions positions;
  for (const ContractIds& ids : agency.portfolio().ids()) {
    const Revision head = (*must(store->heads(ids.dossier), "heads"))[0].revision;
    positions[ids.dossier] = {head, **must(store->chain_at(ids.dossier, schema::Audience::kShared, head), "chain")};
  }
  return positions;
}

}  // namespace navette::bench
