// A bad network between a replica and its server: cuts, silences and slows the line. Counts bytes as they pass.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace navette::e2e {

// Thread: any.
class Proxy {
 public:
  explicit Proxy(std::uint16_t server_port);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  [[nodiscard]] std::string url() const { return "wss://127.0.0.1:" + std::to_string(port_); }
  void aim(std::uint16_t server_port) { server_port_ = server_port; }

  void pass();       // a good line again, for the present connections too
  void mute_down();  // what the server says is lost; what is said to it arrives
  void mute();       // nothing passes, nobody is told
  void slow(std::size_t bytes_per_second);
  void cut();  // every present connection, with a reset
  // The next connections are cut when so many bytes have passed one way.
  void cut_after(std::optional<std::size_t> up, std::optional<std::size_t> down);

  [[nodiscard]] std::size_t up() const { return up_; }  // bytes to the server since the start
  [[nodiscard]] std::size_t down() const { return down_; }
  [[nodiscard]] int connections() const { return accepted_; }

 private:
  struct Way;
  void accept_all();
  void carry(int client);
  [[nodiscard]] bool pump(Way& way);

  std::atomic<std::uint16_t> server_port_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> mute_up_ = false;
  std::atomic<bool> mute_down_ = false;
  std::atomic<std::size_t> rate_ = 0;
  std::atomic<unsigned> cuts_ = 0;  // grows with each cut()
  std::atomic<std::size_t> cut_up_ = SIZE_MAX;
  std::atomic<std::size_t> cut_down_ = SIZE_MAX;
  std::atomic<std::size_t> up_ = 0;
  std::atomic<std::size_t> down_ = 0;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  std::vector<std::thread> carriers_;
  std::thread acceptor_;
};

}  // namespace navette::e2e
