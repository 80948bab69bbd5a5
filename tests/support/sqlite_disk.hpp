// A device's disk with the production store on it, which can lose power.
#pragma once

#include "device.hpp"
#include "faulty_vfs.hpp"
#include "navette/client/sqlite_replica_store.hpp"

namespace navette::test {

class SqliteDisk final : public ReplicaDisk {
 public:
  // `directory`: new, and gone with the disk.
  SqliteDisk(const schema::Schema& schema, FaultyVfs& vfs, std::filesystem::path directory);
  ~SqliteDisk() override;

  [[nodiscard]] sync::ReplicaStore& store() override { return *store_; }
  void relax(bool relaxed) override { (void)store_->set_durable(!relaxed); }
  // The power goes off in that flush from now on; 0: not any more.
  void cut_power_at_flush(std::size_t number) { vfs_.cut_power_at_flush(directory_, number); }
  [[nodiscard]] bool power_is_off() const { return vfs_.power_is_off(directory_); }
  // Off, if it was not, and on again, with a program of that schema. REQUIRES: nothing uses the store.
  void start_again(const schema::Schema& schema, Unflushed unflushed, unsigned seed);

 private:
  void open(const schema::Schema& schema);

  FaultyVfs& vfs_;
  std::filesystem::path root_, directory_;
  unsigned generation_ = 0;
  std::unique_ptr<client::SqliteReplicaStore> store_;
};

}  // namespace navette::test
