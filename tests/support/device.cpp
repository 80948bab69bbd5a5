#include "device.hpp"

#include <utility>

#include "navette/sync/codec.hpp"

namespace navette::test {
namespace {

constexpr int kManyRounds = 2'000;

constexpr char kMore = 2;  // bit 1 of a frame's first byte

}  // namespace

Device::Device(const schema::Schema& schema, TestServer& server, std::string account, Random& random,
               std::unique_ptr<ReplicaDisk> disk)
    : disk_(std::move(disk)),
      store(disk_->store()),
      replica(std::make_unique<sync::Replica>(schema, store, random)),
      schema_(schema),
      server_(server),
      random_(random),
      account_(std::move(account)) {}

void Device::connect(Timestamp now) {
  if (session_ != nullptr) return;
  session_ = std::make_unique<sync::ReplicaSession>(schema_, *replica, store, "test");
  unpacker_ = sync::Unpacker(sync::kBatchBytesFromServer);
  number_ = server_.connect(account_, now);
  const auto hello = session_->hello();
  if (!hello) return end(hello.error().message);
  send({*hello});
}

std::deque<Bytes> Device::cut() {
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

std::unique_ptr<ReplicaDisk> Device::leave_disk() {
  cut();
  replica.reset();
  return std::move(disk_);
}

void Device::end(const std::string& why) {
  last_error = why;
  cut();
}

// Every part says by its first byte whether another one follows.
void Device::put_on_the_way(std::deque<Bytes>& way, const Bytes& frame) const {
  if (part_bytes_ == 0) return way.push_back(frame);
  const char flags = frame.front();
  for (std::size_t at = 1; at < frame.size() || at == 1; at += part_bytes_) {
    const bool last = at + part_bytes_ >= frame.size();
    Bytes part(1, static_cast<char>(last ? flags : flags | kMore));
    way.push_back(part.append(frame, at, part_bytes_));
  }
}

void Device::send(const Batch& batch) {
  if (batch.empty()) return;
  for (const Bytes& frame : sync::pack(batch)) put_on_the_way(up_, frame);
}

void Device::repeat_up() {
  if (up_.empty() || part_bytes_ != 0) return;
  sync::Unpacker unpacker(sync::kBatchBytesFromReplica);
  const auto last = unpacker.feed(up_.back());
  const bool push = last && *last && std::holds_alternative<sync::PushMessage>((*last)->front());
  if (push) up_.push_back(up_.back());
}

void Device::collect() {
  for (const Bytes& frame : server_.take_frames(number_)) put_on_the_way(down_, frame);
}

bool Device::deliver_up(Timestamp now) {
  if (session_ == nullptr || up_.empty()) return false;
  const Bytes frame = std::move(up_.front());
  up_.pop_front();
  server_.receive_frame(number_, frame, now);
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
  const auto batch = unpacker_.feed(down_.front());
  down_.pop_front();
  if (!batch) {
    end(batch.error().message);
    return true;
  }
  if (!*batch) return true;
  if (on_receive) {
    for (const sync::Message& message : **batch) on_receive(message);
  }
  disk_->relax(true);
  const auto step = session_->receive(**batch, now);
  disk_->relax(false);
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
    connect(now);
    offer(now);
    bool moved = deliver_up(now);
    moved = deliver_down(now) || moved;
    if (!moved && session_ != nullptr && session_->settled()) return true;
  }
  return false;
}

}  // namespace navette::test
