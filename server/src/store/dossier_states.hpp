// The writer's cache of dossier states. Thread: the writer only, inside its transaction.
#pragma once

#include <list>
#include <unordered_map>
#include <vector>

#include "state_rows.hpp"

namespace navette::server {

class DossierStates {
 public:
  DossierStates(const sql::TypedTables& tables, std::size_t most_bytes) : rows_(tables), most_bytes_(most_bytes) {}

  // The state as of the open transaction, to be changed together with its rows. Valid until the next call.
  // Throws sql::Failure: kNotFound.
  [[nodiscard]] sync::DossierState& of(sql::Database& database, const DossierId& dossier);
  [[nodiscard]] const StateRows& rows() const { return rows_; }

  void begin_job() { of_job_.clear(); }
  void begin_batch() { of_batch_.clear(); }
  // The states of the batch have grown or shrunk: weighs them again, forgets the least used beyond the bound.
  void end_batch();
  // Forget what the failed part touched: memory and rows no longer agree.
  void drop_job();
  void drop_batch();

 private:
  struct Entry {
    DossierId dossier;
    sync::DossierState state;
    std::size_t bytes = 0;
  };
  void drop(const DossierId& dossier);

  StateRows rows_;
  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<DossierId, std::list<Entry>::iterator> by_id_;
  std::vector<DossierId> of_job_;
  std::vector<DossierId> of_batch_;
};

}  // namespace navette::server
