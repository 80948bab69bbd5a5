// Databases as bad disks, full disks and hasty hands leave them, and what both programs must do then.
#pragma once

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "e2e/agency.hpp"

namespace navette::e2e {

struct Damage {
  std::string name;
  std::function<void(const std::filesystem::path& database)> inflict;
};
// Of the main file and its journals: cut at several places, filled with zeros, overwritten, gone.
[[nodiscard]] std::vector<Damage> usual_damages();
// Anywhere in the main file or the journal.
[[nodiscard]] Damage random_damage(std::mt19937& random);

// What a message must name, one of them.
inline const std::string kWaysOut = "navette sync|sauvegarde|navette enrol";

class DamagedTest : public AgencyTest {
 protected:
  void SetUp() override;

  // A copy of Claire's replica, whose last changes stand in the journal alone.
  [[nodiscard]] Replica copy_of_claire() const;
  // Every command ends, says why it cannot, and leaves what it cannot read as it is; the way out that was told works.
  void survive(const Replica& broken, const Damage& damage, const std::string& told = kWaysOut);
  // The same of the server; the way out is the last backup and what the devices kept.
  void server_survives(const Damage& damage);

  std::filesystem::path backup_;

 private:
  void serves_or_says_why();
};

}  // namespace navette::e2e
