#include "tls_socket.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <limits>
#include <new>

namespace navette::net {
namespace {

// OpenSSL's way to the socket. Its own would raise SIGPIPE when the other end is gone.
int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool passes(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

int write_to_socket(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::send(descriptor_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && passes(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int read_from_socket(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::recv(descriptor_of(bio), data, static_cast<std::size_t>(size), 0);
  if (count < 0 && passes(errno)) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(count);
}

long control_socket(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

const BIO_METHOD* socket_method() {
  static const std::unique_ptr<BIO_METHOD, FreeMethod> method = [] {
    std::unique_ptr<BIO_METHOD, FreeMethod> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "navette socket"));
    if (!made) throw std::bad_alloc();
    BIO_meth_set_write(made.get(), write_to_socket);
    BIO_meth_set_read(made.get(), read_from_socket);
    BIO_meth_set_ctrl(made.get(), control_socket);
    return made;
  }();
  return method.get();
}

int int_size(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

TlsSocket::TlsSocket(asio::ip::tcp::socket socket, SSL_CTX* context)
    : socket_(std::move(socket)), tls_(SSL_new(context)) {
  if (!tls_) throw std::bad_alloc();
  SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

void TlsSocket::close() {
  Error ignored;
  socket_.close(ignored);
}

TlsSocket::Attempt TlsSocket::try_handshake(boost::beast::role_type role) {
  if (!socket_.is_open()) return closed();
  if (SSL_get_rbio(tls_.get()) == nullptr) {
    Error error;
    socket_.non_blocking(true, error);
    if (error) return {Waits::kNothing, error, 0};
    BIO* bio = BIO_new(socket_method());
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_.native_handle())));
    BIO_set_init(bio, 1);
    SSL_set_bio(tls_.get(), bio, bio);
  }
  ERR_clear_error();
  const bool server = role == boost::beast::role_type::server;
  return outcome_of(server ? SSL_accept(tls_.get()) : SSL_connect(tls_.get()));
}

TlsSocket::Attempt TlsSocket::try_read(asio::mutable_buffer buffer) {
  if (!socket_.is_open()) return closed();
  if (buffer.size() == 0) return {};
  ERR_clear_error();
  return outcome_of(SSL_read(tls_.get(), buffer.data(), int_size(buffer.size())));
}

TlsSocket::Attempt TlsSocket::try_write(const void* data, std::size_t size) {
  if (!socket_.is_open()) return closed();
  if (size == 0) return {};
  ERR_clear_error();
  return outcome_of(SSL_write(tls_.get(), data, int_size(size)));
}

TlsSocket::Attempt TlsSocket::closed() { return {Waits::kNothing, asio::error::operation_aborted, 0}; }

TlsSocket::Attempt TlsSocket::outcome_of(int result) {
  const int system_error = errno;
  if (result > 0) return {Waits::kNothing, {}, static_cast<std::size_t>(result)};
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Waits::kReadable, {}, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Waits::kWritable, {}, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Waits::kNothing, asio::error::eof, 0};
    case SSL_ERROR_SYSCALL:
      if (system_error == 0) return {Waits::kNothing, asio::ssl::error::stream_truncated, 0};
      return {Waits::kNothing, Error(system_error, boost::system::system_category()), 0};
    default:
      break;
  }
  const unsigned long code = ERR_get_error();
  if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return {Waits::kNothing, asio::ssl::error::stream_truncated, 0};
  return {Waits::kNothing, Error(static_cast<int>(code), asio::error::get_ssl_category()), 0};
}

void TlsSocket::say_end() {
  if (!socket_.is_open()) return;
  ERR_clear_error();
  if (SSL_is_init_finished(tls_.get()) != 0) (void)SSL_shutdown(tls_.get());
  ERR_clear_error();
}

void beast_close_socket(TlsSocket& socket) { socket.close(); }

}  // namespace navette::net
