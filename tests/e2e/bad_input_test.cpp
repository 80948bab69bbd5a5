// Wrong files, wrong directories, wrong values: a clear message, nothing lost, nothing half written.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "e2e/agency.hpp"
#include "navette/os/local_socket.hpp"
#include "navette/sql/database.hpp"

namespace navette::e2e {
namespace {

using testing::HasSubstr;

constexpr uid_t kNobody = 65534;

class BadInput : public AgencyTest {
 protected:
  void SetUp() override {
    open_demo();
    bring_people();
  }
  void refused(const Ran& ran, const std::string& word) {
    EXPECT_EQ(ran.code, 1) << ran.told();
    EXPECT_THAT(ran.err, HasSubstr(word));
  }
};

TEST_F(BadInput, DirectoriesThatAreNoReplica) {
  refused(Replica(place_ / "nulle-part").run({"list"}), "réplique");
  refused(Replica(place_ / "nulle-part").run({"sync"}), "inscrit");
  const std::filesystem::path broken = place_ / "abimee";
  std::filesystem::copy(claire_.directory(), broken, std::filesystem::copy_options::recursive);
  std::filesystem::remove(broken / "replica.sqlite-wal");
  std::filesystem::remove(broken / "replica.sqlite-shm");
  write_file("abimee/replica.sqlite", std::string(20'000, 'x'));
  for (const char* command : {"list", "status", "verify", "sync"}) {
    const Ran ran = Replica(broken).run({command});
    EXPECT_EQ(ran.code, 1) << command << ran.told();
    EXPECT_FALSE(ran.err.empty()) << command;
  }
}

TEST_F(BadInput, AReplicaOfANewerVersionIsLeftAlone) {
  {
    sql::OpenOptions options;
    options.create = false;
    auto database = sql::Database::open((claire_.directory() / "replica.sqlite").string(), options).value();
    database.execute("PRAGMA user_version = 9999");
  }
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"list"}, {"set", indicateur_, "cible_n1", "1"}, {"sync"}, {"verify"}}) {
    const Ran ran = claire_.run(words);
    EXPECT_EQ(ran.code, 1) << ran.told();
    EXPECT_THAT(ran.err, HasSubstr("mettez")) << words.front();
  }
}

TEST_F(BadInput, AReadOnlyDirectory) {
  const std::filesystem::path directory = claire_.directory();
  std::optional<uid_t> user;
  if (::geteuid() == 0) {  // root writes everywhere: somebody else tries
    user = kNobody;
    ::chmod(place_.c_str(), 0755);
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      EXPECT_EQ(::chown(entry.path().c_str(), kNobody, kNobody), 0);
    }
    EXPECT_EQ(::chown(directory.c_str(), kNobody, kNobody), 0);
  }
  ::chmod((directory / "replica.sqlite").c_str(), 0400);
  ::chmod(directory.c_str(), 0500);
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"set", indicateur_, "cible_n1", "1"}, {"add", dossier_, "engagement"}, {"sync"}}) {
    Launch launch = claire_.launch(words);
    launch.user = user;
    const Ran ran = e2e::run(launch);
    EXPECT_EQ(ran.code, 1) << ran.told();
    EXPECT_FALSE(ran.err.empty()) << words.front();
  }
  Launch reading = claire_.launch({"list", "--json"});  // what only reads goes on
  reading.user = user;
  const Ran read = e2e::run(reading);
  EXPECT_EQ(read.code, 0) << read.told();
  EXPECT_NE(read.out.find(dossier_), std::string::npos);
  ::chmod(directory.c_str(), 0700);
  ::chmod((directory / "replica.sqlite").c_str(), 0600);
  converge({claire_, nadia_});
}

TEST_F(BadInput, TextsThatAreNotUtf8OrTooLong) {
  const std::string before = claire_.get(diagnostic_, "structure");
  refused(claire_.run({"edit", diagnostic_, "structure", "--file", "-"}, "caf\xe9"), "UTF-8");
  refused(claire_.run({"set", diagnostic_, "structure", "\xff\xfe"}), "UTF-8");
  const Ran too_long = claire_.run({"edit", diagnostic_, "structure", "--file", "-"}, std::string(200'000, 'a'));
  EXPECT_EQ(too_long.code, 1) << too_long.told();
  EXPECT_FALSE(too_long.err.empty());
  EXPECT_EQ(claire_.get(diagnostic_, "structure"), before);
  EXPECT_EQ(claire_.json({"status"}).at("drafts"), 0);
  refused(claire_.run({"edit", diagnostic_, "structure", "--file", (place_ / "absent.txt").string()}), "absent.txt");
  refused(claire_.run({"edit", diagnostic_, "structure", "--base", "n'importe quoi", "--file", "-"}, "x"), "");
}

TEST_F(BadInput, LinesOfABatchThatAreNoCommand) {
  const Ran ran = claire_.run({"batch"}, "pas du json\n[]\n{}\n{\"op\":3}\n{\"op\":\"set\"}\n\xff\xfe\n" +
                                             std::string(9 * 1024 * 1024, ' ') + "\n{\"op\":\"set\",\"record\":\"" +
                                             indicateur_ + "\",\"field\":\"cible_n1\",\"value\":\"3\"}\n");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 8);
  EXPECT_EQ(claire_.get(indicateur_, "cible_n1"), "3");
}

TEST_F(BadInput, FilesOfEstablishments) {
  const std::string header =
      "finess_et;finess_ej;raison_sociale_et;complement_rs;raison_sociale_ej;statut_juridique_code;statut_juridique_"
      "libelle;statut_sae;qualite_espic_code;categorie_code;categorie_libelle;adresse;bp;code_postal;commune_postale;"
      "code_"
      "insee;commune;departement;region_code;region;siret;luhn_et;luhn_ej\n";
  const auto row = [](const std::string& site, const std::string& name) {
    return site + ";990003006;" + name + ";;EJ D'ESSAI;;;;;;;;;99000;VILLE;99001;VILLE;99;11;Région;;1;1\n";
  };
  const auto import = [&](const std::string& content) {
    return server_.run({"import", "--etablissements", write_file("fichier.csv", content)});
  };
  refused(import("a;b;c\n1;2;3\n"), "");
  refused(import(""), "");
  refused(import(std::string("PK\x03\x04", 4) + std::string(1000, '\0')), "classeur");
  refused(import("\xff\xfe" + std::string("f\0i\0", 4)), "UTF-16");
  const Ran latin = import(header + row("990003014", "H\xd4PITAL \xc9TOIL\xc9"));
  EXPECT_EQ(latin.code, 0) << latin.told();
  EXPECT_THAT(latin.out, HasSubstr("le fichier n'est pas en UTF-8"));
  const Ran broken = import(header + "990003022;trop court\n" + row("990003014", "HÔPITAL") + row("", "SANS NUMÉRO"));
  EXPECT_EQ(broken.code, 0) << broken.told();
  EXPECT_THAT(broken.out, HasSubstr("ligne 2"));
  EXPECT_THAT(broken.out, HasSubstr("ligne 4"));
  EXPECT_THAT(broken.out, HasSubstr("écartée"));
  server_.does({"dossier", "create", "--ej", "990003006", "--effet", "2031-01-01"});
  const std::string not_json = write_file("engagements.json", "{");
  refused(server_.run({"dossier", "create", "--ej", "990003006", "--effet", "2032-01-01", "--engagements", not_json}),
          "");
  converge({claire_, nadia_, paul_});
}

TEST_F(BadInput, NoiseAtTheLocalSockets) {
  const auto watcher = claire_.watch();
  ASSERT_TRUE(watcher->read_line().has_value());
  for (const std::string request : {"", "x", "[]", "{}", "{\"command\":5}", "{\"command\":\"dossier create\"}",
                                    "{\"op\":5}", "{\"op\":\"result\"}", "{\"op\":\"result\",\"ticket\":\"x\"}"}) {
    for (const std::filesystem::path& socket : {server_.data() / "control.sock", claire_.directory() / "watch.sock"}) {
      (void)os::local_call(socket, request, 2s);
    }
  }
  EXPECT_TRUE(server_.process().running()) << server_.process().errors();
  EXPECT_FALSE(watcher->wait(300ms).has_value()) << watcher->errors();
  server_.is_sound();
}

TEST_F(BadInput, DirectoriesThatAreNoServer) {
  const AgencyServer nowhere(place_ / "rien");
  refused(nowhere.run({"status"}), "init");
  refused(nowhere.run({"serve", "--listen", "127.0.0.1:0"}), "init");
  refused(server_.run({"serve", "--listen", "127.0.0.1:0"}), "");  // it is being served already
  refused(server_.run({"serve", "--listen", "nulle part"}), "");
  claire_.sync();
}

}  // namespace
}  // namespace navette::e2e
