// The administrators' commands, as JSON requests: run in the command's own process, or by a running server that the
// command reached through its control socket. One implementation for both.
#pragma once

#include <functional>
#include <string>

#include "navette/server/authority_store.hpp"
#include "navette/server/data_dir.hpp"
#include "navette/server/hub.hpp"

namespace navette::server {

// Thread: one request at a time. Waits for durable commits.
class Admin {
 public:
  // `hub` is null when no server runs.
  Admin(const DataDir& data, AuthorityStore& store, Hub* hub, Clock& clock, Random& random)
      : data_(data), store_(store), hub_(hub), clock_(clock), random_(random) {}

  // {"command":…, …} → {"ok":true, …} or {"ok":false,"error":name,"message":French}. Never throws.
  [[nodiscard]] Bytes answer(BytesView request);

 private:
  const DataDir& data_;
  AuthorityStore& store_;
  Hub* hub_;
  Clock& clock_;
  Random& random_;
};

}  // namespace navette::server
