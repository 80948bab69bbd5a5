// A running server: store, network, control socket. Starts serving in start(), stops gracefully in the destructor.
#pragma once

#include <memory>

#include "navette/os/file_lock.hpp"
#include "navette/server/data_dir.hpp"

namespace navette::server {

class Service {
 public:
  // `listen`: "ADDRESS:PORT", port 0 for any. `per_address`: connections that one address may hold (0: no limits by
  // address). Errors: kBusy when a server runs on that directory.
  [[nodiscard]] static Result<std::unique_ptr<Service>> start(const DataDir& data, const std::string& listen,
                                                              std::size_t per_address);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  [[nodiscard]] std::string url() const;  // wss://ADDRESS:PORT
  void wait_for_signal();                 // SIGINT or SIGTERM

 private:
  struct State;
  explicit Service(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace navette::server
