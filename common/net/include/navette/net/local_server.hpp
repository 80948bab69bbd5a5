// The serving end of a control socket; the asking end is os::local_call.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"
#include "navette/net/io_runtime.hpp"

namespace navette::net {

using LocalHandler = std::function<Bytes(Bytes request)>;
using Executor = std::function<void(Task)>;

// Thread: any; stop() and the destructor neither from the handler nor on the runtime.
class LocalServer {
 public:
  // The handler is run through `executor` (empty: on the runtime), a request of each client at a time.
  // Errors: kBusy when a living server listens on this path, those of os::LocalListener::open.
  [[nodiscard]] static Result<std::unique_ptr<LocalServer>> start(IoRuntime& runtime, const std::filesystem::path& path,
                                                                  LocalHandler handler, Executor executor = {});
  ~LocalServer();  // stop()
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  // Cuts the clients, removes the socket. The handler is not called any more once this returned, if the executor
  // was given none or runs what it is given.
  void stop();

 private:
  struct State;
  explicit LocalServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace navette::net
