#include "sqlite_disk.hpp"

#include <stdexcept>

namespace navette::test {

namespace fs = std::filesystem;

SqliteDisk::SqliteDisk(const schema::Schema& schema, FaultyVfs& vfs, fs::path directory)
    : vfs_(vfs), root_(std::move(directory)), directory_(root_ / "0") {
  fs::create_directories(directory_);
  open(schema);
}

SqliteDisk::~SqliteDisk() {
  store_.reset();
  vfs_.forget(directory_);
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void SqliteDisk::open(const schema::Schema& schema) {
  auto opened = client::SqliteReplicaStore::open(directory_, schema, client::OpenMode::kReadWrite);
  if (!opened) throw std::runtime_error("a replica cannot be opened: " + opened.error().message);
  store_ = std::move(*opened);
}

void SqliteDisk::start_again(const schema::Schema& schema, Unflushed unflushed, unsigned seed) {
  vfs_.cut_power(directory_);
  store_.reset();
  const fs::path next = root_ / std::to_string(++generation_);
  fs::create_directories(next);
  vfs_.leave_behind(directory_, next, unflushed, seed);
  vfs_.forget(directory_);
  fs::remove_all(directory_);
  directory_ = next;
  open(schema);
}

}  // namespace navette::test
