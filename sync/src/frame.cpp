#include "navette/sync/frame.hpp"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "navette/sync/codec.hpp"

namespace navette::sync {
namespace {

constexpr char kCompressed = 1;
constexpr char kMore = 2;
constexpr std::size_t kWorthCompressing = 256;  // below, the header of zstd eats the gain
constexpr int kLevel = 3;                       // texts shrink to a quarter at some 300 MB/s

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

Bytes compressed(BytesView payload) {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  Bytes out(ZSTD_compressBound(payload.size()), '\0');
  const std::size_t size =
      ZSTD_compressCCtx(context.get(), out.data(), out.size(), payload.data(), payload.size(), kLevel);
  if (ZSTD_isError(size)) return {};
  out.resize(size);
  return out;
}

Result<Bytes> decompressed(BytesView payload, std::size_t limit) {
  const auto size = ZSTD_getFrameContentSize(payload.data(), payload.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return fail(ErrorCode::kMalformed, "envoi compressé illisible");
  }
  if (size > limit) return fail(ErrorCode::kTooLarge, "envoi trop grand une fois décompressé");
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  Bytes out(static_cast<std::size_t>(size), '\0');
  const std::size_t got = ZSTD_decompressDCtx(context.get(), out.data(), out.size(), payload.data(), payload.size());
  if (ZSTD_isError(got) || got != out.size()) return fail(ErrorCode::kMalformed, "envoi compressé illisible");
  return out;
}

void put_length(Bytes& out, std::size_t size) {
  while (size >= 0x80) {
    out += static_cast<char>(size | 0x80);
    size >>= 7;
  }
  out += static_cast<char>(size);
}

Result<std::size_t> take_length(BytesView payload, std::size_t& at) {
  std::size_t size = 0;
  for (int shift = 0; shift < 35 && at < payload.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(payload[at++]);
    size |= std::size_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return size;
  }
  return fail(ErrorCode::kMalformed, "longueur illisible");
}

Result<std::vector<Message>> messages_of(BytesView payload) {
  std::vector<Message> messages;
  std::size_t at = 0;
  while (at < payload.size()) {
    NAVETTE_ASSIGN(const std::size_t size, take_length(payload, at));
    if (size > payload.size() - at) return fail(ErrorCode::kMalformed, "message plus court qu'annoncé");
    NAVETTE_ASSIGN(Message message, decode<Message>(payload.substr(at, size)));
    messages.push_back(std::move(message));
    at += size;
  }
  return messages;
}

std::vector<Bytes> frames_of(BytesView payload, char flags) {
  std::vector<Bytes> frames;
  std::size_t at = 0;
  do {
    const std::size_t part = std::min(payload.size() - at, kFrameBytes - 1);
    const bool more = at + part < payload.size();
    Bytes frame(1, static_cast<char>(flags | (more ? kMore : 0)));
    frame.append(payload, at, part);
    frames.push_back(std::move(frame));
    at += part;
  } while (at < payload.size());
  return frames;
}

}  // namespace

void append_message(Bytes& payload, const Message& message) {
  const Bytes bytes = encode(message);
  put_length(payload, bytes.size());
  payload += bytes;
}

std::vector<Bytes> pack_payload(Bytes payload) {
  char flags = 0;
  if (payload.size() >= kWorthCompressing) {
    Bytes smaller = compressed(payload);
    if (!smaller.empty() && smaller.size() < payload.size()) {
      payload = std::move(smaller);
      flags = kCompressed;
    }
  }
  return frames_of(payload, flags);
}

Bytes payload_of(const std::vector<Message>& batch) {
  Bytes payload;
  for (const Message& message : batch) append_message(payload, message);
  return payload;
}

std::vector<Bytes> frames_of_compressed(BytesView payload) { return frames_of(payload, kCompressed); }

std::vector<Bytes> pack(const std::vector<Message>& batch) { return pack_payload(payload_of(batch)); }

std::vector<Bytes> pack_apart(const std::vector<Message>& messages, std::size_t batch_bytes) {
  std::vector<Bytes> frames;
  Bytes payload;
  const auto finish = [&] {
    for (Bytes& frame : pack_payload(std::exchange(payload, {}))) frames.push_back(std::move(frame));
  };
  for (const Message& message : messages) {
    Bytes next;
    append_message(next, message);
    if (!payload.empty() && payload.size() + next.size() > batch_bytes) finish();
    payload += next;
  }
  if (!payload.empty()) finish();
  return frames;
}

Result<std::optional<std::vector<Message>>> Unpacker::feed(BytesView frame) {
  if (frame.empty() || frame.size() > kFrameBytes) return fail(ErrorCode::kMalformed, "trame de taille interdite");
  const char flags = frame.front();
  if ((flags & ~(kCompressed | kMore)) != 0) return fail(ErrorCode::kMalformed, "trame d'un type inconnu");
  const bool compressed_part = (flags & kCompressed) != 0;
  if (started_ && compressed_part != compressed_) return fail(ErrorCode::kMalformed, "parties d'envois différents");
  if (parts_.size() + frame.size() > batch_bytes_) return fail(ErrorCode::kTooLarge, "envoi trop grand");
  started_ = true;
  compressed_ = compressed_part;
  parts_ += frame.substr(1);
  if ((flags & kMore) != 0) return std::nullopt;
  const Bytes payload = std::exchange(parts_, {});
  started_ = false;
  if (!compressed_) {
    NAVETTE_ASSIGN(std::vector<Message> plain, messages_of(payload));
    return plain;
  }
  NAVETTE_ASSIGN(const Bytes unpacked, decompressed(payload, batch_bytes_));
  NAVETTE_ASSIGN(std::vector<Message> messages, messages_of(unpacked));
  return messages;
}

}  // namespace navette::sync
