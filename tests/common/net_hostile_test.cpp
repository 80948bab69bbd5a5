// Strangers, impostors and broken clients: refused in bounded time, and the others never notice.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "net_agency.hpp"
#include "support/raw_client.hpp"

namespace navette::net {
namespace {

using test::kUpgrade;
using test::Raw;

TEST_F(Agency, WithoutACertificateThereIsNoSession) {
  open(server_options());
  EXPECT_EQ(refusal(client_options({}, authority_)), ErrorCode::kNotAllowed);
  Raw raw(server_->port());
  ASSERT_TRUE(raw.secure(TLS1_3_VERSION, {}));
  EXPECT_TRUE(raw.write(kUpgrade));
  EXPECT_TRUE(raw.read().starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(raw.wait_end());
}

TEST_F(Agency, ACertificateOfAnotherAuthorityIsRefused) {
  open(server_options());
  const auto other = authority("Agence");  // same name, other key
  EXPECT_EQ(refusal(client_options(issue(other, "poste-1"), authority_)), ErrorCode::kNotAllowed);
}

TEST_F(Agency, ADeviceCannotServeNorAServerAskAsADevice) {
  open(server_options());
  const std::string name = "127.0.0.1";
  const auto as_client = authority_.issue_server(std::span(&name, 1), clock_.now()).value();
  EXPECT_EQ(refusal(client_options(as_client, authority_)), ErrorCode::kNotAllowed);
  auto options = server_options();
  options.tls = TlsServerContext::create(issue(authority_, "127.0.0.1"), authority_.pem().certificate_pem).value();
  server_.reset();
  open(std::move(options));
  EXPECT_EQ(refusal(client_options()), ErrorCode::kUntrusted);
  EXPECT_EQ(https_post(enrolling(authority_.fingerprint()), "/enrol", "x").error().code, ErrorCode::kUntrusted);
}

TEST_F(Agency, ARevokedDeviceIsToldSo) {
  open(server_options());
  revoked_ = "poste-1";
  const auto refused = dial(client_options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRevoked);
  EXPECT_EQ(refused.error().message, "ce poste a été révoqué");
}

TEST_F(Agency, AForeignServerIsNotTrusted) {
  open(server_options());
  const auto refused = dial(client_options(issue(authority_, "poste-1"), authority("Autre agence")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUntrusted);
  EXPECT_NE(refused.error().message.find("qui n'est pas celui de votre agence"), std::string::npos);
}

TEST_F(Agency, AServerMustBearTheNameDialled) {
  open(server_options({"ailleurs.example"}));
  const auto refused = dial(client_options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUntrusted);
  EXPECT_NE(refused.error().message.find("ne porte pas le nom"), std::string::npos);
}

TEST_F(Agency, ANameIsCheckedAsWellAsAnAddress) {
  open(server_options({"localhost"}));
  auto options = client_options();
  options.endpoint.host = "localhost";
  EXPECT_TRUE(dial(std::move(options)));
  EXPECT_EQ(refusal(client_options()), ErrorCode::kUntrusted) << "by address";
}

TEST_F(Agency, OlderTlsIsRefused) {
  open(server_options());
  Raw raw(server_->port());
  EXPECT_FALSE(raw.secure(TLS1_2_VERSION, issue(authority_, "poste-1")));
}

TEST_F(Agency, SomethingElseThanTlsIsUnreachable) {
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(silent, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(silent, 1), 0);
  socklen_t size = sizeof address;
  ::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size);
  open(server_options());
  auto options = client_options();
  options.endpoint.port = ntohs(address.sin_port);
  options.limits.handshake_limit = 100ms;
  EXPECT_EQ(refusal(std::move(options)), ErrorCode::kUnreachable);
  ::close(silent);
}

// Found by the front door's fuzzer: what could not read on and what said goodbye waited for each other inside the
// library, and the connection kept its memory and its place for ever. Which of the frames meets the goodbye is a race.
TEST_F(Agency, AFrameThatCannotBeReadDuringTheGoodbyeEndsTheConnectionAllTheSame) {
  ServerHandlers handlers;
  handlers.on_connection = [](const std::shared_ptr<Connection>& connection) {
    connection->start({.on_frame = [connection](const Bytes&) { connection->close(CloseCode::kProtocolError, ""); },
                       .on_closed = [](std::optional<Error>) {}});
  };
  auto options = server_options();
  options.connection.close_limit = 200ms;
  server_ = Server::start(std::move(options), std::move(handlers)).value();
  const Credentials device = issue(authority_, "poste-1");
  for (int good = 1; good <= 10; ++good) {
    Raw raw(server_->port());
    ASSERT_TRUE(raw.secure(TLS1_3_VERSION, device));
    EXPECT_TRUE(raw.write(kUpgrade));
    EXPECT_TRUE(raw.read().starts_with("HTTP/1.1 101 "));
    Bytes frames;
    for (int i = 0; i < good; ++i) frames += BytesView("\x82\x81\0\0\0\0a", 7);
    frames += BytesView("\x83\x80\0\0\0\0", 6);  // no such kind of frame
    EXPECT_TRUE(raw.write(frames));
    EXPECT_TRUE(raw.wait_end());
  }
  for (int i = 0; i < 300 && server_->connection_count() != 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(Agency, TextFramesAreAnError) {
  auto options = server_options();
  options.connection.close_limit = 200ms;  // this client never ends its TLS
  open(std::move(options));
  Raw raw(server_->port());
  ASSERT_TRUE(raw.secure(TLS1_3_VERSION, issue(authority_, "poste-1")));
  EXPECT_TRUE(raw.write(kUpgrade));
  EXPECT_TRUE(raw.read().starts_with("HTTP/1.1 101 "));
  EXPECT_TRUE(raw.write(BytesView("\x81\x82\0\0\0\0hi", 8)));
  const Bytes goodbye = raw.read();
  ASSERT_GE(goodbye.size(), 4U);
  EXPECT_EQ(goodbye.substr(0, 1), "\x88");
  EXPECT_EQ(goodbye.substr(2, 2), "\x03\xEB");  // 1003
  EXPECT_TRUE(raw.write(BytesView("\x88\x82\0\0\0\0\x03\xEB", 8)));
  ASSERT_TRUE(server_ear().wait_closed());
  EXPECT_EQ(server_ear().code(), ErrorCode::kMalformed);
}

TEST_F(Agency, GarbageAndSlowStrangersEndWithoutHarmingOthers) {
  auto options = server_options();
  options.limits.handshake_limit = 200ms;
  options.limits.request_limit = 200ms;
  open(std::move(options));
  ear_.listen(dial(client_options()).value());
  Raw mute(server_->port());
  Raw half(server_->port());
  EXPECT_TRUE(half.write(BytesView("\x16\x03\x01\x02\x00\x01", 6)));
  Raw garbage(server_->port());
  EXPECT_TRUE(garbage.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  Raw slow(server_->port());
  ASSERT_TRUE(slow.secure(TLS1_3_VERSION, {}));
  EXPECT_TRUE(slow.write("POST /enrol HTTP/1.1\r\nHost: "));
  ASSERT_TRUE(ear_.connection()->send("still here"));
  EXPECT_EQ(ear_.wait_frames(1).size(), 1U);
  EXPECT_TRUE(mute.wait_end());
  EXPECT_TRUE(half.wait_end());
  EXPECT_TRUE(garbage.wait_end());
  EXPECT_TRUE(slow.wait_end());
  ASSERT_TRUE(ear_.connection()->send("and now"));
  EXPECT_EQ(ear_.wait_frames(2).size(), 2U);
}

TEST_F(Agency, HeadersWithoutEndAreRefused) {
  open(server_options());
  Raw raw(server_->port());
  ASSERT_TRUE(raw.secure(TLS1_3_VERSION, {}));
  EXPECT_TRUE(raw.write("GET / HTTP/1.1\r\nX: " + std::string(12'000, 'x')));
  EXPECT_TRUE(raw.read().starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(raw.wait_end());
}

TEST_F(Agency, AFullServerTakesNobodyElse) {
  auto options = server_options();
  options.limits.handshakes_max = 1;
  open(std::move(options));
  Raw first(server_->port());
  while (server_->connection_count() == 0) std::this_thread::yield();
  Raw second(server_->port());
  EXPECT_TRUE(second.wait_end());
  EXPECT_EQ(server_->connection_count(), 1U);
}

TEST_F(Agency, APortAlreadyTakenIsTold) {
  open(server_options());
  auto options = server_options();
  options.port = server_->port();
  const auto second = Server::start(std::move(options), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace navette::net
