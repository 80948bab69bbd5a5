// Replicas that follow a server: one shot and watching, losses, and how fast news travels.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "client/mini_server.hpp"
#include "client/store_maker.hpp"
#include "common/net_agency.hpp"
#include "navette/client/program.hpp"
#include "navette/cpom/demo.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/net/local_server.hpp"
#include "navette/os/file_lock.hpp"
#include "navette/os/files.hpp"
#include "sync/syncer.hpp"

namespace navette::client {
namespace {

using Json = nlohmann::json;

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran navette(const std::string& replica, std::vector<std::string> words) {
  words.insert(words.begin() + 1, {"--replica", replica});
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  const int code = run(std::move(words), in, out, err);
  return {code, out.str(), err.str()};
}

// What `navette sync --watch` is, without its signals.
class Watcher {
 public:
  explicit Watcher(const std::string& replica)
      : directory_{replica},
        lock_(os::FileLock::try_lock(directory_.sync_lock()).value()),
        syncer_(OpenReplica::for_writing(directory_).value(), directory_, dialling(directory_).value(),
                SyncMode::kWatch, [this](const SyncEvent& event) { hear(event); }),
        socket_(net::LocalServer::start(syncer_.network(), directory_.watch_socket(), [this](const Bytes& request) {
                  return syncer_.post().answer(request);
                }).value()) {
    EXPECT_TRUE(syncer_.hang_bell());
    syncer_.start();
  }
  ~Watcher() {
    syncer_.stop();
    (void)syncer_.wait();
    socket_->stop();
  }
  template <class Event>
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return counted<Event>();
  }
  template <class Event>
  bool wait_for(std::size_t number, std::chrono::seconds limit = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return counted<Event>() >= number; });
  }

 private:
  template <class Event>
  std::size_t counted() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(heard_, [](const SyncEvent& event) { return std::holds_alternative<Event>(event); }));
  }
  void hear(const SyncEvent& event) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(event);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SyncEvent> heard_;
  ReplicaDirectory directory_;
  os::FileLock lock_;
  Syncer syncer_;
  std::unique_ptr<net::LocalServer> socket_;
};

// Takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, generic, size) != 0 || ::listen(socket_, 8) != 0) throw std::runtime_error("listen");
    if (::getsockname(socket_, generic, &size) != 0) throw std::runtime_error("port");
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() {
    if (peer_ >= 0) ::close(peer_);
    ::close(socket_);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void await_connection() { peer_ = ::accept(socket_, nullptr, nullptr); }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int peer_ = -1;
  std::uint16_t port_ = 0;
};

class SyncTest : public net::Agency {
 protected:
  SyncTest() {
    os::SystemRandom random;
    const cpom::DemoEtablissement demo = cpom::demo_etablissements().front();
    std::vector<sync::SeedRecord> records;
    const auto seeds = cpom::dossier_seed(demo.entite, demo.date_effet, demo.content, clock_, random).value();
    for (const cpom::RecordSeed& seed : seeds) {
      if (seed.kind != 5 && seed.kind != 6) records.push_back({seed.id, seed.kind, {}, seed.fields});
      if (seed.kind == 4) engagement_ = seed.id.text();
    }
    mini_ = std::make_unique<test::MiniServer>(server_options(), std::move(records));
  }

  std::string enrolled(const std::string& name) {
    const std::string path = directory_.path().string() + "/" + name;
    const ReplicaDirectory replica{path};
    const net::Credentials device = issue(authority_, name);
    EXPECT_TRUE(os::make_private_directory(path));
    EXPECT_TRUE(os::write_file_atomically(replica.key(), device.key_pem));
    EXPECT_TRUE(os::write_file_atomically(replica.authority(), authority_.pem().certificate_pem));
    EXPECT_TRUE(write_server(replica, {"wss://127.0.0.1:" + std::to_string(mini_->port()), "Agence"}));
    (void)SqliteReplicaStore::open(path, replica_schema(), OpenMode::kReadWrite).value();
    EXPECT_TRUE(os::write_file_atomically(replica.certificate(), device.certificate_pem));
    return path;
  }
  Ran sync(const std::string& replica) { return navette(replica, {"sync"}); }
  Ran writes(const std::string& replica, const std::string& text) {
    return navette(replica, {"set", engagement_, "objectif", text});
  }
  std::string reads(const std::string& replica) { return navette(replica, {"get", engagement_, "objectif"}).out; }
  Json status(const std::string& replica) { return Json::parse(navette(replica, {"status", "--json"}).out); }

  test::TemporaryDirectory directory_;
  std::string engagement_;
  std::unique_ptr<test::MiniServer> mini_;
};

TEST_F(SyncTest, AChangeGoesFromOneDeviceToTheOther) {
  const std::string one = enrolled("un");
  const std::string two = enrolled("deux");
  const Ran first = sync(one);
  ASSERT_EQ(first.code, kDone) << first.err;
  ASSERT_EQ(sync(two).code, kDone);
  EXPECT_EQ(status(one)["dossiers"], 1);
  EXPECT_TRUE(status(one)["last_sync"].is_string());
  ASSERT_EQ(writes(one, "Réduire les délais.").code, kDone);
  EXPECT_EQ(status(one)["drafts"], 1);
  ASSERT_EQ(sync(one).code, kDone);
  EXPECT_EQ(status(one)["drafts"], 0);
  ASSERT_EQ(sync(two).code, kDone);
  EXPECT_EQ(reads(two), "Réduire les délais.");
  EXPECT_EQ(navette(two, {"verify"}).code, kDone);
  ASSERT_GE(mini_->reports().size(), 1U);
}

TEST_F(SyncTest, TwoWhoWroteApartGetAConflictAndCodeThree) {
  const std::string one = enrolled("un");
  const std::string two = enrolled("deux");
  ASSERT_EQ(sync(one).code, kDone);
  ASSERT_EQ(sync(two).code, kDone);
  ASSERT_EQ(writes(one, "Ma version.").code, kDone);
  ASSERT_EQ(writes(two, "Une tout autre version.").code, kDone);
  ASSERT_EQ(sync(one).code, kDone);
  EXPECT_EQ(sync(two).code, kWaiting);
  EXPECT_EQ(status(two)["conflicts"], 1);
  EXPECT_EQ(sync(one).code, kWaiting);
  const Json conflict = Json::parse(navette(one, {"conflicts", "--json"}).out).at(0);
  EXPECT_EQ(conflict["committed"], "Ma version.");
  EXPECT_EQ(conflict["incoming"], "Une tout autre version.");
  ASSERT_EQ(navette(one, {"resolve", conflict["id"], "--take", "incoming"}).code, kDone);
  EXPECT_EQ(sync(one).code, kDone);
  EXPECT_EQ(sync(two).code, kDone);
  EXPECT_EQ(reads(one), "Une tout autre version.");
  EXPECT_EQ(reads(two), reads(one));
}

TEST_F(SyncTest, JsonTellsProgressAndTheEnd) {
  const std::string one = enrolled("un");
  const Ran ran = navette(one, {"sync", "--json"});
  std::istringstream lines(ran.out);
  std::vector<std::string> events;
  Json last;
  Json progress;
  for (std::string line; std::getline(lines, line);) {
    last = Json::parse(line);
    if (last["event"] == "progress") progress = last;
    events.push_back(last["event"]);
  }
  EXPECT_NE(std::ranges::find(events, "progress"), events.end());
  EXPECT_EQ(last["event"], "done");
  EXPECT_EQ(progress["bytes"], progress["bytes_done"]);
  EXPECT_EQ(last["code"], 0);
  EXPECT_EQ(last["dossiers"], 1);
}

TEST_F(SyncTest, AWatcherSendsAndReceivesAtOnce) {
  const std::string one = enrolled("un");
  const std::string two = enrolled("deux");
  Watcher first(one);
  Watcher second(two);
  ASSERT_TRUE(first.wait_for<CaughtUpAll>(1));
  ASSERT_TRUE(second.wait_for<CaughtUpAll>(1));
  EXPECT_EQ(status(one)["connected"], true);
  constexpr std::size_t kEdits = 60;
  std::vector<double> spent_ms;
  for (std::size_t i = 1; i <= kEdits; ++i) {
    const auto began = std::chrono::steady_clock::now();
    ASSERT_EQ(writes(one, "Version " + std::to_string(i) + ".").code, kDone);
    ASSERT_TRUE(second.wait_for<DossierChanged>(i));
    spent_ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
    ASSERT_TRUE(first.wait_for<DossierChanged>(i));
  }
  EXPECT_EQ(reads(two), "Version 60.");
  std::ranges::sort(spent_ms);
  std::cout << "edit visible on the other device (command included): median " << spent_ms[kEdits / 2] << " ms\n";
}

TEST_F(SyncTest, OneShotAsksTheWatcher) {
  const std::string one = enrolled("un");
  const std::string two = enrolled("deux");
  ASSERT_EQ(sync(two).code, kDone);
  Watcher watcher(one);
  ASSERT_TRUE(watcher.wait_for<CaughtUpAll>(1));
  ASSERT_EQ(writes(two, "De l'autre poste.").code, kDone);
  ASSERT_EQ(sync(two).code, kDone);
  const Ran asked = sync(one);
  EXPECT_EQ(asked.code, kDone) << asked.err;
  EXPECT_EQ(reads(one), "De l'autre poste.");
  EXPECT_EQ(navette(one, {"sync", "--watch"}).code, kRefused);
}

TEST_F(SyncTest, ALockWithoutAWatcherIsToldClearly) {
  const std::string one = enrolled("un");
  const auto lock = os::FileLock::try_lock(one + "/sync.lock").value();
  const Ran ran = sync(one);
  EXPECT_EQ(ran.code, kRefused);
  EXPECT_NE(ran.err.find("déjà en cours"), std::string::npos);
  EXPECT_EQ(navette(one, {"list"}).code, kDone);
}

TEST_F(SyncTest, AWatcherComesBackAfterALoss) {
  const std::string one = enrolled("un");
  Watcher watcher(one);
  ASSERT_TRUE(watcher.wait_for<CaughtUpAll>(1));
  mini_->cut_all();
  ASSERT_TRUE(watcher.wait_for<Disconnected>(1));
  ASSERT_TRUE(watcher.wait_for<CaughtUpAll>(2));
  ASSERT_EQ(writes(one, "Après la coupure.").code, kDone);
  ASSERT_TRUE(watcher.wait_for<DossierChanged>(1));
  EXPECT_EQ(status(one)["connected"], true);
}

TEST_F(SyncTest, DoesWhatAGoodbyeSays) {
  const std::string one = enrolled("un");
  mini_->turn_away({Action::kRetry, "trop de monde", 50, false});
  EXPECT_EQ(sync(one).code, kDone);
  EXPECT_EQ(mini_->hellos(), 2U);
  mini_->turn_away({Action::kRetry, "copie reconnue", 0, true});
  EXPECT_EQ(sync(one).code, kDone);
  EXPECT_EQ(mini_->hellos(), 4U);
  mini_->turn_away({Action::kUpgrade, "version trop ancienne", 0, false});
  const Ran old = sync(one);
  EXPECT_EQ(old.code, kRefused);
  EXPECT_NE(old.err.find("version trop ancienne"), std::string::npos);
  mini_->turn_away({Action::kRetry, "revenez demain", 3'600'000, false});
  EXPECT_EQ(sync(one).code, kUnreachable);
  mini_->turn_away({Action::kStop, "poste révoqué", 0, false});
  EXPECT_EQ(sync(one).code, kRefused);
}

TEST_F(SyncTest, HistoryIsAskedOfTheServer) {
  const std::string one = enrolled("un");
  ASSERT_EQ(sync(one).code, kDone);
  const Ran ran = navette(one, {"history", mini_->dossier().text(), "--json"});
  ASSERT_EQ(ran.code, kDone) << ran.err;
  EXPECT_EQ(Json::parse(ran.out).at(0)["who"], "Une personne");
  EXPECT_EQ(Json::parse(ran.out).at(0)["what"], "set");
  const std::string told = navette(one, {"history", mini_->dossier().text()}).out;
  EXPECT_NE(told.find("saisi"), std::string::npos) << told;
  EXPECT_EQ(navette(one, {"history", mini_->dossier().text(), "--field", "objectif"}).code, kRefused);
}

// Whoever stops it during the first seconds has not synchronised: the server here takes the connection and says
// nothing.
TEST_F(SyncTest, AnInterruptedExchangeIsNoSuccess) {
  const std::string one = enrolled("un");
  SilentServer silent;
  ASSERT_TRUE(write_server({one}, {"wss://127.0.0.1:" + std::to_string(silent.port()), "Agence"}));
  Syncer syncer(OpenReplica::for_writing({one}).value(), {one}, dialling({one}).value(), SyncMode::kOneShot,
                [](const SyncEvent&) {});
  syncer.start();
  silent.await_connection();
  const auto began = std::chrono::steady_clock::now();
  syncer.stop();
  const SyncOutcome outcome = syncer.wait();
  syncer.end_threads();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
  EXPECT_EQ(outcome.code, kUnreachable);
  EXPECT_TRUE(outcome.interrupted);
}

TEST_F(SyncTest, AWatcherThatNobodyHearsEnds) {
  struct Broken : std::streambuf {
  } broken;
  const std::string one = enrolled("un");
  std::ostream out(&broken);
  std::istringstream in;
  std::ostringstream err;
  EXPECT_EQ(run({"sync", "--replica", one, "--watch"}, in, out, err), kRefused);
  EXPECT_NE(err.str().find("n'a pas pu être écrite"), std::string::npos) << err.str();
}

TEST_F(SyncTest, AServerOfAnotherAuthorityIsNotTrusted) {
  const std::string one = enrolled("un");
  const net::CertificateAuthority other = authority("Autre");
  ASSERT_TRUE(os::write_file_atomically(one + "/authority.pem", other.pem().certificate_pem));
  EXPECT_EQ(sync(one).code, kRefused);
}

}  // namespace
}  // namespace navette::client
