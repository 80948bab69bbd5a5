#include "writer.hpp"

#include <exception>
#include <future>
#include <utility>

#include "navette/server/tuning.hpp"
#include "navette/sync/replica_store.hpp"

namespace navette::server {
namespace {

// Runs it and gives what it threw as a value. Exceptions end here.
template <class F>
std::optional<Error> error_of(F run) {
  try {
    run();
    return std::nullopt;
  } catch (const sql::Failure& failure) {
    return failure.error;
  } catch (const sync::StoreFailure& failure) {
    return failure.error;
  } catch (const std::exception& exception) {
    return Error{ErrorCode::kInternal, std::string("erreur interne du serveur : ") + exception.what()};
  }
}

}  // namespace

Writer::Writer(sql::Database database, DossierStates states)
    : database_(std::move(database)), states_(std::move(states)), thread_([this] { loop(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  room_.notify_all();
  thread_.join();
}

bool Writer::has_room(std::size_t bytes) const {
  // One job always fits into an empty queue, whatever its size.
  return queue_.empty() || (queue_.size() < tuning::kQueuedJobs && queued_bytes_ + bytes <= tuning::kQueuedBytes);
}

void Writer::enqueue(WriteJob job) {
  queued_bytes_ += job.bytes;
  queue_.push_back(std::move(job));
  work_.notify_one();
}

Result<> Writer::post(WriteJob job) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || !has_room(job.bytes)) {
    return fail(ErrorCode::kBusy, "le serveur est très sollicité ; réessayez dans un instant");
  }
  enqueue(std::move(job));
  return {};
}

Result<> Writer::run(std::function<void(WriteContext&)> job) {
  std::promise<Result<>> promise;
  auto result = promise.get_future();
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return stopping_ || has_room(0); });
    if (stopping_) return fail(ErrorCode::kBusy, "le serveur s'arrête ; réessayez dans un instant");
    enqueue({std::move(job), [&promise](Result<> outcome) { promise.set_value(std::move(outcome)); }, 0});
  }
  return result.get();
}

void Writer::listen(RevisionListener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

WriterStats Writer::stats() const {
  const std::lock_guard lock(mutex_);
  WriterStats stats = stats_;
  stats.queued = queue_.size();
  return stats;
}

std::vector<WriteJob> Writer::take_batch() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  std::vector<WriteJob> batch;
  while (!queue_.empty() && batch.size() < tuning::kBatchJobs) {
    queued_bytes_ -= queue_.front().bytes;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  room_.notify_all();
  return batch;
}

void Writer::loop() {
  while (true) {
    std::vector<WriteJob> batch = take_batch();
    if (batch.empty()) return;
    commit_batch(batch);
  }
}

Writer::Outcome Writer::run_job(const WriteJob& job) {
  states_.begin_job();
  WriteContext context{database_, states_, {}};
  Outcome outcome;
  outcome.error = error_of([&] {
    sql::Savepoint savepoint(database_);
    job.run(context);
    savepoint.release();
  });
  if (outcome.error) {
    states_.drop_job();
  } else {
    outcome.committed = std::move(context.committed);
  }
  return outcome;
}

void Writer::commit_batch(std::vector<WriteJob>& batch) {
  states_.begin_batch();
  std::vector<Outcome> outcomes;
  const std::optional<Error> failed = error_of([&] {
    sql::Transaction transaction(database_, sql::Transaction::Kind::kWrite);
    for (const WriteJob& job : batch) {
      outcomes.push_back(run_job(job));
      // A full disk makes SQLite roll the whole transaction back: what the others did is gone as well.
      if (!database_.in_transaction()) throw sql::Failure{*outcomes.back().error};
    }
    transaction.commit();
  });
  if (failed) states_.drop_batch();
  states_.end_batch();
  RevisionListener listener;
  {
    const std::lock_guard lock(mutex_);
    stats_.jobs += batch.size();
    ++(failed ? stats_.failed_commits : stats_.commits);
    listener = listener_;
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (failed) {
      batch[i].done(std::unexpected(*failed));
      continue;
    }
    if (listener) {
      for (const CommittedRevisions& revisions : outcomes[i].committed) listener(revisions);
    }
    if (outcomes[i].error) {
      batch[i].done(std::unexpected(*outcomes[i].error));
    } else {
      batch[i].done({});
    }
  }
}

}  // namespace navette::server
