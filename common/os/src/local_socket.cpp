#include "navette/os/local_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "descriptor.hpp"
#include "navette/os/files.hpp"
#include "navette/os/join.hpp"
#include "navette/os/system_error.hpp"

namespace navette::os {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kNameMaxBytes = 64;
constexpr int kBacklog = 16;

// The address of a socket through its open directory: short whatever the length of the path.
struct Address {
  Descriptor directory;
  sockaddr_un value{};
};

Result<Address> address_of(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name.empty() || name.size() > kNameMaxBytes) {
    return fail(ErrorCode::kInvalidArgument, join("le nom de la prise locale « ", name, " » est vide ou trop long"));
  }
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  Address address;
  address.directory = Descriptor(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!address.directory.valid()) return std::unexpected(error_of_errno(errno, "ouvrir", parent));
  address.value.sun_family = AF_UNIX;
  const std::string text = join("/proc/self/fd/", address.directory.get(), "/", name);
  std::memcpy(address.value.sun_path, text.c_str(), text.size() + 1);
  return address;
}

const sockaddr* generic(const Address& address) { return reinterpret_cast<const sockaddr*>(&address.value); }

std::unexpected<Error> nobody() {
  return fail(ErrorCode::kUnreachable, "aucun programme Navette ne tourne ici ; démarrez-le puis recommencez");
}

std::unexpected<Error> no_answer() {
  return fail(ErrorCode::kUnreachable,
              "le programme Navette en marche n'a pas répondu à temps ; recommencez, ou redémarrez-le");
}

Result<> wait_for(int descriptor, short events, SteadyTime deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return no_answer();
    pollfd entry{.fd = descriptor, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return no_answer();
  }
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

Result<> send_all(int descriptor, BytesView bytes, SteadyTime deadline) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (would_block()) {
      NAVETTE_TRY(wait_for(descriptor, POLLOUT, deadline));
    } else {
      return no_answer();
    }
  }
  return {};
}

Result<> receive_all(int descriptor, char* out, std::size_t size, SteadyTime deadline) {
  while (size > 0) {
    const ssize_t count = ::recv(descriptor, out, size, 0);
    if (count > 0) {
      out += count;
      size -= static_cast<std::size_t>(count);
    } else if (count < 0 && would_block()) {
      NAVETTE_TRY(wait_for(descriptor, POLLIN, deadline));
    } else {
      return no_answer();
    }
  }
  return {};
}

// EAGAIN from connect means a full backlog: try again until the deadline.
Result<> connect_until(int descriptor, const Address& address, SteadyTime deadline) {
  while (::connect(descriptor, generic(address), sizeof address.value) != 0) {
    if (!would_block()) return nobody();
    if (std::chrono::steady_clock::now() >= deadline) return no_answer();
    ::poll(nullptr, 0, 5);
  }
  return {};
}

}  // namespace

std::array<char, 4> local_length_prefix(std::size_t size) {
  return {static_cast<char>(size >> 24U), static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
          static_cast<char>(size)};
}

std::size_t local_length(const std::array<char, 4>& prefix) {
  std::size_t size = 0;
  for (const char byte : prefix) size = size << 8U | static_cast<unsigned char>(byte);
  return size;
}

LocalListener::LocalListener(std::filesystem::path path, FileLock lock)
    : path_(std::move(path)), lock_(std::move(lock)) {}

LocalListener::LocalListener(LocalListener&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, std::nullopt)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

LocalListener::~LocalListener() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (lock_) ::unlink(path_.c_str());
}

int LocalListener::release_descriptor() { return std::exchange(descriptor_, -1); }

Result<LocalListener> LocalListener::open(const std::filesystem::path& path) {
  if (path.has_parent_path()) NAVETTE_TRY(make_private_directory(path.parent_path()));
  NAVETTE_ASSIGN(const Address address, address_of(path));
  NAVETTE_ASSIGN(FileLock lock, FileLock::try_lock(path.string() + ".lock"));
  LocalListener listener(path, std::move(lock));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return std::unexpected(error_of_errno(errno, "remplacer", path));
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // The mode given to the socket before it has a name becomes the mode of its file.
  if (!socket.valid() || ::fchmod(socket.get(), 0600) != 0 ||
      ::bind(socket.get(), generic(address), sizeof address.value) != 0 || ::listen(socket.get(), kBacklog) != 0) {
    return std::unexpected(error_of_errno(errno, "ouvrir la prise locale", path));
  }
  listener.descriptor_ = socket.release();
  return listener;
}

LocalBell::LocalBell(LocalBell&& other) noexcept
    : path_(std::exchange(other.path_, {})), descriptor_(std::exchange(other.descriptor_, -1)) {}

LocalBell::~LocalBell() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

int LocalBell::release_descriptor() { return std::exchange(descriptor_, -1); }

Result<LocalBell> LocalBell::hang(const std::filesystem::path& path) {
  NAVETTE_ASSIGN(const Address address, address_of(path));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return std::unexpected(error_of_errno(errno, "remplacer", path));
  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid() || ::fchmod(socket.get(), 0600) != 0 ||
      ::bind(socket.get(), generic(address), sizeof address.value) != 0) {
    return std::unexpected(error_of_errno(errno, "ouvrir la prise locale", path));
  }
  return LocalBell(path, socket.release());
}

void ring(const std::filesystem::path& path) {
  const auto address = address_of(path);
  if (!address) return;
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return;
  // Full: it was rung and not heard yet.
  (void)::sendto(socket.get(), "r", 1, MSG_NOSIGNAL, generic(*address), sizeof address->value);
}

Result<Bytes> local_call(const std::filesystem::path& path, BytesView request, std::chrono::milliseconds timeout) {
  if (request.size() > kLocalMessageMaxBytes) {
    return fail(ErrorCode::kTooLarge, "la demande locale dépasse 64 Mio ; découpez-la");
  }
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto address = address_of(path);
  if (!address) return address.error().code == ErrorCode::kNotFound ? nobody() : std::unexpected(address.error());
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return std::unexpected(error_of_errno(errno, "ouvrir la prise locale", path));
  NAVETTE_TRY(connect_until(socket.get(), *address, deadline));
  const auto prefix = local_length_prefix(request.size());
  NAVETTE_TRY(send_all(socket.get(), {prefix.data(), prefix.size()}, deadline));
  NAVETTE_TRY(send_all(socket.get(), request, deadline));
  std::array<char, 4> reply_prefix{};
  NAVETTE_TRY(receive_all(socket.get(), reply_prefix.data(), reply_prefix.size(), deadline));
  const std::size_t size = local_length(reply_prefix);
  if (size > kLocalMessageMaxBytes) return fail(ErrorCode::kTooLarge, "la réponse locale dépasse 64 Mio");
  Bytes reply(size, '\0');
  NAVETTE_TRY(receive_all(socket.get(), reply.data(), reply.size(), deadline));
  return reply;
}

}  // namespace navette::os
