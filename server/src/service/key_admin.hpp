// Commands about keys and certificates, as JSON like the other administration; by a running server where it must take
// something new into use at once.
#pragma once

#include <functional>
#include <optional>

#include "navette/base/bytes.hpp"
#include "navette/net/tls_context.hpp"
#include "navette/server/data_dir.hpp"

namespace navette::server {

class KeyAdmin {
 public:
  // Takes a new server certificate into use for those who connect from now on. Empty: no server runs.
  using UseTls = std::function<void(net::TlsServerContext)>;

  KeyAdmin(const DataDir& data, Clock& clock, UseTls use_tls)
      : data_(data), clock_(clock), use_tls_(std::move(use_tls)) {}

  // Nothing: not a command about keys. Never throws.
  [[nodiscard]] std::optional<Bytes> answer(BytesView request);

 private:
  const DataDir& data_;
  Clock& clock_;
  UseTls use_tls_;
};

}  // namespace navette::server
