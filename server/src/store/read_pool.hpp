// A few read connections, lent one caller at a time. Thread: any.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "navette/sql/database.hpp"

namespace navette::server {

class ReadPool {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ReadPool>> open(const std::string& path, std::size_t count);

  // Lent until destroyed.
  class Lease {
   public:
    explicit Lease(ReadPool& pool);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    [[nodiscard]] sql::Database& database() { return database_; }

   private:
    ReadPool& pool_;
    sql::Database database_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable back_;
  std::vector<sql::Database> idle_;
};

}  // namespace navette::server
