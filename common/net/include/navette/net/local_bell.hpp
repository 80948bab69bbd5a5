// A bell in the directory of a program, heard on one of its strands; rung by os::ring.
#pragma once

#include <filesystem>
#include <memory>

#include "navette/base/error.hpp"
#include "navette/net/io_runtime.hpp"

namespace navette::net {

// Thread: any. The runtime's stop takes it down too.
class LocalBell {
 public:
  // `on_ring` is called on the strand, once for rings that came together. Errors, REQUIRES: those of os::LocalBell.
  [[nodiscard]] static Result<std::unique_ptr<LocalBell>> hang(const Strand& strand, const std::filesystem::path& path,
                                                               Task on_ring);
  ~LocalBell();  // a ring under way may still be heard
  LocalBell(const LocalBell&) = delete;
  LocalBell& operator=(const LocalBell&) = delete;

 private:
  struct State;
  explicit LocalBell(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace navette::net
