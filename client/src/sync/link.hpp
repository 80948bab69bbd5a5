// One connection as batches of messages, handed over on a strand of ours. Frames that arrive faster than they are
// stored wait here, and then at the server.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "navette/net/connection.hpp"
#include "navette/sync/frame.hpp"

namespace navette::client {

class Link : public std::enable_shared_from_this<Link> {
 public:
  // On the strand. on_closed: once, last; not after drop().
  struct Handlers {
    std::function<void(std::vector<sync::Message>)> on_batch;
    std::function<void(std::optional<Error>)> on_closed;
  };

  [[nodiscard]] static std::shared_ptr<Link> start(std::shared_ptr<net::Connection> connection, net::Strand strand,
                                                   Handlers handlers);

  // ---- on the strand
  void send(const std::vector<sync::Message>& batch);
  void close();  // in good order; on_closed follows
  void cut();    // at once; on_closed follows
  void drop();   // no handler is called any more
  [[nodiscard]] std::uint64_t bytes_in() const { return connection_->bytes_in(); }

 private:
  struct Waiting {
    std::vector<sync::Message> batch;
    std::size_t bytes = 0;
  };

  Link(std::shared_ptr<net::Connection> connection, net::Strand strand, Handlers handlers);
  void on_frame(const Bytes& frame);  // on the connection's strand
  void deliver();
  [[nodiscard]] std::vector<sync::Message> take();

  std::shared_ptr<net::Connection> connection_;
  net::Strand strand_;
  Handlers handlers_;
  bool dropped_ = false;  // of our strand

  sync::Unpacker unpacker_{sync::kBatchBytesFromServer};  // of the connection's strand, as the two below
  std::size_t part_bytes_ = 0;
  std::optional<Error> unreadable_;

  std::mutex mutex_;  // of what follows
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool delivering_ = false;
  bool paused_ = false;
};

}  // namespace navette::client
