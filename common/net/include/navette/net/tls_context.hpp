// TLS 1.3 as both ends use it. Immutable, shared by copies; thread: any.
#pragma once

#include <memory>
#include <string_view>

#include "navette/base/error.hpp"
#include "navette/base/hash.hpp"
#include "navette/net/identity.hpp"

namespace navette::net {

class TlsState;  // private: the library's context

// Asks for a client certificate without requiring one (an enrolment has none yet); one that is shown must chain to
// the authority, else the handshake fails. Sends the authority's certificate, which an enrolment pins.
class TlsServerContext {
 public:
  [[nodiscard]] static Result<TlsServerContext> create(const Credentials& server, std::string_view authority_pem);
  [[nodiscard]] const std::shared_ptr<TlsState>& state() const { return state_; }

 private:
  explicit TlsServerContext(std::shared_ptr<TlsState> state) : state_(std::move(state)) {}
  std::shared_ptr<TlsState> state_;
};

// Accepts only a server whose certificate chains to the authority and bears the host name or address dialled.
class TlsClientContext {
 public:
  // `device` may be empty: a client without a certificate.
  [[nodiscard]] static Result<TlsClientContext> for_device(const Credentials& device, std::string_view authority_pem);
  // The authority is the certificate of the server's own chain that has this fingerprint.
  [[nodiscard]] static Result<TlsClientContext> for_enrolment(const Hash& authority_fingerprint);
  [[nodiscard]] const std::shared_ptr<TlsState>& state() const { return state_; }

 private:
  explicit TlsClientContext(std::shared_ptr<TlsState> state) : state_(std::move(state)) {}
  std::shared_ptr<TlsState> state_;
};

}  // namespace navette::net
