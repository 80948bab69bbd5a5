#include "read_pool.hpp"

#include "navette/server/tuning.hpp"

namespace navette::server {
namespace {

sql::Database take(std::mutex& mutex, std::condition_variable& back, std::vector<sql::Database>& idle) {
  std::unique_lock lock(mutex);
  back.wait(lock, [&] { return !idle.empty(); });
  sql::Database database = std::move(idle.back());
  idle.pop_back();
  return database;
}

}  // namespace

Result<std::unique_ptr<ReadPool>> ReadPool::open(const std::string& path, std::size_t count) {
  auto pool = std::make_unique<ReadPool>();
  for (std::size_t i = 0; i < count; ++i) {
    NAVETTE_ASSIGN(sql::Database database,
                   sql::Database::open(path, {.create = false, .read_only = true, .cache_kib = tuning::kReadCacheKib}));
    pool->idle_.push_back(std::move(database));
  }
  return pool;
}

ReadPool::Lease::Lease(ReadPool& pool) : pool_(pool), database_(take(pool.mutex_, pool.back_, pool.idle_)) {}

ReadPool::Lease::~Lease() {
  {
    const std::lock_guard lock(pool_.mutex_);
    pool_.idle_.push_back(std::move(database_));
  }
  pool_.back_.notify_one();
}

}  // namespace navette::server
