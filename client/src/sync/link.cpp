#include "sync/link.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sync/tuning.hpp"

namespace navette::client {

Link::Link(std::shared_ptr<net::Connection> connection, net::Strand strand, Handlers handlers)
    : connection_(std::move(connection)), strand_(std::move(strand)), handlers_(std::move(handlers)) {}

std::shared_ptr<Link> Link::start(std::shared_ptr<net::Connection> connection, net::Strand strand, Handlers handlers) {
  const std::shared_ptr<Link> link(new Link(std::move(connection), std::move(strand), std::move(handlers)));
  link->connection_->start({.on_frame = [link](Bytes frame) { link->on_frame(frame); },
                            .on_closed =
                                [link](std::optional<Error> error) {
                                  if (link->unreadable_) error = link->unreadable_;
                                  link->strand_.post([link, told = std::move(error)] {
                                    if (link->dropped_) return;
                                    while (!link->dropped_) {  // what came before the end counts
                                      auto batch = link->take();
                                      if (batch.empty()) break;
                                      link->handlers_.on_batch(std::move(batch));
                                    }
                                    if (link->dropped_) return;
                                    link->drop();
                                    link->handlers_.on_closed(told);
                                  });
                                }});
  return link;
}

void Link::on_frame(const Bytes& frame) {
  if (unreadable_) return;
  part_bytes_ += frame.size();
  auto fed = unpacker_.feed(frame);
  if (!fed) {
    unreadable_ = fed.error();
    connection_->close(net::CloseCode::kProtocolError, "frame");
    return;
  }
  if (!*fed) return;
  const std::lock_guard lock(mutex_);
  waiting_.push_back({std::move(**fed), part_bytes_});
  waiting_bytes_ += std::exchange(part_bytes_, 0);
  if (waiting_bytes_ > tuning::kReceivedMostBytes && !paused_) {
    paused_ = true;
    connection_->pause_reading();
  }
  if (std::exchange(delivering_, true)) return;
  strand_.post([self = shared_from_this()] { self->deliver(); });
}

std::vector<sync::Message> Link::take() {
  const std::lock_guard lock(mutex_);
  std::vector<sync::Message> batch;
  std::size_t bytes = 0;
  while (!waiting_.empty() && (batch.empty() || bytes + waiting_.front().bytes <= tuning::kTransactionBytes)) {
    bytes += waiting_.front().bytes;
    std::ranges::move(waiting_.front().batch, std::back_inserter(batch));
    waiting_.pop_front();
  }
  waiting_bytes_ -= bytes;
  if (paused_ && waiting_bytes_ <= tuning::kReceivedMostBytes / 2) {
    paused_ = false;
    connection_->resume_reading();
  }
  delivering_ = !waiting_.empty();
  return batch;
}

void Link::deliver() {
  if (dropped_) return;
  auto batch = take();
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    more = delivering_;
  }
  if (!batch.empty()) handlers_.on_batch(std::move(batch));
  if (more) strand_.post([self = shared_from_this()] { self->deliver(); });
}

void Link::send(const std::vector<sync::Message>& batch) {
  if (batch.empty()) return;
  // A server reads what a replica says message by message: what is too much for one batch goes in several.
  for (Bytes& frame : sync::pack_apart(batch, sync::kBatchBytesFromReplica / 2)) {
    (void)connection_->send(std::move(frame));  // a lost one shows in on_closed
  }
}

void Link::close() { connection_->close(net::CloseCode::kNormal, {}); }
void Link::cut() { connection_->cut(); }
void Link::drop() { dropped_ = true; }

}  // namespace navette::client
