// TLS straight over a socket, as the asynchronous stream that Beast asks for. The library's own keeps four buffers of
// 17 KiB for every connection, idle or not; here records go from the system to OpenSSL and back, and what OpenSSL holds
// it frees between two records.
//
// One read, one write and one handshake at a time, on the strand of the socket. It must not move while one is pending.
// Closed, it gives the descriptor up: nothing may reach OpenSSL from then on, for the number may be another's already.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <utility>

#include "navette/net/tuning.hpp"

namespace navette::net {

namespace asio = boost::asio;

class TlsSocket {
 public:
  using executor_type = asio::any_io_executor;
  using Error = boost::system::error_code;

  TlsSocket(asio::ip::tcp::socket socket, SSL_CTX* context);
  ~TlsSocket() = default;
  TlsSocket(TlsSocket&&) = default;
  TlsSocket& operator=(TlsSocket&&) = default;

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] SSL* native_handle() { return tls_.get(); }
  [[nodiscard]] asio::ip::tcp::socket& socket() { return socket_; }
  void close();  // at once: what is pending ends with operation_aborted

  // Completes with (error).
  template <class Token>
  auto async_handshake(boost::beast::role_type role, Token&& token) {
    const auto attempt = [role](TlsSocket& self) { return self.try_handshake(role); };
    return asio::async_compose<Token, void(Error)>(Operation<decltype(attempt), false>(*this, attempt), token, socket_);
  }
  // Both complete with (error, bytes).
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    const auto attempt = [buffers](TlsSocket& self) { return self.try_read(first_of(buffers)); };
    return asio::async_compose<Token, void(Error, std::size_t)>(Operation<decltype(attempt), true>(*this, attempt),
                                                                token, socket_);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    const auto attempt = [buffers](TlsSocket& self) { return self.try_gathered(buffers); };
    return asio::async_compose<Token, void(Error, std::size_t)>(Operation<decltype(attempt), true>(*this, attempt),
                                                                token, socket_);
  }

  // Says that this end has said all. Whether the other one hears it does not matter any more.
  void say_end();

 private:
  // What OpenSSL waits for before the same call can go on.
  enum class Waits : std::uint8_t { kNothing, kReadable, kWritable };
  struct Attempt {
    Waits waits = Waits::kNothing;
    Error error;
    std::size_t bytes = 0;
  };

  // One record at most: its size by the standard.
  static constexpr std::size_t kRecordBytes = std::size_t{16} << 10U;

  Attempt try_handshake(boost::beast::role_type role);
  Attempt try_read(asio::mutable_buffer buffer);
  Attempt try_write(const void* data, std::size_t size);
  [[nodiscard]] Attempt outcome_of(int result);
  [[nodiscard]] static Attempt closed();

  template <class Buffers>
  static asio::mutable_buffer first_of(const Buffers& buffers) {
    for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers); ++at) {
      if (const asio::mutable_buffer buffer(*at); buffer.size() != 0) return buffer;
    }
    return {};
  }

  // Small pieces (a frame's header and its content) leave as one record.
  template <class Buffers>
  Attempt try_gathered(const Buffers& buffers) {
    const auto end = asio::buffer_sequence_end(buffers);
    asio::const_buffer whole;
    std::size_t pieces = 0;
    for (auto at = asio::buffer_sequence_begin(buffers); at != end && pieces < 2; ++at) {
      const asio::const_buffer piece(*at);
      if (piece.size() == 0) continue;
      if (++pieces == 1) whole = piece;
    }
    if (pieces < 2 || whole.size() >= kRecordBytes) return try_write(whole.data(), whole.size());
    std::array<char, kRecordBytes> record;  // filled as far as it is used
    const std::size_t size = asio::buffer_copy(asio::buffer(record), buffers);
    return try_write(record.data(), size);
  }

  // Tries, waits for the socket, tries again.
  template <class Try, bool kWithBytes>
  class Operation {
   public:
    Operation(TlsSocket& tls, Try attempt) : tls_(tls), attempt_(std::move(attempt)) {}

    template <class Self>
    void operator()(Self& self, const Error& error = {}) {
      if (done_) return complete(self);
      if (error) {
        last_.error = error;
        return complete(self);
      }
      last_ = attempt_(tls_);
      if (last_.waits != Waits::kNothing) {
        started_ = true;
        const auto what =
            last_.waits == Waits::kReadable ? asio::socket_base::wait_read : asio::socket_base::wait_write;
        return tls_.socket_.async_wait(what, std::move(self));
      }
      if (started_) return complete(self);
      done_ = true;
      asio::defer(std::move(self));  // never from within the call that begins it
    }

   private:
    template <class Self>
    void complete(Self& self) {
      if constexpr (kWithBytes) {
        self.complete(last_.error, last_.error ? 0 : last_.bytes);
      } else {
        self.complete(last_.error);
      }
    }

    TlsSocket& tls_;
    Try attempt_;
    Attempt last_;
    bool started_ = false;
    bool done_ = false;
  };

  struct FreeTls {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };

  asio::ip::tcp::socket socket_;
  std::unique_ptr<SSL, FreeTls> tls_;
};

// Beast ends a WebSocket's stream by these.
void beast_close_socket(TlsSocket& socket);

// Says the end, then hears the other one's, within the limits of whoever closes.
template <class Handler>
void async_teardown(boost::beast::role_type role, TlsSocket& tls, Handler&& handler) {
  const auto operation = [role, &tls, begun = false, total = std::size_t{0}](auto& self, TlsSocket::Error error = {},
                                                                             std::size_t = 0) mutable {
    if (!std::exchange(begun, true)) {
      tls.say_end();
      TlsSocket::Error ignored;
      if (role == boost::beast::role_type::server) {
        tls.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
      }
      return tls.socket().async_wait(asio::socket_base::wait_read, std::move(self));
    }
    // What still comes was said before the other end knew; unread, it would make the system cut the connection.
    std::array<char, 4096> piece;
    while (!error && total < kLingerMaxBytes) {
      total += tls.socket().read_some(asio::buffer(piece), error);
    }
    if (error == asio::error::would_block) {
      return tls.socket().async_wait(asio::socket_base::wait_read, std::move(self));
    }
    tls.close();
    self.complete(error == asio::error::eof ? TlsSocket::Error{} : error);
  };
  asio::async_compose<Handler, void(TlsSocket::Error)>(operation, handler, tls.socket());
}

}  // namespace navette::net
