// A client of the network written by hand, on the loopback, which may say anything. Its writes may meet a connection
// that the server has closed: the program ignores SIGPIPE, or dies of it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

#include "navette/base/bytes.hpp"
#include "navette/net/identity.hpp"

namespace navette::test {

inline constexpr char kUpgrade[] =
    "GET /sync HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

class Raw {
 public:
  // `source`: the address of this machine that it dials from, in host order.
  explicit Raw(std::uint16_t port, std::uint32_t source = INADDR_LOOPBACK)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const int at_once = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(source);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
    ::close(socket_);
  }

  [[nodiscard]] bool connected() const { return connected_; }
  // Trusts anybody. `suites`, `groups`: all that it speaks, null: what the library does.
  bool secure(int highest_version, const net::Credentials& device, const char* suites = nullptr,
              const char* groups = nullptr) {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context_, highest_version);
    if (suites != nullptr) SSL_CTX_set_ciphersuites(context_, suites);
    if (groups != nullptr) SSL_CTX_set1_groups_list(context_, groups);
    if (!device.certificate_pem.empty()) use(device);
    tls_ = SSL_new(context_);
    SSL_set_fd(tls_, socket_);
    return SSL_connect(tls_) == 1;
  }
  bool write(BytesView bytes) {
    if (tls_ != nullptr) {
      const auto size = static_cast<int>(bytes.size());
      return size == 0 || SSL_write(tls_, bytes.data(), size) == size;
    }
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  // Nothing follows from this end; the other one may still answer.
  void finish() {
    if (tls_ != nullptr) SSL_shutdown(tls_);
    ::shutdown(socket_, SHUT_WR);
  }
  Bytes read() {
    char bytes[4096];
    const auto count = tls_ != nullptr ? SSL_read(tls_, bytes, sizeof bytes) : ::recv(socket_, bytes, sizeof bytes, 0);
    return {bytes, count > 0 ? static_cast<std::size_t>(count) : 0};
  }
  // False when the server kept it open for five seconds.
  bool wait_end() {
    const auto begin = std::chrono::steady_clock::now();
    while (!read().empty()) continue;
    return std::chrono::steady_clock::now() - begin < std::chrono::seconds(4);
  }

 private:
  void use(const net::Credentials& device) {
    BIO* certificate_bio = BIO_new_mem_buf(device.certificate_pem.data(), -1);
    BIO* key_bio = BIO_new_mem_buf(device.key_pem.data(), -1);
    X509* certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_bio);
    BIO_free(key_bio);
  }

  int socket_;
  bool connected_ = false;
  SSL_CTX* context_ = nullptr;
  SSL* tls_ = nullptr;
};

}  // namespace navette::test
