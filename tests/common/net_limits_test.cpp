// What one address and one device may take of a server, and what TLS it speaks.
#include <thread>

#include "address_book.hpp"
#include "net_agency.hpp"
#include "support/raw_client.hpp"

namespace navette::net {
namespace {

using boost::asio::ip::make_address;
using test::Raw;
using Moment = std::chrono::steady_clock::time_point;

constexpr std::uint32_t kOtherAddress = 0x7f000002;  // 127.0.0.2

bool answers(Raw& raw) {
  return raw.secure(TLS1_3_VERSION, {}) && raw.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n") &&
         raw.read().starts_with("HTTP/1.1 404 ");
}

TEST_F(Agency, OneAddressDoesNotTakeThePlacesOfAll) {
  auto options = server_options();
  options.limits.connections_per_address = 3;
  options.limits.handshake_limit = 5s;
  open(std::move(options));
  Raw first(server_->port());
  Raw second(server_->port());
  Raw third(server_->port());
  for (int i = 0; i < 300 && server_->connection_count() < 3; ++i) std::this_thread::sleep_for(10ms);
  Raw fourth(server_->port());
  EXPECT_TRUE(fourth.wait_end());
  Raw elsewhere(server_->port(), kOtherAddress);
  EXPECT_TRUE(answers(elsewhere));
  EXPECT_TRUE(answers(first));
  EXPECT_TRUE(first.wait_end());
  for (int i = 0; i < 300 && server_->connection_count() > 2; ++i) std::this_thread::sleep_for(10ms);
  Raw next(server_->port());
  EXPECT_TRUE(answers(next)) << "the place of one that left";
}

TEST_F(Agency, HandshakesOfOneAddressDoNotHoldThoseOfOthersUp) {
  auto options = server_options();
  options.limits.handshakes_per_address = 1;
  open(std::move(options));
  Raw mute(server_->port());
  for (int i = 0; i < 300 && server_->connection_count() < 1; ++i) std::this_thread::sleep_for(10ms);
  Raw refused(server_->port());
  EXPECT_TRUE(refused.wait_end());
  Raw elsewhere(server_->port(), kOtherAddress);
  EXPECT_TRUE(answers(elsewhere));
}

TEST_F(Agency, ADeviceHoldsAFewConnectionsAndNoMore) {
  auto options = server_options();
  options.limits.connections_per_device = 2;
  open(std::move(options));
  const Credentials device = issue(authority_, "poste-1");
  auto first = dial(client_options(device, authority_));
  auto second = dial(client_options(device, authority_));
  ASSERT_TRUE(first && second);
  const auto third = dial(client_options(device, authority_));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kBusy);
  EXPECT_NE(third.error().message.find("trop de connexions"), std::string::npos);
  EXPECT_TRUE(dial(client_options(issue(authority_, "poste-2"), authority_))) << "another device";
  ear_.listen(*first);
  (*first)->cut();
  EXPECT_TRUE(ear_.wait_closed());
  Result<std::shared_ptr<Connection>> again = fail(ErrorCode::kBusy, "");
  for (int i = 0; i < 300 && !again; ++i) {
    std::this_thread::sleep_for(10ms);
    again = dial(client_options(device, authority_));
  }
  EXPECT_TRUE(again) << "the place of one that left";
}

TEST_F(Agency, FramesThatComeTooFastWaitAndAllArrive) {
  auto options = server_options();
  options.connection.frames_per_second = 100;
  options.connection.frames_burst = 10;
  open(std::move(options));
  ear_.listen(dial(client_options()).value());
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(ear_.connection()->send("frame"));
  EXPECT_EQ(ear_.wait_frames(60).size(), 60U);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 450ms);  // 50 of them at 100 a second, a little less for rounding
}

TEST_F(Agency, OnlyModernTlsIsSpoken) {
  open(server_options());
  const auto speaks = [&](const char* suites, const char* groups) {
    Raw raw(server_->port());
    return raw.secure(TLS1_3_VERSION, {}, suites, groups);
  };
  EXPECT_TRUE(speaks(nullptr, nullptr));
  for (const char* suite : {"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"}) {
    EXPECT_TRUE(speaks(suite, nullptr)) << suite;
  }
  for (const char* group : {"X25519", "P-256", "P-384"}) EXPECT_TRUE(speaks(nullptr, group)) << group;
  for (const char* suite : {"TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"}) {
    EXPECT_FALSE(speaks(suite, nullptr)) << suite;
  }
  for (const char* group : {"P-521", "X448", "ffdhe2048"}) EXPECT_FALSE(speaks(nullptr, group)) << group;
}

TEST(AddressBook, CountsWhatOneSubscriberHas) {
  EXPECT_EQ(address_group(make_address("192.0.2.7")), "192.0.2.7");
  EXPECT_EQ(address_group(make_address("::ffff:192.0.2.7")), "192.0.2.7");
  EXPECT_EQ(address_group(make_address("2001:db8:1:2:3:4:5:6")), address_group(make_address("2001:db8:1:2:ffff::1")));
  EXPECT_NE(address_group(make_address("2001:db8:1:2::1")), address_group(make_address("2001:db8:1:3::1")));
}

TEST(AddressBook, LetsACrowdInAtOnceAndThenSoManyASecond) {
  AddressBook book({.connections_per_address = 1'000, .arrivals_burst = 5, .arrivals_per_second = 2});
  Moment now(1h);
  const auto come = [&] {
    const bool in = book.enter("a", now);
    if (in) book.end_handshake("a");
    if (in) book.leave("a");
    return in;
  };
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(come());
  EXPECT_FALSE(come());
  EXPECT_TRUE(book.enter("b", now));
  now += 1s;
  EXPECT_TRUE(come());
  EXPECT_TRUE(come());
  EXPECT_FALSE(come());
}

TEST(AddressBook, RemembersABoundedNumberOfAddresses) {
  AddressBook book(ServerLimits{});
  const Moment now(1h);
  ASSERT_TRUE(book.enter("stays", now));
  for (std::size_t i = 0; i < 3 * kAddressesRemembered; ++i) {
    const std::string group = std::to_string(i);
    ASSERT_TRUE(book.enter(group, now));
    book.end_handshake(group);
    book.leave(group);
  }
  EXPECT_LE(book.remembered(), kAddressesRemembered + 1);
  book.leave("stays");  // was not forgotten: its place is still counted
}

TEST(AddressBook, WithoutLimitsCountsNothing) {
  AddressBook book({.connections_per_address = 0, .arrivals_burst = 1, .arrivals_per_second = 1});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(book.enter("a", Moment(1h)));
  EXPECT_EQ(book.remembered(), 0U);
}

}  // namespace
}  // namespace navette::net
