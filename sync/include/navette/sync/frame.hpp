// Batches of messages as frames, compressed where it pays. Pure.
//
// A batch is what one end has to say at once: its messages are applied together. On the wire it is one frame or several
// parts of at most kFrameBytes. First byte of a frame: bit 0, the payload of the batch is zstd; bit 1, more parts
// follow. The payload is, for each message, its length and its bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "navette/sync/message.hpp"

namespace navette::sync {

inline constexpr std::size_t kFrameBytes = 1024 * 1024;
// What a receiver holds at once for one batch, unpacked. A server lets a replica say less than it says itself.
inline constexpr std::size_t kBatchBytesFromReplica = 16 * 1024 * 1024;
inline constexpr std::size_t kBatchBytesFromServer = 64 * 1024 * 1024;

[[nodiscard]] std::vector<Bytes> pack(const std::vector<Message>& batch);
// Messages that need not be applied together: as many batches as it takes for none to pass `batch_bytes` unpacked,
// unless one message alone does.
[[nodiscard]] std::vector<Bytes> pack_apart(const std::vector<Message>& messages, std::size_t batch_bytes);
// For what is packed once and sent often: the payload of a batch, and the frames of a payload that zstd compressed.
[[nodiscard]] Bytes payload_of(const std::vector<Message>& batch);
[[nodiscard]] std::vector<Bytes> frames_of_compressed(BytesView payload);
// For what is said piece by piece: adds a message to the payload of a batch; its frames, compressed where it pays.
void append_message(Bytes& payload, const Message& message);
[[nodiscard]] std::vector<Bytes> pack_payload(Bytes payload);

// Puts parts together. One per connection and direction.
class Unpacker {
 public:
  explicit Unpacker(std::size_t batch_bytes) : batch_bytes_(batch_bytes) {}
  // The batch that this frame completes, if it does. After an error the connection is to be closed.
  [[nodiscard]] Result<std::optional<std::vector<Message>>> feed(BytesView frame);

 private:
  std::size_t batch_bytes_;
  Bytes parts_;
  bool started_ = false;
  bool compressed_ = false;
};

}  // namespace navette::sync
