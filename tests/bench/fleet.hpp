// Many light devices in one process: the protocol's messages over real TLS connections, without a store. They hold
// heads instead of values; what they push was made beforehand.
//
// Each has an account and a certificate of its own, entered directly through the server's store and authority instead
// of as many enrolments; they share one key, which changes nothing for the server.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bench/agency.hpp"
#include "navette/net/client.hpp"
#include "navette/sync/change.hpp"
#include "navette/sync/frame.hpp"

namespace navette::bench {

struct Identity {
  std::string certificate_pem;
  ReplicaId replica;
};
struct Identities {
  std::string key_pem;
  std::string authority_pem;
  std::vector<Identity> devices;
};
// REQUIRES: the agency does not serve. `scope` of the n-th device.
[[nodiscard]] Identities make_identities(Agency& agency, unsigned count,
                                         const std::function<std::string(unsigned)>& scope);

// What a device holds and has to say. Its heads are those of the server when it went offline.
struct Position {
  Revision revision;
  Hash chain;
  friend bool operator==(const Position&, const Position&) = default;
};
using Positions = std::map<DossierId, Position>;       // of the shared streams
[[nodiscard]] Positions positions_of(Agency& agency);  // REQUIRES: the agency does not serve
struct Luggage {
  Positions heads;
  std::map<DossierId, Bytes> pushes;  // encoded, one per dossier
};

class Fleet;

class LightDevice : public std::enable_shared_from_this<LightDevice> {
 public:
  LightDevice(Fleet& fleet, const Identity& identity, Luggage luggage);
  void connect();
  void cut();
  // Thread: any.
  [[nodiscard]] bool has(const std::map<DossierId, sync::StreamHead>& heads);

 private:
  void on_connected(Result<std::shared_ptr<net::Connection>> connected);
  void on_frame(const Bytes& frame);
  void handle(const sync::Message& message);
  void come_back(const sync::Goodbye& goodbye);
  void follow();
  void receive(const sync::Revisions& revisions);
  void send(const std::vector<sync::Message>& batch);

  Fleet& fleet_;
  const Identity& identity_;
  std::mutex mutex_;  // of the heads
  Luggage luggage_;
  std::shared_ptr<net::Connection> connection_;
  sync::Unpacker unpacker_{sync::kBatchBytesFromServer};
  bool counted_ = false;  // as connected
  bool leaving_ = false;  // the server asked to come back later
};

class Fleet {
 public:
  Fleet(const Identities& identities, std::uint16_t port, std::vector<Luggage> luggage);
  ~Fleet();

  // One after the other over that time; a refused one tries again after a second.
  void connect_all(double over_ms);

  // ---- as they go
  std::atomic<std::size_t> connected = 0, refused = 0, turned_away = 0, lost = 0, caught_up = 0, receipts = 0;
  std::atomic<std::size_t> contested = 0, changes_refused = 0;
  std::atomic<std::uint64_t> bytes_in = 0;
  [[nodiscard]] std::size_t expected_receipts() const { return expected_receipts_; }
  // The heads that the receipts told, the highest per dossier.
  [[nodiscard]] std::map<DossierId, sync::StreamHead> final_heads();
  [[nodiscard]] bool all_have(const std::map<DossierId, sync::StreamHead>& heads);

 private:
  friend class LightDevice;
  void note(const sync::Receipt& receipt);

  const Identities& identities_;
  std::uint16_t port_;
  net::IoRuntime runtime_{2};
  std::vector<std::shared_ptr<LightDevice>> devices_;
  std::size_t expected_receipts_ = 0;
  std::mutex mutex_;
  std::map<DossierId, sync::StreamHead> final_;
};

}  // namespace navette::bench
