// Kills at random moments, and what must hold afterwards. The fast tests take few rounds, the slow ones many.
#pragma once

#include <random>

#include "e2e/agency.hpp"

namespace navette::e2e {

class CrashTest : public AgencyTest {
 protected:
  void SetUp() override;

  void kill_server_during_pushes(int rounds, unsigned seed);
  void kill_client_during_sync(int rounds, unsigned seed);
  void kill_client_during_batches(int rounds, unsigned seed);

  // A few additions of one person, named after the round; each must be there once, in the end.
  void write(const Replica& who, int round, int count);
  void everything_is_there_once();
  // As a disk image restored on another machine: its files, without the socket that a killed watcher left.
  Replica copied(const Replica& original) const;
  milliseconds moment(milliseconds most);

  std::mt19937 random_;
  std::vector<std::string> written_;
};

}  // namespace navette::e2e
