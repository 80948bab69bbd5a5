// Keys, files and what is said about them: backups that only one key opens, a certificate replaced while serving,
// modes.
#include <sys/stat.h>

#include <csignal>

#include <fstream>
#include <iterator>

#include "e2e/agency.hpp"

namespace navette::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Keys : public AgencyTest {
 protected:
  void SetUp() override {
    open_demo();
    bring_people();
  }
  [[nodiscard]] std::string in_place(const char* name) const { return (place_ / name).string(); }
  void make_recipient(const std::string& name) const {
    const Ran made = run({.words = {NAVETTE_SERVER_PROGRAM, "keys", "recipient", "--name", name, "--certificate",
                                    in_place((name + ".crt").c_str()), "--key", in_place((name + ".key").c_str())}});
    ASSERT_EQ(made.code, 0) << made.told();
  }
  // The certificate that whoever dials now is shown.
  [[nodiscard]] std::string shown_serial() const {
    const std::string dial = "openssl s_client -connect 127.0.0.1:" + std::to_string(server_.port()) +
                             " </dev/null 2>/dev/null | openssl x509 -noout -serial";
    return run({.words = {"/bin/sh", "-c", dial}}).out;
  }
};

TEST_F(Keys, ABackupIsForTheHolderOfItsKeyAlone) {
  make_recipient("coffre");
  make_recipient("autre");
  claire_.edit(diagnostic_, "partage", "Avant la sauvegarde.\n");
  claire_.sync();
  const std::string file = in_place("sauvegarde.cms");
  server_.does({"backup", "--to", file, "--recipient", in_place("coffre.crt")});
  server_.does({"backup", "--to", file, "--recipient", in_place("coffre.crt")});  // the next one takes its place
  const std::string letter = write_file("lettre.txt", "Rien d'une sauvegarde.");
  EXPECT_NE(server_.run({"backup", "--to", letter, "--recipient", in_place("coffre.crt")}).code, 0);
  EXPECT_EQ(content_of(letter), "Rien d'une sauvegarde.");
  const std::string sealed = content_of(file);
  EXPECT_GT(sealed.size(), 10'000U);
  EXPECT_THAT(sealed, Not(HasSubstr("SQLite format 3")));
  EXPECT_THAT(sealed, Not(HasSubstr("Avant la sauvegarde")));
  EXPECT_FALSE(std::filesystem::exists(server_.data() / "sauvegarde-en-cours.sqlite"));
  // A third party opens it with what every system has.
  const std::string plain = in_place("ouverte.sqlite");
  const Ran opened =
      run({.words = {"/bin/sh", "-c", "openssl cms -decrypt -binary -inform DER -in \"$0\" -inkey \"$1\" -out \"$2\"",
                     file, in_place("coffre.key"), plain}});
  ASSERT_EQ(opened.code, 0) << opened.told();
  EXPECT_THAT(content_of(plain), StartsWith("SQLite format 3"));

  server_.stop();
  const Json epoch = server_.status().at("epoch");
  const Ran keyless = server_.run({"restore", "--from", file});
  EXPECT_NE(keyless.code, 0);
  EXPECT_THAT(keyless.err, HasSubstr("--key"));
  const Ran wrong = server_.run({"restore", "--from", file, "--key", in_place("autre.key")});
  EXPECT_NE(wrong.code, 0);
  EXPECT_THAT(wrong.err, HasSubstr("ne s'ouvre pas avec cette clé"));
  std::string damaged = sealed;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  const std::string changed = write_file("changee.cms", damaged);
  EXPECT_NE(server_.run({"restore", "--from", changed, "--key", in_place("coffre.key")}).code, 0);
  const std::string cut = write_file("coupee.cms", sealed.substr(0, sealed.size() / 2));
  EXPECT_NE(server_.run({"restore", "--from", cut, "--key", in_place("coffre.key")}).code, 0);
  EXPECT_EQ(server_.status().at("epoch"), epoch) << "nothing was touched";

  server_.does({"restore", "--from", file, "--key", in_place("coffre.key")});
  EXPECT_NE(server_.status().at("epoch"), epoch);
  EXPECT_FALSE(std::filesystem::exists(server_.data() / "sauvegarde-dechiffree.sqlite"));
  server_.serve();
  for (const Replica& one : {claire_, paul_, nadia_}) one.sync();
  EXPECT_EQ(nadia_.get(diagnostic_, "partage"), "Avant la sauvegarde.\n");
  server_.is_sound();
}

TEST_F(Keys, ARecipientsKeyIsNeverWrittenOver) {
  make_recipient("coffre");
  const std::string key = content_of(in_place("coffre.key"));
  const Ran again = run({.words = {NAVETTE_SERVER_PROGRAM, "keys", "recipient", "--name", "coffre", "--certificate",
                                   in_place("nouveau.crt"), "--key", in_place("coffre.key")}});
  EXPECT_NE(again.code, 0);
  EXPECT_EQ(content_of(in_place("coffre.key")), key);
}

TEST_F(Keys, TheServersKeyAndCertificateAreReplacedWhileServing) {
  const auto watching = claire_.watch();
  const auto said_connected = [&] {
    const auto line = watching->read_line();
    return line && line->contains("connected");
  };
  ASSERT_TRUE(eventually(said_connected));
  const std::string before = shown_serial();
  const std::string old_key = content_of(server_.data() / "server.key");
  const Json rotated = server_.does({"keys", "rotate", "server", "--json"}).json();
  EXPECT_NE(shown_serial(), before);
  EXPECT_NE(content_of(server_.data() / "server.key"), old_key);
  EXPECT_THAT(rotated.at("names").dump(), HasSubstr("127.0.0.1"));
  EXPECT_TRUE(watching->running());
  nadia_.edit(diagnostic_, "partage", "Sous le nouveau certificat.\n");
  nadia_.sync();
  EXPECT_TRUE(eventually([&] { return claire_.get(diagnostic_, "partage") == "Sous le nouveau certificat.\n"; }))
      << "who was connected stays so";
  const std::string after = shown_serial();
  server_.stop();
  server_.does({"keys", "rotate", "server", "--host", "127.0.0.1"});
  server_.serve();
  EXPECT_NE(shown_serial(), after);
  paul_.sync();
}

TEST_F(Keys, ACrashAmidARotationLeavesAServerThatServes) {
  server_.stop();
  const std::string old_key = content_of(server_.data() / "server.key");
  server_.does({"keys", "rotate", "server"});
  // As it stands between the writing of the certificate and that of its key.
  std::filesystem::rename(server_.data() / "server.key", server_.data() / "server.key.next");
  std::ofstream(server_.data() / "server.key") << old_key;
  server_.serve();
  paul_.sync();
}

TEST_F(Keys, WhatOthersCouldReadIsToldAndNothingIsMadeSo) {
  server_.does({"backup", "--to", in_place("sauvegarde.sqlite")});
  std::vector<std::filesystem::path> files{in_place("sauvegarde.sqlite")};
  for (const auto& entry : std::filesystem::directory_iterator(server_.data())) files.push_back(entry.path());
  for (const auto& file : files) {
    struct stat about{};
    ASSERT_EQ(::lstat(file.c_str(), &about), 0);
    if (file.extension() != ".crt") EXPECT_EQ(about.st_mode & 077U, 0U) << file;
  }
  EXPECT_THAT(server_.process().errors(), Not(HasSubstr("chmod")));
  server_.stop();
  std::filesystem::permissions(server_.data() / "authority.key", std::filesystem::perms(0640));
  server_.serve();
  EXPECT_TRUE(eventually([&] { return server_.process().errors().contains("chmod 600"); }));
  EXPECT_THAT(server_.process().errors(), HasSubstr("authority.key"));
  paul_.sync();  // told, and served all the same
}

TEST_F(Keys, TheLogHoldsNoContentAndNoSecret) {
  const std::string code = server_.code("Zoé Martin", "correspondant", "ej:990001000");
  claire_.edit(diagnostic_, "brouillon_structure", "Une phrase qui ne regarde personne.\n");
  claire_.sync();
  (void)run({.words = {NAVETTE_PROGRAM, "enrol", "--server", server_.url(), "--code",
                       code.substr(0, 20) + "X" + code.substr(21), "--replica", in_place("zoe")}});
  server_.process().signal(SIGTERM);
  (void)server_.process().wait();
  const std::string log = server_.process().errors();
  EXPECT_THAT(log, HasSubstr("arrêt"));
  for (const std::string& secret :
       {std::string("ne regarde personne"), code.substr(0, 11), std::string("PRIVATE KEY"), std::string("Zoé")}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace navette::e2e
