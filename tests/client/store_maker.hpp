// The two stores behind one name, and a directory that goes with the test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "navette/client/sqlite_replica_store.hpp"
#include "support/memory_replica_store.hpp"
#include "support/test_schema.hpp"

namespace navette::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "navette_store_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class MemoryMaker {
 public:
  sync::ReplicaStore& store() { return store_; }

 private:
  MemoryReplicaStore store_;
};

class SqliteMaker {
 public:
  SqliteMaker() {
    auto opened = client::SqliteReplicaStore::open(directory_.path(), test_schema(), client::OpenMode::kReadWrite);
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
    (void)store_->set_durable(false);  // these tests cut no power
  }
  sync::ReplicaStore& store() { return *store_; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<client::SqliteReplicaStore> store_;
};

}  // namespace navette::test
