// A device comes in, or does not; the agency is played by the network's test agency.
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/store_maker.hpp"
#include "common/net_agency.hpp"
#include "navette/client/program.hpp"
#include "navette/net/enrolment_code.hpp"

#include <nlohmann/json.hpp>

namespace navette::client {
namespace {

class EnrolTest : public net::Agency {
 protected:
  // Knows one code.
  void open_agency(std::string role = "correspondant") {
    net::ServerHandlers handlers;
    handlers.on_enrol = [this, role](const net::EnrolRequest& request) -> Result<Bytes> {
      ++requests_;
      const auto asked = nlohmann::json::parse(request.body);
      if (asked["code"] != code_.secret) return fail(ErrorCode::kNotAllowed, "code d'inscription inconnu ou périmé");
      const std::string certificate =
          authority_.issue_device(asked["request"].get<std::string>(), "poste-1", clock_.now()).value();
      return nlohmann::json{{"device", "poste-1"},
                            {"certificate", certificate},
                            {"authority", authority_.pem().certificate_pem},
                            {"account", account_},
                            {"role", role},
                            {"name", "ARS de test"}}
          .dump();
    };
    server_ = net::Server::start(server_options(), std::move(handlers)).value();
  }
  std::string url() { return "wss://127.0.0.1:" + std::to_string(server_->port()); }
  int navette(std::vector<std::string> words) {
    std::istringstream in;
    out_.str("");
    err_.str("");
    return run(std::move(words), in, out_, err_);
  }
  int enrol(const std::string& server, const std::string& code) {
    return navette({"enrol", "--replica", replica_, "--server", server, "--code", code, "--device-name", "portable"});
  }
  int renew(const net::EnrolmentCode& code) {
    return navette({"enrol", "--replica", replica_, "--server", url(), "--code", code.text(), "--renew"});
  }
  std::string certificate() const {
    std::ifstream file(replica_ + "/device.pem");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static unsigned mode(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
  }

  test::TemporaryDirectory directory_;
  std::string replica_ = directory_.path().string() + "/replique";
  net::EnrolmentCode code_{"ABCDE-FGHJK", authority_.fingerprint()};
  std::string account_ = "Mme Une";
  std::atomic<int> requests_ = 0;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(EnrolTest, MakesAReplicaThatIsPrivate) {
  open_agency();
  ASSERT_EQ(enrol(url(), code_.text()), kDone) << err_.str();
  EXPECT_NE(out_.str().find("ARS de test"), std::string::npos);
  EXPECT_EQ(mode(replica_), 0700U);
  EXPECT_EQ(mode(replica_ + "/device.key"), 0600U);
  for (const char* name : {"device.pem", "authority.pem", "server.json", "replica.sqlite"}) {
    EXPECT_TRUE(std::filesystem::exists(replica_ + "/" + name)) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(replica_ + "/device.key.new"));
  EXPECT_EQ(navette({"list", "--replica", replica_, "--json"}), kDone);
}

TEST_F(EnrolTest, IsNotDoneTwice) {
  open_agency();
  ASSERT_EQ(enrol(url(), code_.text()), kDone);
  std::ifstream before(replica_ + "/device.pem");
  EXPECT_EQ(enrol(url(), code_.text()), kRefused);
  EXPECT_NE(err_.str().find("déjà inscrit"), std::string::npos);
}

TEST_F(EnrolTest, ARefusedCodeLeavesNothingThatLooksEnrolled) {
  open_agency();
  const auto wrong = net::EnrolmentCode{"ZZZZZ-ZZZZZ", authority_.fingerprint()};
  EXPECT_EQ(enrol(url(), wrong.text()), kRefused);
  EXPECT_NE(err_.str().find("inconnu ou périmé"), std::string::npos) << err_.str();
  EXPECT_EQ(enrol(url(), "n'importe quoi"), kRefused);
  EXPECT_EQ(navette({"sync", "--replica", replica_}), kRefused);
  EXPECT_EQ(enrol(url(), code_.text()), kDone) << err_.str();
}

TEST_F(EnrolTest, AnotherAuthorityIsNotTrusted) {
  open_agency();
  const auto foreign = net::EnrolmentCode{"ABCDE-FGHJK", authority("Autre").fingerprint()};
  EXPECT_EQ(enrol(url(), foreign.text()), kRefused);
  EXPECT_EQ(enrol("http://127.0.0.1:1", code_.text()), kRefused);
}

TEST_F(EnrolTest, ACertificateIsRenewedForTheSamePersonOnly) {
  open_agency();
  ASSERT_EQ(enrol(url(), code_.text()), kDone) << err_.str();
  const std::string first = certificate();
  account_ = "M. Autre";
  EXPECT_EQ(renew(code_), kRefused);
  EXPECT_NE(err_.str().find("contient le travail de Mme Une"), std::string::npos) << err_.str();
  EXPECT_EQ(certificate(), first);
  account_ = "Mme Une";
  EXPECT_EQ(renew(code_), kDone) << err_.str();
  EXPECT_NE(certificate(), first);
}

TEST_F(EnrolTest, ACertificateIsRenewedForTheSameRoleOnly) {
  open_agency();
  ASSERT_EQ(enrol(url(), code_.text()), kDone) << err_.str();
  const std::string first = certificate();
  server_->stop();
  open_agency("negociateur");
  EXPECT_EQ(renew(code_), kRefused);
  EXPECT_EQ(certificate(), first);
}

// Nobody is asked: the code is still good for a replica of its own.
TEST_F(EnrolTest, ACodeOfAnotherAgencyRenewsNothing) {
  open_agency();
  ASSERT_EQ(enrol(url(), code_.text()), kDone) << err_.str();
  server_->stop();
  EXPECT_EQ(renew({"ABCDE-FGHJK", authority("Autre").fingerprint()}), kRefused);
  EXPECT_NE(err_.str().find("autre agence"), std::string::npos) << err_.str();
}

TEST_F(EnrolTest, ACodeIsNotUsedUpForAReplicaThatCannotBeMade) {
  open_agency();
  std::filesystem::create_directories(replica_ + "/replica.sqlite");
  EXPECT_EQ(enrol(url(), code_.text()), kRefused);
  EXPECT_EQ(requests_, 0);
  std::filesystem::remove(replica_ + "/replica.sqlite");
  EXPECT_EQ(enrol(url(), code_.text()), kDone) << err_.str();
  EXPECT_FALSE(std::filesystem::exists(replica_ + "/place.tmp"));
}

TEST_F(EnrolTest, ARefusedCodeLeavesNoReplica) {
  open_agency();
  EXPECT_EQ(enrol(url(), net::EnrolmentCode{"ZZZZZ-ZZZZZ", authority_.fingerprint()}.text()), kRefused);
  EXPECT_FALSE(std::filesystem::exists(replica_ + "/replica.sqlite"));
}

TEST_F(EnrolTest, NobodyThereIsCodeTwo) {
  open_agency();
  const std::string gone = url();
  server_->stop();
  EXPECT_EQ(enrol(gone, code_.text()), kUnreachable);
}

TEST_F(EnrolTest, SyncWithoutServerKeepsEverything) {
  open_agency();
  ASSERT_EQ(enrol(url(), code_.text()), kDone);
  server_->stop();
  EXPECT_EQ(navette({"sync", "--replica", replica_}), kUnreachable);
  EXPECT_NE(err_.str().find("connexion refusée"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("tout est gardé sur ce poste : relancez « navette sync » quand le réseau est revenu"),
            std::string::npos)
      << err_.str();
  EXPECT_EQ(std::ranges::count(err_.str(), '\n'), 1) << err_.str();
}

TEST_F(EnrolTest, ALostOrDamagedIdentityTellsHowToRenewIt) {
  open_agency();
  ASSERT_EQ(enrol(url(), code_.text()), kDone);
  std::ofstream(replica_ + "/device.key") << "abîmée";
  EXPECT_EQ(navette({"sync", "--replica", replica_}), kRefused);
  EXPECT_NE(err_.str().find("enrol --renew"), std::string::npos) << err_.str();
  EXPECT_EQ(renew(code_), kDone) << err_.str();
  std::filesystem::remove(replica_ + "/authority.pem");
  EXPECT_EQ(navette({"sync", "--replica", replica_}), kRefused);
  EXPECT_NE(err_.str().find("enrol --renew"), std::string::npos) << err_.str();
  EXPECT_EQ(renew(code_), kDone) << err_.str();
}

TEST_F(EnrolTest, AnUnknownRoleAsksForAnUpgrade) {
  open_agency("archiviste");
  EXPECT_EQ(enrol(url(), code_.text()), kRefused);
  EXPECT_NE(err_.str().find("mettez Navette à jour"), std::string::npos);
}

}  // namespace
}  // namespace navette::client
