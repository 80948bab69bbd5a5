// A line that goes silent in the middle of a session: the stall limit closes it.
#include <csignal>

#include "e2e/crash.hpp"
#include "e2e/proxy.hpp"

namespace navette::e2e {
namespace {

class SlowNetwork : public CrashTest {};

TEST_F(SlowNetwork, AHalfOpenConnectionIsNoticedByTheWatcher) {
  Proxy proxy(server_.port());
  const Replica remote = enrol("remote", "Rémi Loin", "correspondant", "ej:990001000", proxy.url());
  const auto watcher = remote.watch();
  while (const auto line = watcher->read_line()) {
    if (line->contains("caught_up")) break;
  }
  proxy.mute();
  write(remote, 1, 1);
  bool noticed = false;
  for (int i = 0; i < 12 && !noticed; ++i) {
    const auto line = watcher->read_line(10s);
    noticed = line && line->contains("disconnected");
  }
  EXPECT_TRUE(noticed);
  proxy.cut();
  proxy.pass();
  EXPECT_TRUE(eventually([&] { return remote.json({"status"}).at("drafts") == 0; }, 90s));
  watcher->signal(SIGTERM);
  EXPECT_EQ(watcher->wait(10s), 0);
  converge({remote, claire_, nadia_});
  everything_is_there_once();
}

TEST_F(SlowNetwork, AOneShotSyncIsBoundedWhenTheServerFallsSilentInTheMiddle) {
  Proxy proxy(server_.port());
  const Replica remote = enrol("remote", "Rémi Loin", "correspondant", "ej:990001000", proxy.url());
  remote.sync();
  const std::size_t before = proxy.up();
  remote.sync();
  const std::size_t greeting = proxy.up() - before;  // what is said before anything is pushed
  write(remote, 1, 40);
  proxy.slow(4'000);
  const std::size_t start = proxy.up();
  Process syncing(remote.launch({"sync"}));
  ASSERT_TRUE(eventually([&] { return proxy.up() > start + greeting; }));
  proxy.mute();
  const auto code = syncing.wait(150s);
  ASSERT_TRUE(code.has_value()) << "no end in sight";
  EXPECT_THAT(*code, testing::AnyOf(0, 2)) << syncing.errors();
  proxy.cut();
  proxy.pass();
  converge({remote, claire_, nadia_});
  everything_is_there_once();
}

}  // namespace
}  // namespace navette::e2e
