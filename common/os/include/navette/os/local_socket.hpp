// Control sockets between programs of one person on one machine: one request, one reply, over a Unix socket.
// Each message is its length (four bytes, big endian) and its bytes. Who may enter the directory may ask.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <utility>

#include "navette/base/bytes.hpp"
#include "navette/base/error.hpp"
#include "navette/os/file_lock.hpp"

namespace navette::os {

// The largest thing asked locally is an export of all dossiers of one account.
inline constexpr std::size_t kLocalMessageMaxBytes = std::size_t{64} << 20U;

[[nodiscard]] std::array<char, 4> local_length_prefix(std::size_t size);    // REQUIRES: size ≤ kLocalMessageMaxBytes
[[nodiscard]] std::size_t local_length(const std::array<char, 4>& prefix);  // not checked against the limit

// A listening socket of mode 0600, in a directory made private (0700). A lock beside it (path + ".lock") tells a
// living server from what a killed one left behind. Paths may be longer than the 108 bytes of the system; the
// file name itself may not exceed 64 bytes.
class LocalListener {
 public:
  // Errors: kBusy when a living server listens there, kInvalidArgument for a long file name, error_of_errno.
  [[nodiscard]] static Result<LocalListener> open(const std::filesystem::path& path);

  LocalListener(LocalListener&& other) noexcept;
  LocalListener& operator=(LocalListener&&) = delete;
  ~LocalListener();  // removes the socket file, then frees the lock

  [[nodiscard]] int release_descriptor();  // the caller closes it, before this object goes

 private:
  LocalListener(std::filesystem::path path, FileLock lock);
  std::filesystem::path path_;
  std::optional<FileLock> lock_;
  int descriptor_ = -1;
};

// Asks and waits for the reply; blocks. Errors: kUnreachable when nobody listens or answers in time, kTooLarge.
[[nodiscard]] Result<Bytes> local_call(const std::filesystem::path& path, BytesView request,
                                       std::chrono::milliseconds timeout);

// A bell that other programs ring: says that something happened and no more. Ringing is never waited for, and rings
// that nobody heard yet are one. Mode 0600; REQUIRES a directory that is private, and a lock of the caller's that makes
// it the only one to hang a bell there.
class LocalBell {
 public:
  // Replaces what a killed program left. Errors: error_of_errno.
  [[nodiscard]] static Result<LocalBell> hang(const std::filesystem::path& path);
  LocalBell(LocalBell&& other) noexcept;
  LocalBell& operator=(LocalBell&&) = delete;
  ~LocalBell();  // takes it down

  [[nodiscard]] int release_descriptor();  // a datagram socket; the caller closes it

 private:
  LocalBell(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  std::filesystem::path path_;
  int descriptor_ = -1;
};
void ring(const std::filesystem::path& path);  // nobody there: nothing happens

}  // namespace navette::os
