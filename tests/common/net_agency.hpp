// An agency for the network's tests: its authority, a server on the loopback, devices, and what each end heard.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "navette/net/client.hpp"
#include "navette/net/server.hpp"
#include "navette/os/system.hpp"

namespace navette::net {

using namespace std::chrono_literals;

// Holds a connection and remembers; waits are bounded.
class Ear {
 public:
  void listen(std::shared_ptr<Connection> connection, bool echo = false) {
    const std::lock_guard lock(mutex_);
    connection_ = std::move(connection);
    connection_->start({.on_frame =
                            [this, echo, heard = connection_](Bytes frame) {
                              if (echo) return (void)heard->send(std::move(frame));
                              const std::lock_guard inner(mutex_);
                              frames_.push_back(std::move(frame));
                              changed_.notify_all();
                            },
                        .on_closed =
                            [this](std::optional<Error> error) {
                              const std::lock_guard inner(mutex_);
                              closed_ = true;
                              error_ = std::move(error);
                              changed_.notify_all();
                            }});
    changed_.notify_all();
  }
  std::vector<Bytes> wait_frames(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 10s, [&] { return frames_.size() >= count || closed_; });
    return frames_;
  }
  bool wait_closed(std::chrono::milliseconds limit = 10s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return closed_; });
  }
  std::shared_ptr<Connection> connection() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 10s, [&] { return connection_ != nullptr; });
    return connection_;
  }
  std::optional<Error> error() {
    const std::lock_guard lock(mutex_);
    return error_;
  }
  std::optional<ErrorCode> code() {
    const auto now = error();
    return now ? std::optional(now->code) : std::nullopt;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Connection> connection_;
  std::vector<Bytes> frames_;
  bool closed_ = false;
  std::optional<Error> error_;
};

class Agency : public testing::Test {
 protected:
  Credentials issue(const CertificateAuthority& by, std::string_view device) {
    const auto made = make_key_and_request("poste").value();
    return {.certificate_pem = by.issue_device(made.request_pem, device, clock_.now()).value(),
            .key_pem = made.key_pem};
  }
  CertificateAuthority authority(std::string_view name) {
    return CertificateAuthority::create(name, clock_.now()).value();
  }

  ServerOptions server_options(std::vector<std::string> names = {"localhost", "127.0.0.1"}) {
    const auto credentials = authority_.issue_server(names, clock_.now()).value();
    return {.address = "127.0.0.1",
            .tls = TlsServerContext::create(credentials, authority_.pem().certificate_pem).value()};
  }
  void open(ServerOptions options, bool echo = true) {
    ServerHandlers handlers;
    handlers.admit = [this](const PeerIdentity& peer) -> Result<> {
      if (peer.device_id == revoked_) return fail(ErrorCode::kRevoked, "ce poste a été révoqué");
      return {};
    };
    handlers.on_connection = [this, echo](std::shared_ptr<Connection> connection) {
      const std::lock_guard lock(mutex_);
      ears_.push_back(std::make_unique<Ear>());
      ears_.back()->listen(std::move(connection), echo);
      arrived_.notify_all();
    };
    handlers.on_enrol = [](const EnrolRequest& request) -> Result<Bytes> {
      if (request.body == "bad") return fail(ErrorCode::kNotAllowed, "code d'inscription inconnu ou périmé");
      return request.body + " from " + request.remote_address;
    };
    server_ = Server::start(std::move(options), std::move(handlers)).value();
  }
  ClientOptions client_options(const Credentials& device, const CertificateAuthority& trusted) {
    return {.endpoint = {.host = "127.0.0.1", .port = server_->port()},
            .tls = TlsClientContext::for_device(device, trusted.pem().certificate_pem).value()};
  }
  ClientOptions client_options() { return client_options(issue(authority_, "poste-1"), authority_); }
  ClientOptions enrolling(const Hash& pin) {
    return {.endpoint = {.host = "127.0.0.1", .port = server_->port()},
            .tls = TlsClientContext::for_enrolment(pin).value()};
  }
  Result<std::shared_ptr<Connection>> dial(ClientOptions options) {
    return connect_and_wait(runtime_, std::move(options));
  }
  ErrorCode refusal(ClientOptions options) {
    const auto refused = dial(std::move(options));
    EXPECT_FALSE(refused);
    return refused ? ErrorCode::kInternal : refused.error().code;
  }
  Ear& server_ear(std::size_t index = 0) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, 10s, [&] { return ears_.size() > index; });
    return *ears_.at(index);
  }

  os::SystemClock clock_;
  CertificateAuthority authority_ = authority("Agence");
  std::string revoked_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::unique_ptr<Ear>> ears_;
  Ear ear_;
  IoRuntime runtime_{1};
  std::unique_ptr<Server> server_;
};

}  // namespace navette::net
