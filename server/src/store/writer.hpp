// The one thread that writes, with group commit: what arrived while the last commit ran goes into the next.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "dossier_states.hpp"
#include "navette/server/store_types.hpp"
#include "navette/sql/database.hpp"

namespace navette::server {

// What a job works with, on the writer thread, inside the batch's transaction and its own savepoint.
struct WriteContext {
  sql::Database& database;
  DossierStates& states;
  std::vector<CommittedRevisions> committed;  // by this job; told once durable
};

struct WriteJob {
  std::function<void(WriteContext&)> run;  // fails by throwing; the others of its batch go on
  std::function<void(Result<>)> done;      // after the commit, in order; must not throw
  std::size_t bytes = 0;                   // that it holds in memory
};

class Writer {
 public:
  Writer(sql::Database database, DossierStates states);
  ~Writer();  // finishes what is queued
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Errors: kBusy when the queue is full.
  [[nodiscard]] Result<> post(WriteJob job);
  // Waits for room in the queue, then for the commit. Not from the writer thread.
  [[nodiscard]] Result<> run(std::function<void(WriteContext&)> job);
  void listen(RevisionListener listener);
  [[nodiscard]] WriterStats stats() const;

 private:
  struct Outcome {
    std::optional<Error> error;
    std::vector<CommittedRevisions> committed;
  };

  [[nodiscard]] bool has_room(std::size_t bytes) const;  // REQUIRES: mutex_ held
  void enqueue(WriteJob job);                            // likewise
  void loop();
  [[nodiscard]] std::vector<WriteJob> take_batch();
  void commit_batch(std::vector<WriteJob>& batch);
  [[nodiscard]] Outcome run_job(const WriteJob& job);

  sql::Database database_;  // writer thread only
  DossierStates states_;    // likewise

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable room_;
  std::deque<WriteJob> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;
  RevisionListener listener_;
  WriterStats stats_;

  std::thread thread_;  // last: starts when everything stands
};

}  // namespace navette::server
