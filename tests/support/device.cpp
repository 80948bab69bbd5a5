#include "device.hpp"

#include <utility>

#include "navette/sync/codec.hpp"

namespace navette::test {
namespace {

constexpr int kManyRounds = 2'000;

Batch unpacked(const std::vector<Bytes>& frames, std::size_t limit) {
  sync::Unpacker unpacker(limit);
  for (const Bytes& frame : frames) {
    auto batch = unpacker.feed(frame);
    if (batch.value()) return std::move(**batch);
  }
  return {};
}

}  // namespace

Device::Device(const schema::Schema& schema, MemoryAuthority& server, std::string account, Random& random)
    : replica(std::make_unique<sync::Replica>(schema, store, random)),
      schema_(schema),
      server_(server),
      random_(random),
      account_(std::move(account)) {}

void Device::connect() {
  if (session_ != nullptr) return;
  session_ = std::make_unique<sync::ReplicaSession>(schema_, *replica, store, "test");
  number_ = server_.connect(account_);
  send({session_->hello().value()});
}

std::deque<std::vector<Bytes>> Device::cut() {
  server_.disconnect(number_);
  session_.reset();
  room_.clear();
  down_.clear();
  return std::exchange(up_, {});
}

void Device::crash() {
  cut();
  replica = std::make_unique<sync::Replica>(schema_, store, random_);
}

void Device::end(const std::string& why) {
  last_error = why;
  cut();
}

void Device::send(const Batch& batch) {
  if (!batch.empty()) up_.push_back(sync::pack(batch));
}

void Device::repeat_up() {
  if (up_.empty()) return;
  const Batch last = unpacked(up_.back(), sync::kBatchBytesFromReplica);
  if (std::holds_alternative<sync::PushMessage>(last.front())) up_.push_back(up_.back());
}

void Device::collect() {
  for (const Batch& batch : server_.take(number_)) {
    if (!batch.empty()) down_.push_back(sync::pack(batch));
  }
}

bool Device::deliver_up(Timestamp now) {
  if (session_ == nullptr || up_.empty()) return false;
  const Batch batch = unpacked(up_.front(), sync::kBatchBytesFromReplica);
  up_.pop_front();
  server_.receive(number_, batch, now);
  collect();
  return true;
}

bool Device::deliver_down(Timestamp now) {
  if (session_ == nullptr) return false;
  collect();
  if (down_.empty()) {
    if (!server_.alive(number_)) end("the server is gone");
    return false;
  }
  const Batch batch = unpacked(down_.front(), sync::kBatchBytesFromServer);
  down_.pop_front();
  if (on_receive) {
    for (const sync::Message& message : batch) on_receive(message);
  }
  const auto step = session_->receive(batch, now);
  if (!step) {
    end(step.error().message);
    return true;
  }
  repairs += step->repairs;
  if (step->welcome) room_ = step->welcome->room;
  if (step->goodbye) {
    end(step->goodbye->reason);
    return true;
  }
  for (const sync::Message& message : step->send) send({message});
  return true;
}

void Device::offer(Timestamp now) {
  if (session_ == nullptr) return;
  const auto pushes = session_->pushes(now);
  if (!pushes) {
    end(pushes.error().message);
    return;
  }
  for (const sync::Message& push : *pushes) send({push});
}

bool Device::settle(Timestamp now) {
  for (int round = 0; round < kManyRounds; ++round) {
    connect();
    offer(now);
    bool moved = deliver_up(now);
    moved = deliver_down(now) || moved;
    if (!moved && session_ != nullptr && session_->settled()) return true;
  }
  return false;
}

}  // namespace navette::test
