// Brings what the journal (WAL) holds into the file, on a thread and a connection of its own: the commits of the one
// that it watches need not, and none of them is late because of it. Opens nothing before there is something to do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

#include "navette/sql/database.hpp"

namespace navette::sql {

class Checkpointer {
 public:
  explicit Checkpointer(std::string path);
  ~Checkpointer();  // after what it watches: waits for a checkpoint under way
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // One Database of that path; it is forgotten with it. What fails is tried again later, and in the end by the commits.
  void watch(Database& database);

 private:
  void note(std::size_t pages);
  void loop();

  std::string path_;
  std::mutex mutex_;  // of what follows
  std::condition_variable due_changed_;
  std::size_t pages_ = 0;  // of the journal, after the last commit
  std::size_t done_ = 0;   // how many it had when the last checkpoint was asked for
  bool due_ = false;
  bool stopping_ = false;

  std::thread thread_;  // last: starts when everything stands
};

}  // namespace navette::sql
