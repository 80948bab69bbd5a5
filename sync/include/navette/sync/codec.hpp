// The one place where bytes become structures and back. No length in the input is trusted; left-over bytes are an
// error; what decodes is bounded in memory by a small multiple of its input. Pure; any thread.
#pragma once

#include "navette/base/bytes.hpp"
#include "navette/sync/message.hpp"

namespace navette::sync {

[[nodiscard]] Bytes encode(const Message& message);
[[nodiscard]] Bytes encode(const Push& push);
[[nodiscard]] Bytes encode(const RevisionBody& body);
[[nodiscard]] Bytes encode(const std::vector<AdoptedPush>& pushes);
[[nodiscard]] Bytes encode(const Receipt& receipt);
[[nodiscard]] Bytes encode(const Conflict& conflict);
[[nodiscard]] Bytes encode(const RecordContent& content);
[[nodiscard]] Bytes encode(const Base& base);
[[nodiscard]] Bytes encode(const Value& value);
[[nodiscard]] Bytes encode(const std::vector<SeenRecord>& seen);
[[nodiscard]] Bytes encode(const std::vector<SuppliedBase>& bases);
[[nodiscard]] Bytes encode(const RevisionEnvelope& envelope);

// The first fields of an encoded push, even when the rest cannot be read: so that it can be answered and ended.
struct PushHeader {
  DossierId dossier;
  ReplicaId replica;
  PushNumber number;
};
[[nodiscard]] Result<PushHeader> peek_push(BytesView push);

// decode<T>(bytes) for each of the above. Errors: kMalformed.
template <class T>
[[nodiscard]] Result<T> decode(BytesView bytes);

extern template Result<Message> decode<Message>(BytesView);
extern template Result<Push> decode<Push>(BytesView);
extern template Result<RevisionBody> decode<RevisionBody>(BytesView);
extern template Result<Receipt> decode<Receipt>(BytesView);
extern template Result<Conflict> decode<Conflict>(BytesView);
extern template Result<RecordContent> decode<RecordContent>(BytesView);
extern template Result<Base> decode<Base>(BytesView);
extern template Result<Value> decode<Value>(BytesView);
extern template Result<std::vector<SeenRecord>> decode<std::vector<SeenRecord>>(BytesView);
extern template Result<std::vector<SuppliedBase>> decode<std::vector<SuppliedBase>>(BytesView);
extern template Result<RevisionEnvelope> decode<RevisionEnvelope>(BytesView);

}  // namespace navette::sync
