// A program that holds the key of an enrolled device and does not behave. Speaks the protocol as bytes and messages.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>

#include "e2e/agency.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/net/client.hpp"
#include "navette/os/system.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/frame.hpp"

namespace navette::e2e {

class Impostor {
 public:
  explicit Impostor(const Replica& device);
  ~Impostor();
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;

  [[nodiscard]] bool connected() const { return connection_ != nullptr; }
  void says_bytes(Bytes frame) { (void)connection_->send(std::move(frame)); }
  void says(const sync::Message& message) {
    for (Bytes& frame : sync::pack({message})) says_bytes(std::move(frame));
  }

  // Hello and follow, in good order.
  void introduces_itself();
  void follows(const DossierId& dossier);
  [[nodiscard]] sync::Hello hello() const;
  [[nodiscard]] const ReplicaId& replica() const { return replica_; }

  // The next message of that type; the others before it are passed over.
  template <class T>
  std::optional<T> hears(milliseconds limit = 10s) {
    std::unique_lock lock(mutex_);
    std::optional<T> found;
    changed_.wait_for(lock, limit, [&] {
      while (!found && next_ < heard_.size()) {
        if (auto* message = std::get_if<T>(&heard_[next_++])) found = *message;
      }
      return found || closed_;
    });
    return found;
  }
  std::optional<sync::Goodbye> hears_goodbye(milliseconds limit = 10s) { return hears<sync::Goodbye>(limit); }
  [[nodiscard]] bool ends(milliseconds limit = 20s);

 private:
  net::IoRuntime runtime_{1};
  std::shared_ptr<net::Connection> connection_;
  ReplicaId replica_;
  sync::Unpacker unpacker_{sync::kBatchBytesFromServer};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<sync::Message> heard_;
  std::size_t next_ = 0;
  bool closed_ = false;
};

}  // namespace navette::e2e
