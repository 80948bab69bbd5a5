#include "fault_walk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "navette/sql/database.hpp"

namespace navette::test {
namespace {

// Every row of every table, as SQL writes it.
std::string rows_of(sql::Database& database) {
  std::vector<std::string> tables;
  {
    auto names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    while (names.step()) tables.emplace_back(names.text(0));
  }
  std::string out;
  for (const std::string& table : tables) {
    std::string columns;
    {
      auto names = database.prepare("SELECT name FROM pragma_table_info('" + table + "')");
      while (names.step()) {
        columns += (columns.empty() ? "" : " || ',' || ") + ("quote(\"" + std::string(names.text(0)) + "\")");
      }
    }
    auto rows = database.prepare("SELECT " + columns + " AS shown FROM \"" + table + "\" ORDER BY shown");
    while (rows.step()) out += table + " " + std::string(rows.text(0)) + "\n";
  }
  return out;
}

// What differs between two dumps, a few lines of it.
std::string difference(const std::string& left, const std::string& right) {
  std::size_t at = 0;
  while (at < left.size() && at < right.size() && left[at] == right[at]) ++at;
  const std::size_t start = left.rfind('\n', at) == std::string::npos ? 0 : left.rfind('\n', at) + 1;
  return "expected: " + left.substr(start, 300) + "\nfound:    " + right.substr(std::min(start, right.size()), 300);
}

constexpr const char* kCallNames[] = {"open", "read", "write", "truncate", "sync", "size", "delete", "lock", "shared"};

}  // namespace

Result<void> Steps::take(Promise promise, const std::function<Result<void>()>& act) {
  Result<void> done = act();
  if (!done && !failure) failure = done.error();
  if (!done && stubborn) done = act();
  if (!done) return done;
  promises_.push_back(promise);
  if (after_each) after_each();
  return {};
}

FaultWalk::FaultWalk(Script& script, std::size_t stride) : script_(script), stride_(stride) {
  std::string pattern = (std::filesystem::temp_directory_path() / "navette_faults_XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  place_ = pattern;
  // How many calls there are, with nobody looking; then what each step leaves.
  for (const bool full_disk : {false, true}) {
    Steps steps;
    full_disk ? disk_.arm({.at = SIZE_MAX, .full_disk = true}) : disk_.count();
    const auto done = script_.run(fresh("counted"), steps);
    disk_.disarm();
    if (!done) throw std::runtime_error("the script fails by itself: " + done.error().message);
    (full_disk ? writes_ : calls_) = disk_.calls();
    flushes_ = disk_.flushes();
  }
  Steps steps;
  const std::filesystem::path directory = fresh("reference");
  states_.emplace_back();
  steps.after_each = [&] { states_.push_back(dump(directory)); };
  if (const auto done = script_.run(directory, steps); !done) throw std::runtime_error(done.error().message);
  goes_on(directory);
}

FaultWalk::~FaultWalk() {
  std::error_code ignored;
  std::filesystem::remove_all(place_, ignored);
}

std::filesystem::path FaultWalk::fresh(const std::string& name) {
  std::filesystem::path directory = place_ / name;
  std::filesystem::remove_all(directory);
  std::filesystem::create_directory(directory);
  return directory;
}

std::string FaultWalk::dump(const std::filesystem::path& directory) const {
  auto database = sql::Database::open((directory / script_.file_name()).string(), {.create = false});
  if (!database) return "does not open: " + database.error().message;
  if (const auto whole = database->check_integrity(); !whole) return "is damaged: " + whole.error().message;
  return rows_of(*database);
}

bool FaultWalk::is_state(const std::string& found, std::size_t from, std::size_t to) const {
  for (std::size_t i = from; i <= to && i < states_.size(); ++i) {
    if (states_[i] == found) return true;
  }
  return false;
}

void FaultWalk::goes_on(const std::filesystem::path& directory) {
  for (const std::string& wrong : script_.go_on(directory)) ADD_FAILURE() << wrong;
}

void FaultWalk::every_call_fails(bool lasting, bool full_disk) {
  const std::size_t most = full_disk ? writes_ : calls_;
  std::size_t met = 0;
  std::size_t told = 0;
  for (std::size_t at = 1; at <= most && !testing::Test::HasFailure(); at += stride_) {
    const std::filesystem::path directory = fresh("faulty");
    Steps steps;
    disk_.arm({at, lasting, full_disk});
    const auto done = script_.run(directory, steps);
    disk_.disarm();
    SCOPED_TRACE("call " + std::to_string(at) + " of " + std::to_string(most) + " fails" +
                 (lasting ? " for good" : "") + (full_disk ? ", disk full" : "") + "; steps taken " +
                 std::to_string(steps.taken()) + "; " +
                 (disk_.failed() ? kCallNames[static_cast<int>(*disk_.failed())] : "nothing met") + "; " +
                 (done ? "nothing told" : done.error().message));
    met += disk_.met() ? 1 : 0;
    told += done ? 0 : 1;
    if (!done) {
      EXPECT_FALSE(done.error().message.empty());
      EXPECT_NE(done.error().code, ErrorCode::kConflict);
    }
    if (steps.taken() > 0) {
      const std::string found = dump(directory);
      EXPECT_TRUE(is_state(found, steps.taken(), steps.taken() + (done ? 0 : 1)))
          << difference(states_[steps.taken()], found);
    }
    goes_on(directory);
  }
  std::cout << met << " of " << most << " calls failed" << (lasting ? " for good" : " once")
            << (full_disk ? " (disk full)" : "") << ", " << told << " runs were told an error\n";
  EXPECT_GT(told, 0u);
}

void FaultWalk::every_call_fails_and_is_tried_again() {
  std::size_t told = 0;
  for (std::size_t at = 1; at <= calls_ && !testing::Test::HasFailure(); at += stride_) {
    const std::filesystem::path directory = fresh("faulty");
    Steps steps;
    steps.stubborn = true;
    disk_.arm({.at = at});
    const auto done = script_.run(directory, steps);
    disk_.disarm();
    SCOPED_TRACE("call " + std::to_string(at) + " of " + std::to_string(calls_) + " fails once; steps taken " +
                 std::to_string(steps.taken()) + "; " +
                 (disk_.failed() ? kCallNames[static_cast<int>(*disk_.failed())] : "nothing met") +
                 "; first told: " + (steps.failure ? steps.failure->message : "nothing"));
    told += steps.failure ? 1 : 0;
    EXPECT_TRUE(done) << "not over it: " << done.error().message;
    goes_on(directory);
  }
  std::cout << told << " failures were told and tried again, in " << calls_ << " runs\n";
  EXPECT_GT(told, 0u);
}

void FaultWalk::power_is_cut_at_every_flush(Unflushed unflushed, unsigned seed) {
  // Beyond the last flush: the power goes off when all is closed.
  for (std::size_t at = flushes_ + 1; at > 0 && !testing::Test::HasFailure(); at -= std::min(at, stride_)) {
    const std::filesystem::path directory = fresh("cut");
    Steps steps;
    disk_.cut_power_at_flush(at);
    const auto done = script_.run(directory, steps);
    disk_.disarm();
    const std::filesystem::path found_at = fresh("after");
    disk_.leave_behind(directory, found_at, unflushed, seed + static_cast<unsigned>(at));
    // The last step that promised to be there and changed something.
    std::size_t durable = 0;
    for (std::size_t i = 1; i <= steps.taken() && i < states_.size(); ++i) {
      if (steps.promises()[i - 1] == Steps::Promise::kDurable && states_[i] != states_[i - 1]) durable = i;
    }
    SCOPED_TRACE("power cut in flush " + std::to_string(at) + " of " + std::to_string(flushes_) + ", seed " +
                 std::to_string(seed) + "; steps taken " + std::to_string(steps.taken()) + ", durable " +
                 std::to_string(durable));
    EXPECT_EQ(disk_.power_is_off(), at <= flushes_);
    if (durable > 0) {
      const std::string found = dump(found_at);
      EXPECT_TRUE(is_state(found, durable, steps.taken() + (done ? 0 : 1))) << difference(states_[durable], found);
    }
    goes_on(found_at);
  }
}

}  // namespace navette::test
