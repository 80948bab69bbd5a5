#include "navette/sql/checkpointer.hpp"

#include <optional>
#include <utility>

namespace navette::sql {
namespace {

// Four megabytes of journal: some ten milliseconds of a disk. More often gains nothing, less often makes readers
// search.
constexpr std::size_t kStepPages = 1'000;

}  // namespace

Checkpointer::Checkpointer(std::string path) : path_(std::move(path)), thread_([this] { loop(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  due_changed_.notify_all();
  thread_.join();
}

void Checkpointer::watch(Database& database) {
  database.on_journal([this](std::size_t pages) { note(pages); });
}

void Checkpointer::note(std::size_t pages) {
  const std::lock_guard lock(mutex_);
  pages_ = pages;
  if (pages < done_) done_ = 0;  // the journal began anew
  if (due_ || pages < done_ + kStepPages) return;
  due_ = true;
  due_changed_.notify_all();
}

void Checkpointer::loop() {
  std::optional<Database> database;
  std::unique_lock lock(mutex_);
  while (true) {
    due_changed_.wait(lock, [this] { return stopping_ || due_; });
    if (stopping_) return;
    due_ = false;
    done_ = pages_;
    lock.unlock();
    if (!database) {
      if (auto opened = Database::open(path_, {.create = false, .durability = Durability::kNormal, .cache_kib = 256}))
        database = std::move(*opened);
    }
    try {
      if (database) database->prepare("PRAGMA wal_checkpoint(PASSIVE)").run();
    } catch (const Failure&) {  // a full disk, say: the commits tell it when it hinders them
      database.reset();
    }
    lock.lock();
  }
}

}  // namespace navette::sql
