// Two honest ends over real TLS on the loopback.
#include <algorithm>
#include <cstdio>

#include "net_agency.hpp"

namespace navette::net {
namespace {

TEST_F(Agency, FramesOfEverySizeComeBack) {
  open(server_options());
  ear_.listen(dial(client_options()).value());
  std::vector<Bytes> sent{Bytes(), Bytes("x"), Bytes(1U << 20U, 'm')};
  for (const auto& frame : sent) EXPECT_TRUE(ear_.connection()->send(frame));
  EXPECT_TRUE(ear_.wait_frames(3) == sent);
  EXPECT_EQ(ear_.connection()->send(Bytes((1U << 20U) + 1, 'm')).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(ear_.connection()->bytes_in(), (1U << 20U) + 1U);
}

TEST_F(Agency, AFrameTooLargeForTheReceiverEndsTheConnectionOnBothSides) {
  open(server_options());
  auto options = client_options();
  options.connection.frame_max_bytes = 2U << 20U;
  ear_.listen(dial(std::move(options)).value());
  ASSERT_TRUE(ear_.connection()->send(Bytes((1U << 20U) + 1, 'm')));
  ASSERT_TRUE(server_ear().wait_closed());
  EXPECT_EQ(server_ear().code(), ErrorCode::kTooLarge);
  ASSERT_TRUE(ear_.wait_closed());
  EXPECT_EQ(ear_.code(), ErrorCode::kTooLarge);
}

TEST_F(Agency, TwoThousandSmallFramesKeepTheirOrder) {
  open(server_options());
  ear_.listen(dial(client_options()).value());
  std::vector<Bytes> sent;
  for (int i = 0; i < 2000; ++i) sent.push_back("frame " + std::to_string(i));
  for (const auto& frame : sent) ASSERT_TRUE(ear_.connection()->send(frame));
  EXPECT_TRUE(ear_.wait_frames(2000) == sent);
}

TEST_F(Agency, EachEndKnowsTheOther) {
  open(server_options());
  const auto device = issue(authority_, "poste-9");
  ear_.listen(dial(client_options(device, authority_)).value());
  const auto& peer = server_ear().connection()->peer();
  const auto description = describe_certificate(device.certificate_pem).value();
  EXPECT_EQ(peer.device_id, "poste-9");
  EXPECT_EQ(peer.certificate_serial, description.serial);
  EXPECT_EQ(peer.certificate_fingerprint, description.fingerprint);
  EXPECT_EQ(peer.address, "127.0.0.1");
}

TEST_F(Agency, CloseSendsWhatIsQueuedAndIsCleanOnBothSides) {
  open(server_options(), false);
  ear_.listen(dial(client_options()).value());
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(ear_.connection()->send(Bytes(10'000, 'q')));
  ear_.connection()->close(CloseCode::kNormal, "au revoir");
  ASSERT_TRUE(server_ear().wait_closed());
  EXPECT_EQ(server_ear().wait_frames(50).size(), 50U);
  EXPECT_FALSE(server_ear().error());
  ASSERT_TRUE(ear_.wait_closed());
  EXPECT_FALSE(ear_.error());
}

TEST_F(Agency, AReasonToCloseReachesTheOtherEnd) {
  open(server_options());
  ear_.listen(dial(client_options()).value());
  server_ear().connection()->close(CloseCode::kPolicy, "poste révoqué");
  ASSERT_TRUE(ear_.wait_closed());
  EXPECT_EQ(ear_.code(), ErrorCode::kNotAllowed);
  EXPECT_NE(ear_.error()->message.find("poste révoqué"), std::string::npos);
}

TEST_F(Agency, APausedReaderHearsNothingUntilItResumes) {
  open(server_options());
  auto connection = dial(client_options()).value();
  connection->pause_reading();
  ear_.listen(connection);
  ASSERT_TRUE(connection->send("patience"));
  EXPECT_FALSE(ear_.wait_closed(50ms));
  EXPECT_TRUE(ear_.wait_frames(0).empty());
  connection->resume_reading();
  EXPECT_EQ(ear_.wait_frames(1).size(), 1U);
}

TEST_F(Agency, ASlowReaderIsDroppedWithTheReason) {
  auto options = server_options();
  options.connection.send_queue_max_bytes = 8U << 20U;
  open(std::move(options));
  auto connection = dial(client_options()).value();
  connection->pause_reading();
  ear_.listen(connection);
  auto& at_server = server_ear();
  for (int i = 0; i < 64 && !at_server.wait_closed(0ms); ++i) (void)at_server.connection()->send(Bytes(1U << 20U, 's'));
  ASSERT_TRUE(at_server.wait_closed());
  EXPECT_EQ(at_server.code(), ErrorCode::kBusy);
  EXPECT_EQ(at_server.connection()->queued_bytes(), 0U);
  connection->resume_reading();
  ASSERT_TRUE(ear_.wait_closed());
  EXPECT_EQ(ear_.code(), ErrorCode::kUnreachable);
}

TEST_F(Agency, AWriteThatStallsEndsTheConnection) {
  auto options = server_options();
  options.connection.heartbeat_interval = 20ms;
  options.connection.write_stall_limit = 100ms;
  open(std::move(options));
  auto connection = dial(client_options()).value();
  connection->pause_reading();
  ear_.listen(connection);
  for (int i = 0; i < 14; ++i) (void)server_ear().connection()->send(Bytes(1U << 20U, 's'));
  ASSERT_TRUE(server_ear().wait_closed());
  EXPECT_EQ(server_ear().code(), ErrorCode::kBusy);
}

TEST_F(Agency, HeartbeatsFindADeadPeerAndKeepALivingOne) {
  auto options = server_options();
  options.connection.heartbeat_interval = 20ms;
  options.connection.idle_limit = 150ms;
  open(std::move(options));
  ear_.listen(dial(client_options()).value());
  auto& living = server_ear(0);
  auto dead = dial(client_options()).value();
  dead->pause_reading();
  Ear dead_ear;
  dead_ear.listen(dead);
  ASSERT_TRUE(server_ear(1).wait_closed());
  EXPECT_EQ(server_ear(1).code(), ErrorCode::kUnreachable);
  dead->cut();
  ASSERT_TRUE(dead_ear.wait_closed());
  EXPECT_FALSE(living.wait_closed(100ms));
}

TEST_F(Agency, StoppingTheServerIsBoundedAndToldToItsClients) {
  auto options = server_options();
  options.connection.close_limit = 200ms;
  open(std::move(options));
  ear_.listen(dial(client_options()).value());
  auto deaf = dial(client_options()).value();  // never answers the goodbye
  deaf->pause_reading();
  Ear deaf_ear;
  deaf_ear.listen(deaf);
  (void)server_ear(1);
  const auto begin = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  ASSERT_TRUE(ear_.wait_closed());
  EXPECT_FALSE(ear_.error());
  deaf->cut();
  ASSERT_TRUE(deaf_ear.wait_closed());
  EXPECT_EQ(server_->connection_count(), 0U);
  EXPECT_EQ(refusal(client_options()), ErrorCode::kUnreachable);
}

TEST_F(Agency, StoppingTheClientsRuntimeEndsItsConnections) {
  open(server_options());
  ear_.listen(dial(client_options()).value());
  runtime_.stop();
  EXPECT_TRUE(ear_.wait_closed());
  EXPECT_TRUE(server_ear().wait_closed());
}

TEST_F(Agency, AnEnrolmentNeedsNoCertificateButTheRightPin) {
  open(server_options());
  EXPECT_EQ(https_post(enrolling(authority_.fingerprint()), "/enrol", "code").value(), "code from 127.0.0.1");
  const auto refused = https_post(enrolling(authority_.fingerprint()), "/enrol", "bad");
  EXPECT_EQ(refused.error().code, ErrorCode::kNotAllowed);
  EXPECT_EQ(refused.error().message, "code d'inscription inconnu ou périmé");
  EXPECT_EQ(https_post(enrolling(authority("Pirate").fingerprint()), "/enrol", "code").error().code,
            ErrorCode::kUntrusted);
  EXPECT_EQ(https_post(enrolling(authority_.fingerprint()), "/elsewhere", "x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(https_post(enrolling(authority_.fingerprint()), "/enrol", Bytes(20'000, 'x')).error().code,
            ErrorCode::kTooLarge);
}

TEST_F(Agency, AnEnrolmentChecksTheNameToo) {
  open(server_options({"ailleurs.example"}));
  EXPECT_EQ(https_post(enrolling(authority_.fingerprint()), "/enrol", "x").error().code, ErrorCode::kUntrusted);
}

TEST_F(Agency, HandshakeAndEchoTimes) {
  open(server_options());
  const auto options = client_options();
  constexpr int kRounds = 20;
  std::vector<double> handshakes;
  for (int i = 0; i < kRounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto connection = dial(options).value();
    handshakes.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  ear_.listen(dial(options).value());
  std::vector<double> echoes;
  for (std::size_t i = 1; i <= 200; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(ear_.connection()->send(Bytes(200, 'e')));
    ASSERT_EQ(ear_.wait_frames(i).size(), i);
    echoes.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(handshakes);
  std::ranges::sort(echoes);
  std::printf("TLS + upgrade: median %.2f ms; echo of 200 bytes: median %.3f ms, 95%% %.3f ms\n",
              handshakes[kRounds / 2], echoes[100], echoes[190]);
  EXPECT_LT(echoes[100], 100) << "Nagle or a sleep on the way";
}

TEST(EndpointText, IsParsedStrictly) {
  EXPECT_EQ(parse_endpoint("agence.example:7443", 1)->port, 7443);
  EXPECT_EQ(parse_endpoint("agence.example", 7443)->text(), "agence.example:7443");
  EXPECT_EQ(parse_endpoint("[::1]:9", 1)->text(), "[::1]:9");
  EXPECT_EQ(parse_endpoint("::1", 9)->text(), "[::1]:9");
  for (const auto* wrong : {"", ":1", "a:", "a:0", "a:65536", "a:1x", "http://a", "[::1", "[::1]x"}) {
    EXPECT_FALSE(parse_endpoint(wrong, 1)) << wrong;
  }
}

}  // namespace
}  // namespace navette::net
