#pragma once

#include <boost/asio/ssl/context.hpp>
#include <optional>
#include <string>

#include "navette/base/hash.hpp"
#include "navette/net/connection.hpp"

namespace navette::net {

namespace asio = boost::asio;

class TlsState {
 public:
  explicit TlsState(asio::ssl::context::method method) : context(method) {}
  asio::ssl::context context;
  std::optional<Hash> pinned_authority;
};

// Names the server to expect, before the handshake. False when the library refuses the name.
[[nodiscard]] bool expect_host(SSL* tls, const std::string& host);

// The other end's verified certificate, or an unknown peer.
[[nodiscard]] PeerIdentity verified_peer(SSL* tls);

// Why a client's handshake failed, for people.
[[nodiscard]] Error handshake_failure(SSL* tls, const std::string& host, const std::string& library_text);

}  // namespace navette::net
