#include "e2e/crash.hpp"

#include <map>
#include <thread>

namespace navette::e2e {
namespace {

constexpr int kPerRound = 3;
constexpr std::size_t kMost = 150;  // a dossier takes 200 engagements

std::string objective(const Json& record) { return record.at("fields").value("objectif", ""); }

}  // namespace

void CrashTest::SetUp() {
  open_demo();
  bring_people();
}

Replica CrashTest::copied(const Replica& original) const {
  const Replica copy(place_ / "copie");
  std::filesystem::create_directory(copy.directory());
  for (const auto& entry : std::filesystem::directory_iterator(original.directory())) {
    if (entry.is_regular_file()) std::filesystem::copy(entry.path(), copy.directory() / entry.path().filename());
  }
  return copy;
}

milliseconds CrashTest::moment(milliseconds most) {
  return milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, most.count())(random_));
}

void CrashTest::write(const Replica& who, int round, int count) {
  std::vector<Json> commands;
  for (int i = 0; i < count; ++i) {
    std::string name = who.directory().filename().string() + " " + std::to_string(round) + "." + std::to_string(i);
    if (written_.size() < kMost) {
      commands.push_back(
          {{"op", "add"}, {"dossier", dossier_}, {"kind", "engagement"}, {"fields", {{"objectif", name}}}});
      written_.push_back(std::move(name));
    } else {
      commands.push_back({{"op", "edit"}, {"record", diagnostic_}, {"field", "partage"}, {"text", name}});
    }
  }
  for (const Json& answer : who.batch(commands)) ASSERT_EQ(answer.at("ok"), true) << answer.dump();
}

void CrashTest::everything_is_there_once() {
  std::map<std::string, int> found;
  for (const Json& record : claire_.records(dossier_, "engagement")) ++found[objective(record)];
  for (const std::string& name : written_) EXPECT_EQ(found[name], 1) << name;
}

void CrashTest::kill_server_during_pushes(int rounds, unsigned seed) {
  random_.seed(announced_seed(seed));
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    write(claire_, round, kPerRound);
    write(nadia_, round, kPerRound);
    Process of_claire(claire_.launch({"sync"}));
    Process of_nadia(nadia_.launch({"sync"}));
    std::this_thread::sleep_for(moment(80ms));
    server_.kill();
    std::this_thread::sleep_for(moment(20ms));
    server_.serve();
    // They may have come back by themselves, or not have found anybody: both are right.
    for (Process* one : {&of_claire, &of_nadia}) {
      const auto code = one->wait(45s);
      ASSERT_TRUE(code.has_value()) << "round " << round << ": still running";
      EXPECT_THAT(*code, testing::AnyOf(0, 2, 3)) << "round " << round << ": " << one->errors();
    }
  }
  converge({claire_, nadia_, paul_});
  everything_is_there_once();
}

void CrashTest::kill_client_during_sync(int rounds, unsigned seed) {
  random_.seed(announced_seed(seed));
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    write(nadia_, round, kPerRound);
    nadia_.sync();
    write(claire_, round, kPerRound);
    Process synchronising(claire_.launch({"sync"}));
    std::this_thread::sleep_for(moment(70ms));
    synchronising.kill();
    EXPECT_EQ(claire_.run({"verify"}).code, 0) << "round " << round;
  }
  converge({claire_, nadia_, paul_});
  everything_is_there_once();
}

void CrashTest::kill_client_during_batches(int rounds, unsigned seed) {
  random_.seed(announced_seed(seed));
  int value = 0;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    int acknowledged = value;
    {
      Process batch(claire_.launch({"batch"}));
      std::string lines;
      for (int i = 0; i < 200; ++i) {
        const Json command{
            {"op", "set"}, {"record", indicateur_}, {"field", "realise_n1"}, {"value", std::to_string(++value)}};
        lines += command.dump() + "\n";
      }
      batch.write(lines);
      std::this_thread::sleep_for(20ms + moment(60ms));
      batch.signal(SIGKILL);
      while (const auto answer = batch.read_line(1s)) {
        if (answer->contains("\"ok\":true")) ++acknowledged;
      }
    }
    // What was answered is on the disk; what follows may be.
    const std::string now = claire_.get(indicateur_, "realise_n1");
    if (acknowledged > value - 200) {
      EXPECT_GE(std::stoi(now), acknowledged) << "round " << round;
    }
    value = now.empty() ? 0 : std::stoi(now);
  }
  converge({claire_, nadia_, paul_});
  EXPECT_EQ(nadia_.get(indicateur_, "realise_n1"), std::to_string(value));
}

}  // namespace navette::e2e
