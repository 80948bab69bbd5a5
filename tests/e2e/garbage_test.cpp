// Strangers at the port: noise, truncated handshakes, web browsers. The server stays up and its devices notice nothing.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include "e2e/impostor.hpp"

namespace navette::e2e {
namespace {

class Garbage : public AgencyTest {
 protected:
  void SetUp() override {
    open_demo();
    bring_people();
  }
  // Sends bytes to the port, waits for the other end at most a little, leaves.
  void throw_at_port(const std::string& bytes) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << "nobody listens any more";
    (void)::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::close(socket);
  }
  void everything_is_well() {
    EXPECT_TRUE(server_.process().running()) << server_.process().errors();
    claire_.set(indicateur_, "realise_n1", "9");
    converge({claire_, nadia_, paul_});
  }
};

TEST_F(Garbage, NoiseAtThePortDisturbsNobody) {
  const auto watcher = nadia_.watch();
  Process load(claire_.launch({"batch"}));
  const auto pushing = claire_.watch();
  std::mt19937 random(3);
  std::uniform_int_distribution<int> byte(0, 255);
  std::uniform_int_distribution<std::size_t> length(0, 2'000);
  for (int i = 0; i < 300; ++i) {
    std::string bytes(length(random), '\0');
    for (char& one : bytes) one = static_cast<char>(byte(random));
    if (i % 3 == 0) bytes.insert(0, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);  // how a TLS hello begins
    if (i % 10 == 0) bytes = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    throw_at_port(bytes);
    load.write(
        Json{{"op", "set"}, {"record", indicateur_}, {"field", "realise_n2"}, {"value", std::to_string(i)}}.dump() +
        "\n");
  }
  load.close_input();
  EXPECT_EQ(load.wait(), 0);
  EXPECT_TRUE(eventually([&] { return nadia_.get(indicateur_, "realise_n2") == "299"; }));
  watcher->kill();
  pushing->kill();
  everything_is_well();
}

TEST_F(Garbage, WebRequestsWithoutACertificateAreAnsweredAndRefused) {
  const std::string address = "127.0.0.1:" + std::to_string(server_.port());
  for (const std::string request :
       {"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /sync HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
        "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "POST /enrol HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"}) {
    const Ran ran = run({.words = {"/usr/bin/openssl", "s_client", "-connect", address, "-quiet", "-ign_eof"},
                         .input = request,
                         .limit = 30s});
    EXPECT_THAT(ran.out, testing::HasSubstr("HTTP/1.1 4")) << request << ran.told();
  }
  everything_is_well();
}

TEST_F(Garbage, FramesOfADeviceThatAreNoMessages) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int i = 0; i < 60; ++i) {
    Impostor impostor(paul_);
    ASSERT_TRUE(impostor.connected());
    if (i % 2 == 0) impostor.introduces_itself();
    std::string frame(1 + static_cast<std::size_t>(i) * 7, '\0');
    for (char& one : frame) one = static_cast<char>(byte(random));
    if (i % 4 == 1) frame[0] = '\0';  // neither compressed nor more to come
    if (i % 4 == 2) frame[0] = '\1';
    impostor.says_bytes(frame);
    if (i % 4 == 3) continue;  // leaves without a word
    const auto goodbye = impostor.hears_goodbye(i % 4 == 1 || i % 4 == 2 ? 10s : 300ms);
    if (i % 4 == 1) EXPECT_TRUE(goodbye.has_value()) << "frame " << i;
  }
  everything_is_well();
}

TEST_F(Garbage, ATruncatedMessageAndOneThatIsTooLarge) {
  {
    Impostor impostor(paul_);
    impostor.introduces_itself();
    const Bytes frame = sync::pack({sync::HistoryRequest{}}).at(0);
    impostor.says_bytes(frame.substr(0, frame.size() - 3));
    EXPECT_TRUE(impostor.hears_goodbye().has_value());
  }
  {
    // More parts than a replica may say at once.
    Impostor impostor(paul_);
    impostor.introduces_itself();
    std::string part(1'000'000, 'x');
    part[0] = '\2';
    for (int i = 0; i < 40; ++i) impostor.says_bytes(part);
    EXPECT_TRUE(impostor.ends());
  }
  everything_is_well();
}

}  // namespace
}  // namespace navette::e2e
