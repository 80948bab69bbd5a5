// The adapters over the operating system, on real files and sockets of a temporary directory.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "navette/net/io_runtime.hpp"
#include "navette/net/local_bell.hpp"
#include "navette/net/local_server.hpp"
#include "navette/os/file_lock.hpp"
#include "navette/os/files.hpp"
#include "navette/os/local_socket.hpp"
#include "navette/os/system.hpp"
#include "navette/os/system_error.hpp"

namespace navette {
namespace {

using namespace std::chrono_literals;

class Os : public testing::Test {
 protected:
  Os() {
    std::string name = (std::filesystem::temp_directory_path() / "navette_os_XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~Os() override { std::filesystem::remove_all(directory_); }

  static unsigned mode_of(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  }

  std::filesystem::path directory_;
};

TEST_F(Os, ClockAndRandomnessGoForward) {
  os::SystemClock clock;
  EXPECT_GT(clock.now().milliseconds, 1'700'000'000'000);
  os::SystemRandom random;
  std::array<unsigned char, 32> first{};
  std::array<unsigned char, 32> second{};
  random.fill(first);
  random.fill(second);
  EXPECT_NE(first, second);
}

TEST_F(Os, ALockHasOneHolderAndIsFreedWithIt) {
  const auto path = directory_ / "store.lock";
  {
    auto held = os::FileLock::try_lock(path);
    ASSERT_TRUE(held);
    const auto refused = os::FileLock::try_lock(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
  }
  EXPECT_TRUE(os::FileLock::try_lock(path));
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(Os, AFileIsReplacedWholeWithItsMode) {
  const auto path = directory_ / "key.pem";
  ASSERT_TRUE(os::write_file_atomically(path, "old"));
  EXPECT_EQ(mode_of(path), 0600U);
  ASSERT_TRUE(os::write_file_atomically(path, "new", os::kSharedFileMode));
  EXPECT_EQ(mode_of(path), 0644U);
  EXPECT_EQ(os::read_file(path, 3).value(), "new");
  EXPECT_EQ(os::read_file(path, 2).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(os::read_file(directory_ / "absent", 3).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1) << "a temporary file was left";
}

TEST_F(Os, AFullDiskIsTold) {
  EXPECT_EQ(os::error_of_errno(ENOSPC, "écrire", "x").code, ErrorCode::kDiskFull);
  EXPECT_EQ(os::error_of_errno(EDQUOT, "écrire", "x").code, ErrorCode::kDiskFull);
  EXPECT_EQ(os::error_of_errno(EROFS, "écrire", "x").code, ErrorCode::kReadOnly);
  EXPECT_EQ(os::error_of_errno(EACCES, "écrire", "x").code, ErrorCode::kReadOnly);
}

TEST_F(Os, PrivateDirectoriesAreMadeAndTightenedButNeverSharedPlaces) {
  const auto deep = directory_ / "a" / "b";
  ASSERT_TRUE(os::make_private_directory(deep));
  EXPECT_EQ(mode_of(deep), 0700U);
  EXPECT_EQ(mode_of(deep.parent_path()), 0700U);
  std::filesystem::permissions(deep, std::filesystem::perms(0755));
  ASSERT_TRUE(os::make_private_directory(deep));
  EXPECT_EQ(mode_of(deep), 0700U);
  EXPECT_FALSE(os::make_private_directory("/usr"));
  EXPECT_NE(mode_of("/usr"), 0700U);
  ASSERT_TRUE(os::write_file_atomically(directory_ / "file", ""));
  EXPECT_EQ(os::make_private_directory(directory_ / "file").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Os, AControlSocketAnswersEvenUnderAVeryLongPath) {
  const auto path = directory_ / std::string(120, 'd') / std::string(120, 'e') / "control.sock";
  net::IoRuntime runtime(1);
  auto server = net::LocalServer::start(runtime, path, [](const Bytes& request) { return "re: " + request; });
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(mode_of(path.parent_path()), 0700U);
  EXPECT_EQ(os::local_call(path, "status", 5s).value(), "re: status");
  EXPECT_EQ(os::local_call(path, "", 5s).value(), "re: ");
  const Bytes large(5U << 20U, 'x');
  EXPECT_EQ(os::local_call(path, large, 5s).value().size(), large.size() + 4);
  const auto second = net::LocalServer::start(runtime, path, [](const Bytes&) { return Bytes(); });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  server->reset();
  EXPECT_FALSE(os::exists(path));
  EXPECT_EQ(os::local_call(path, "status", 1s).error().code, ErrorCode::kUnreachable);
}

TEST_F(Os, AHandlerRunsWhereItIsTold) {
  net::IoRuntime runtime(1);
  net::IoRuntime elsewhere(1);
  std::atomic<int> posted = 0;
  auto server = net::LocalServer::start(
      runtime, directory_ / "s", [](const Bytes& request) { return request; },
      [&](net::Task task) {
        ++posted;
        elsewhere.post(std::move(task));
      });
  ASSERT_TRUE(server);
  EXPECT_EQ(os::local_call(directory_ / "s", "x", 5s).value(), "x");
  EXPECT_EQ(posted, 1);
}

TEST_F(Os, ASilentServerAndALostOneAreUnreachable) {
  const auto path = directory_ / "control.sock";
  EXPECT_EQ(os::local_call(path, "x", 1s).error().code, ErrorCode::kUnreachable);
  const auto listener = os::LocalListener::open(path);  // accepts nobody
  ASSERT_TRUE(listener);
  EXPECT_EQ(os::local_call(path, "x", 50ms).error().code, ErrorCode::kUnreachable);
}

TEST_F(Os, TheSocketOfAKilledServerIsTakenOver) {
  const auto path = directory_ / "control.sock";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto listener = os::LocalListener::open(path);
    if (::write(ready[1], "r", 1) != 1 || !listener) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(os::LocalListener::open(path).error().code, ErrorCode::kBusy);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(os::exists(path));
  EXPECT_EQ(os::local_call(path, "x", 1s).error().code, ErrorCode::kUnreachable);
  EXPECT_TRUE(os::LocalListener::open(path));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(Os, ABellIsHeardOnItsStrandAndReplacesThatOfAKilledProgram) {
  const auto path = directory_ / "bell.sock";
  os::ring(path);  // nobody there
  net::IoRuntime runtime(1);
  std::atomic<int> heard = 0;
  const auto rung = [&] {
    for (int i = 0; i < 500 && heard == 0; ++i) std::this_thread::sleep_for(10ms);
    return heard.exchange(0) != 0;
  };
  auto left = os::LocalBell::hang(path);
  ASSERT_TRUE(left);
  const auto bell = net::LocalBell::hang(runtime.make_strand(), path, [&] { ++heard; });
  ASSERT_TRUE(bell) << bell.error().message;
  EXPECT_EQ(mode_of(path), 0600U);
  os::ring(path);
  EXPECT_TRUE(rung());
  for (int i = 0; i < 1'000; ++i) os::ring(path);  // more than the system queues
  EXPECT_TRUE(rung());
  runtime.stop();
}

TEST_F(Os, ASignalAsksToStopOnce) {
  net::IoRuntime runtime(1);
  std::promise<void> asked;
  const net::StopSignals signals(runtime, [&] { asked.set_value(); });
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(asked.get_future().wait_for(5s), std::future_status::ready);
}

TEST_F(Os, TimersFireUnlessCancelledAndStrandsKeepOrder) {
  net::IoRuntime runtime(2);
  const net::Strand strand = runtime.make_strand();
  std::promise<void> fired;
  std::atomic<bool> wrongly = false;
  auto cancelled = strand.run_after(20ms, [&] { wrongly = true; });
  cancelled.cancel();
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) strand.post([&order, i] { order.push_back(i); });
  runtime.run_after(30ms, [&] { fired.set_value(); });
  EXPECT_EQ(fired.get_future().wait_for(5s), std::future_status::ready);
  runtime.run_after(1h, [&] { wrongly = true; });
  runtime.stop();
  EXPECT_FALSE(wrongly);
  EXPECT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

}  // namespace
}  // namespace navette
