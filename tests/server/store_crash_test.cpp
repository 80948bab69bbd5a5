// A full disk and a killed process, each in a child of its own.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "store_fixture.hpp"

namespace navette::test {
namespace {

using schema::Value;

// What the child tells its parent through a pipe: the last amount that it was told to be durable.
class Told {
 public:
  Told() {
    if (::pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
  }
  ~Told() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void tell(std::int64_t amount) { (void)!::write(ends_[1], &amount, sizeof amount); }
  [[nodiscard]] std::int64_t last() {
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::int64_t amount = 0;
    for (std::int64_t next = 0; ::read(ends_[0], &next, sizeof next) == sizeof next;) amount = next;
    return amount;
  }

 private:
  std::array<int, 2> ends_{};
};

class CrashTest : public StoreTest {
 protected:
  // Writes amounts 1, 2, 3 … until it fails; says each that is durable.
  void write_amounts(const TestDossier& dossier, TestReplica replica, Told& told) {
    for (std::int64_t amount = 1;; ++amount) {
      const Bytes encoded = frozen(replica, dossier, {writes(dossier, dossier.montant(), Value{amount})});
      if (!push(replica, dossier, encoded)) return;
      told.tell(amount);
    }
  }
  std::int64_t amount(const TestDossier& dossier) {
    const Value value = read(dossier, dossier.montant());
    return std::holds_alternative<std::int64_t>(value) ? std::get<std::int64_t>(value) : 0;
  }
};

TEST_F(CrashTest, AFullDiskFailsThePushAndKeepsWhatWasAnswered) {
  const TestDossier dossier = make_dossier();
  const TestReplica first = make_replica();  // before the fork: the child would draw the same ids
  TestReplica other = make_replica();
  TestReplica replica = make_replica();
  store_.reset();
  Told told;
  const pid_t child = ::fork();
  if (child == 0) {
    open();
    std::signal(SIGXFSZ, SIG_IGN);
    // The file or its journal, whichever is larger: room for some commits beyond.
    const auto size = std::max(std::filesystem::file_size(directory_ / "authority.sqlite"),
                               std::filesystem::file_size(directory_ / "authority.sqlite-wal"));
    const rlimit limit{size + 300'000, size + 300'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    write_amounts(dossier, first, told);
    // The failed push left nothing in memory: what is read is what was answered.
    const Bytes encoded = frozen(other, dossier, {writes(dossier, dossier.montant(), Value{std::int64_t{-1}})});
    const bool still_fails = !push(other, dossier, encoded);
    ::_exit(still_fails ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  open();
  EXPECT_TRUE(problems().empty());
  const std::int64_t answered = told.last();
  EXPECT_GT(answered, 0);
  EXPECT_TRUE(amount(dossier) == answered || amount(dossier) == answered + 1 || amount(dossier) == -1);
  edit(replica, dossier, dossier.montant(), Value{std::int64_t{1'000'000}});
  EXPECT_TRUE(problems().empty());
}

TEST_F(CrashTest, AKilledServerKeepsEverythingItAnswered) {
  const TestDossier dossier = make_dossier();
  for (int round = 0; round < 12; ++round) {
    const std::int64_t before = amount(dossier);
    const TestReplica replica = make_replica();
    store_.reset();
    Told told;
    const pid_t child = ::fork();
    if (child == 0) {
      open();
      write_amounts(dossier, replica, told);
      ::_exit(1);
    }
    ::usleep(20'000 + random_.below(150'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    open();
    const std::int64_t answered = told.last();
    if (answered > 0) {
      EXPECT_GE(amount(dossier), answered);
      EXPECT_LE(amount(dossier), answered + 1);  // one may have been durable and not yet answered
    } else {
      EXPECT_TRUE(amount(dossier) == before || amount(dossier) == 1);
    }
    EXPECT_TRUE(problems().empty());
  }
}

}  // namespace
}  // namespace navette::test
