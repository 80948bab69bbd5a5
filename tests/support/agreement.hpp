// Whether a device that has caught up holds what the server holds.
#pragma once

#include <string>
#include <vector>

#include "device.hpp"

namespace navette::test {

// What differs, in words; empty: nothing. REQUIRES: the device has caught up and has nothing left to push.
[[nodiscard]] std::vector<std::string> differences(sync::Replica& replica, sync::ReplicaStore& store,
                                                   const DossierId& dossier, const MemoryDossier& server,
                                                   const sync::Authority& authority);
[[nodiscard]] inline std::vector<std::string> differences(Device& device, const DossierId& dossier,
                                                          const MemoryDossier& server,
                                                          const sync::Authority& authority) {
  return differences(*device.replica, device.store, dossier, server, authority);
}

}  // namespace navette::test
