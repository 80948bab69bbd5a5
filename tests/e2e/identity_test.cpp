// Who may come in, and what happens to those who may no longer.
#include <thread>

#include "e2e/agency.hpp"
#include "navette/os/local_socket.hpp"

namespace navette::e2e {
namespace {

using testing::HasSubstr;

class Identity : public AgencyTest {
 protected:
  Ran try_enrol(const std::string& directory, const std::string& url, const std::string& code) {
    return Replica(place_ / directory).run({"enrol", "--server", url, "--code", code});
  }
};

TEST_F(Identity, ACodeIsGoodOnceAndOnlyAsItWasGiven) {
  open_demo();
  const std::string code = server_.code("Claire", "correspondant", "ej:990001000");
  std::string wrong = code;
  wrong[0] = wrong[0] == 'A' ? 'B' : 'A';
  const Ran refused = try_enrol("un", server_.url(), wrong);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("code"));
  EXPECT_EQ(try_enrol("un", server_.url(), "pas un code").code, 1);
  EXPECT_EQ(try_enrol("un", server_.url(), code).code, 0) << "the wrong tries did not spoil it";
  const Ran again = try_enrol("deux", server_.url(), code);
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("code"));
  EXPECT_EQ(Replica(place_ / "deux").run({"sync"}).code, 1);
}

TEST_F(Identity, ACodeRunsOut) {
  open_demo();
  (void)server_.code("Claire", "correspondant", "ej:990001000");
  const auto reply =
      os::local_call(server_.data() / "control.sock",
                     Json{{"command", "account code"}, {"name", "Claire"}, {"lifetime_ms", 1}}.dump(), 5s);
  ASSERT_TRUE(reply.has_value()) << reply.error().message;
  const std::string code = Json::parse(*reply).at("code");
  std::this_thread::sleep_for(50ms);
  const Ran refused = try_enrol("un", server_.url(), code);
  EXPECT_EQ(refused.code, 1) << refused.told();
  EXPECT_THAT(refused.err, HasSubstr("ne l'est plus"));
}

TEST_F(Identity, GuessingCodesIsStopped) {
  open_demo();
  const std::string code = server_.code("Claire", "correspondant", "ej:990001000");
  const std::string authority = code.substr(code.find('.'));
  Ran last;
  for (int i = 0; i < 25; ++i)
    last = try_enrol("un", server_.url(), "AAAAA-AAAA" + std::string(1, static_cast<char>('A' + i % 20)) + authority);
  EXPECT_EQ(last.code, 1);
  EXPECT_THAT(last.err, HasSubstr("trop de codes faux"));
}

TEST_F(Identity, AnotherServerIsRecognised) {
  open_demo();
  AgencyServer other(place_ / "autre");
  other.init("Autre agence");
  other.serve();
  const Ran refused = try_enrol("un", other.url(), server_.code("Claire", "correspondant", "ej:990001000"));
  EXPECT_EQ(refused.code, 1) << refused.told();
  EXPECT_FALSE(refused.err.empty());
  EXPECT_FALSE(std::filesystem::exists(place_ / "un" / "device.pem"));
}

TEST_F(Identity, AForeignServerOnTheSamePortGetsNothing) {
  open_demo();
  bring_people();
  claire_.set(indicateur_, "realise_n1", "5");
  server_.stop();
  const std::uint16_t port = server_.port();
  const std::filesystem::path data = place_ / "imposteur";
  AgencyServer impostor(data);
  impostor.init("ARS d'essai");
  Process serving({.words = {NAVETTE_SERVER_PROGRAM, "serve", "--data", data.string(), "--listen",
                             "127.0.0.1:" + std::to_string(port)}});
  ASSERT_TRUE(serving.read_line().has_value()) << serving.errors();
  const Ran refused = claire_.run({"sync"});
  EXPECT_EQ(refused.code, 1) << refused.told();
  EXPECT_THAT(refused.err, HasSubstr("certificat"));
  EXPECT_EQ(claire_.json({"status"}).at("drafts"), 1);
  serving.kill();
  server_.serve();
  converge({claire_, nadia_});
  EXPECT_EQ(nadia_.get(indicateur_, "realise_n1"), "5");
}

TEST_F(Identity, ARevokedDeviceIsCutAtOnceAndKeepsItsTexts) {
  open_demo();
  bring_people();
  const auto watcher = claire_.watch();
  while (const auto line = watcher->read_line()) {
    if (line->contains("caught_up")) break;
  }
  server_.does({"device", "revoke", "--device", server_.device_of("Claire Dubois")});
  EXPECT_EQ(watcher->wait(15s), 1) << watcher->errors();
  EXPECT_THAT(watcher->errors(), HasSubstr("révoqué"));
  claire_.set(indicateur_, "realise_n1", "5");
  const Ran refused = claire_.run({"sync"});
  EXPECT_EQ(refused.code, 1) << refused.told();
  EXPECT_THAT(refused.err, HasSubstr("révoqué"));
  EXPECT_EQ(claire_.get(indicateur_, "realise_n1"), "5");
  EXPECT_EQ(claire_.run({"history", dossier_}).code, 1);
  paul_.sync();
}

TEST_F(Identity, ADossierThatLeavesTheScopeLeavesTheDevice) {
  open_demo();
  bring_people();
  claire_.edit(diagnostic_, "structure", "Pas encore envoyé quand la portée change.\n");
  claire_.set(indicateur_, "realise_n1", "5");
  server_.does({"account", "scope", "--name", "Claire Dubois", "--scope", "ej:990001018"});
  const Ran ran = claire_.does({"sync"});
  EXPECT_EQ(ran.code, 3) << ran.told();
  EXPECT_EQ(claire_.run({"show", dossier_}).code, 1);
  EXPECT_FALSE(claire_.run({"get", indicateur_, "cible_n1"}).code == 0);
  std::string kept;
  for (const Json& refusal : claire_.refusals()) kept += refusal.dump();
  EXPECT_THAT(kept, HasSubstr("Pas encore envoyé"));
  EXPECT_THAT(kept, HasSubstr("realise_n1"));
  // It comes back with the scope, and what was kept can be taken up again.
  server_.does({"account", "scope", "--name", "Claire Dubois", "--scope", "ej:990001000"});
  claire_.sync();
  for (const Json& refusal : claire_.refusals()) claire_.does({"refusal", "retry", refusal.at("id")});
  converge({claire_, nadia_, paul_});
  EXPECT_EQ(nadia_.get(diagnostic_, "structure"), "Pas encore envoyé quand la portée change.\n");
  EXPECT_EQ(nadia_.get(indicateur_, "realise_n1"), "5");
}

TEST_F(Identity, ARenewedCertificateKeepsTheReplica) {
  open_demo();
  bring_people();
  claire_.set(indicateur_, "realise_n1", "6");
  std::string code = server_.does({"account", "code", "--name", "Claire Dubois"}).out;
  code.pop_back();
  EXPECT_EQ(try_enrol("claire", server_.url(), code).code, 1) << "already enrolled";
  claire_.does({"enrol", "--server", server_.url(), "--code", code, "--renew"});
  converge({claire_, nadia_});
  EXPECT_EQ(nadia_.get(indicateur_, "realise_n1"), "6");
}

TEST_F(Identity, OnlyTls13IsSpoken) {
  open_demo();
  const std::string address = "127.0.0.1:" + std::to_string(server_.port());
  const Ran old = run({.words = {"/usr/bin/openssl", "s_client", "-connect", address, "-tls1_2"}, .limit = 15s});
  EXPECT_NE(old.code, 0) << old.told();
  EXPECT_THAT(old.told(), HasSubstr("alert"));
  const Ran present = run({.words = {"/usr/bin/openssl", "s_client", "-connect", address, "-tls1_3"}, .limit = 15s});
  EXPECT_THAT(present.out, HasSubstr("TLSv1.3"));
}

}  // namespace
}  // namespace navette::e2e
