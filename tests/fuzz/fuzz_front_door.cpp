// What a stranger or an enrolled device may say to a running server: bytes instead of TLS, HTTP, WebSocket frames. It
// answers or closes in bounded time, and serves the next one.
#include <algorithm>
#include <csignal>

#include "law.hpp"
#include "navette/net/client.hpp"
#include "navette/net/server.hpp"
#include "navette/os/system.hpp"
#include "navette/sync/frame.hpp"
#include "script.hpp"
#include "support/raw_client.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

using namespace std::chrono_literals;

// One server for all inputs. Its sessions read frames as the product's do, and echo.
class House {
 public:
  House() {
    std::signal(SIGPIPE, SIG_IGN);
    const std::string name = "127.0.0.1";
    const auto credentials = authority_.issue_server(std::span(&name, 1), clock_.now()).value();
    net::ServerOptions options{
        .address = name, .tls = net::TlsServerContext::create(credentials, authority_.pem().certificate_pem).value()};
    options.limits = {.handshake_limit = 300ms,
                      .request_limit = 300ms,
                      .connections_per_address = 0,
                      .connections_per_device = 100'000};
    options.connection = {.idle_limit = 300ms, .close_limit = 200ms};
    options.connection.frame_max_bytes = kFrameBytes;
    net::ServerHandlers handlers;
    handlers.on_connection = [](const std::shared_ptr<net::Connection>& connection) { hold(connection); };
    handlers.on_enrol = [](const net::EnrolRequest& request) -> Result<Bytes> {
      require(request.body.size() <= net::kEnrolBodyMaxBytes, "a body stays below its limit");
      return request.body;
    };
    server_ = net::Server::start(std::move(options), std::move(handlers)).value();
    const auto made = net::make_key_and_request("poste").value();
    device_ = {.certificate_pem = authority_.issue_device(made.request_pem, "poste", clock_.now()).value(),
               .key_pem = made.key_pem};
  }

  void visit(Script& script) {
    test::Raw raw(server_->port());
    require(raw.connected(), "the server takes the next one");
    switch (script.below(8)) {
      case 0:  // no TLS at all
        return talk(raw, script);
      case 1:
        require(raw.secure(TLS1_3_VERSION, {}), "a stranger is heard");
        return talk(raw, script);
      case 2:
        require(raw.secure(TLS1_3_VERSION, {}), "a stranger is heard");
        return post(raw, script);
      case 3:
        require(raw.secure(TLS1_3_VERSION, device_), "a device is heard");
        return talk(raw, script);
      default:
        require(raw.secure(TLS1_3_VERSION, device_), "a device is heard");
        require(raw.write(test::kUpgrade) && raw.read().starts_with("HTTP/1.1 101 "), "a device comes in");
        return script.chance(50) ? talk(raw, script) : frames(raw, script);
    }
  }

 private:
  static constexpr std::size_t kFrameBytes = 4096;

  static void hold(const std::shared_ptr<net::Connection>& connection) {
    auto unpacker = std::make_shared<sync::Unpacker>(16 * kFrameBytes);
    connection->start({.on_frame =
                           [connection, unpacker](Bytes frame) {
                             require(frame.size() <= kFrameBytes, "a frame stays below its limit");
                             if (!unpacker->feed(frame)) return connection->close(net::CloseCode::kProtocolError, "");
                             (void)connection->send(std::move(frame));
                           },
                       .on_closed = [](std::optional<Error>) {}});
  }

  // The bytes as they are, in pieces.
  static void talk(test::Raw& raw, Script& script) {
    while (!script.empty()) {
      const std::size_t length = 1U + script.byte() * 8U;
      if (!raw.write(script.bytes(length))) break;
    }
    end(raw);
  }

  // A request that is right but for its body and length.
  static void post(test::Raw& raw, Script& script) {
    const std::uint64_t more = script.chance(30) ? script.number() : 0;
    const bool chunked = script.chance(30);
    const BytesView body = script.rest();
    Bytes request = "POST /enrol HTTP/1.1\r\nHost: a\r\n";
    request += chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + std::to_string(body.size() + more);
    request += "\r\n\r\n";
    request += body;
    (void)raw.write(request);
    end(raw);
  }

  // WebSocket frames whose lengths, flags and masks are the script's.
  static void frames(test::Raw& raw, Script& script) {
    while (!script.empty()) {
      const BytesView payload = script.bytes(script.byte());
      Bytes frame(1, static_cast<char>(script.chance(70) ? 0x82 : script.byte()));
      const std::uint64_t length = script.chance(85) ? payload.size() : script.number();
      const char mask = script.chance(97) ? '\x80' : '\0';
      if (length < 126) {
        frame += static_cast<char>(mask | static_cast<char>(length));
      } else {
        const bool wide = length > 0xffff || script.chance(10);
        frame += static_cast<char>(mask | (wide ? 127 : 126));
        for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8) frame += static_cast<char>(length >> shift);
      }
      if (mask != 0) frame += Bytes(4, '\0');
      frame += payload;
      if (!raw.write(frame)) break;
    }
    end(raw);
  }

  static void end(test::Raw& raw) {
    raw.finish();
    require(raw.wait_end(), "the server closes in bounded time");
  }

  os::SystemClock clock_;
  net::CertificateAuthority authority_ = net::CertificateAuthority::create("Agence", clock_.now()).value();
  net::Credentials device_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace

void front_door(BytesView input) {
  static House house;
  Script script(input);
  house.visit(script);
}

}  // namespace navette::fuzz
