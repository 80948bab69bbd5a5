// Reading a device's store in one consistent view.
#pragma once

#include "simulation.hpp"

namespace navette::test {

template <class Work>
auto Simulation::look(Device& device, Work work) {
  std::optional<decltype(work())> result;
  const auto read = device.store.read([&]() -> Result<void> {
    result.emplace(work());
    return {};
  });
  if (!read && powerless(device)) throw PowerOff{};
  if (!read) throw Hole("reading a replica failed: " + read.error().message);
  return std::move(*result);
}

}  // namespace navette::test
