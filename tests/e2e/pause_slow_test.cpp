// Pauses longer than the limits: the other end notices, says it, and comes back by itself. The limits are those of
// client/src/sync/tuning.hpp and navette/net/tuning.hpp.
#include <csignal>
#include <thread>

#include "e2e/crash.hpp"

namespace navette::e2e {
namespace {

using Clock = std::chrono::steady_clock;

constexpr milliseconds kStall = 60s + 5s;        // kStallLimit, looked at every kStallCheck
constexpr milliseconds kIdle = 60s;              // idle_limit
constexpr milliseconds kBack = 60s + 15s + 15s;  // kBackoffMost, then connecting and shaking hands
constexpr milliseconds kMargin = 5s;             // of a busy machine

class LongPauses : public CrashTest {
 protected:
  std::unique_ptr<Process> watching(const Replica& who) {
    auto watcher = who.watch();
    EXPECT_TRUE(hears(*watcher, "caught_up", 10s)) << watcher->errors();
    return watcher;
  }
  static bool hears(Process& watcher, const std::string& word, milliseconds limit) {
    const auto end = Clock::now() + limit;
    while (Clock::now() < end) {
      const auto line = watcher.read_line(std::chrono::duration_cast<milliseconds>(end - Clock::now()));
      if (line && line->contains(word)) return true;
      if (!line && !watcher.running()) return false;
    }
    return false;
  }
  bool connected(const std::string& account) {
    const Json status = server_.status();
    for (const Json& device : status.at("devices")) {
      if (device.at("account") == account && device.at("connected") == true) return true;
    }
    return false;
  }
};

TEST_F(LongPauses, AServerStoppedBeyondTheStallLimitWhileAClientPushes) {
  const auto watcher = watching(claire_);
  server_.process().signal(SIGSTOP);
  const auto start = Clock::now();
  write(claire_, 1, 20);
  EXPECT_TRUE(hears(*watcher, "disconnected", kStall + kMargin)) << "not noticed";
  std::cout << "the client noticed after " << std::chrono::duration_cast<milliseconds>(Clock::now() - start).count()
            << " ms\n";
  // Commands go on; whoever waits for the server is told in time.
  write(claire_, 2, 1);
  const Ran told = claire_.run({"sync"});
  EXPECT_EQ(told.code, 2) << told.told();
  EXPECT_LT(told.took, 40s);
  server_.process().signal(SIGCONT);
  const auto again = Clock::now();
  EXPECT_TRUE(eventually([&] { return claire_.json({"status"}).at("drafts") == 0; }, kBack + kMargin)) << "stuck";
  std::cout << "all was sent " << std::chrono::duration_cast<milliseconds>(Clock::now() - again).count()
            << " ms after the server went on\n";
  watcher->signal(SIGTERM);
  EXPECT_EQ(watcher->wait(10s), 0);
  converge({claire_, nadia_, paul_});
  everything_is_there_once();
}

TEST_F(LongPauses, AClientStoppedBeyondTheIdleLimitWhileOthersWrite) {
  const auto watcher = watching(claire_);
  ASSERT_TRUE(eventually([&] { return connected("Claire Dubois"); }));
  // Stopped inside a transaction it would hold the file, and commands would be told so after ten seconds.
  std::this_thread::sleep_for(1s);
  watcher->signal(SIGSTOP);
  const auto start = Clock::now();
  write(nadia_, 1, 20);
  nadia_.sync();
  write(claire_, 1, 3);  // a command beside a watcher that does not answer
  EXPECT_TRUE(eventually([&] { return !connected("Claire Dubois"); }, kIdle + kMargin)) << "the server did not notice";
  std::cout << "the server noticed after " << std::chrono::duration_cast<milliseconds>(Clock::now() - start).count()
            << " ms\n";
  watcher->signal(SIGCONT);
  const auto again = Clock::now();
  EXPECT_TRUE(eventually([&] { return claire_.json({"status"}).at("drafts") == 0 && connected("Claire Dubois"); },
                         kBack + kMargin))
      << "stuck";
  std::cout << "it was back " << std::chrono::duration_cast<milliseconds>(Clock::now() - again).count()
            << " ms after it went on\n";
  watcher->signal(SIGTERM);
  EXPECT_EQ(watcher->wait(10s), 0);
  converge({claire_, nadia_, paul_});
  everything_is_there_once();
}

}  // namespace
}  // namespace navette::e2e
