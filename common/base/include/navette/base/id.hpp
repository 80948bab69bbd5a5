// Identities. Two ids are two types; mixing them does not compile.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "navette/base/bytes.hpp"
#include "navette/base/clock.hpp"
#include "navette/base/error.hpp"

namespace navette {

using Uuid = std::array<unsigned char, 16>;

[[nodiscard]] std::string uuid_text(const Uuid& uuid);         // 8-4-4-4-12, lower case
[[nodiscard]] Result<Uuid> parse_uuid(std::string_view text);  // that form only
[[nodiscard]] Uuid uuid_v7(Timestamp now, Random& random);     // sortable by creation, RFC 9562
[[nodiscard]] Uuid uuid_v4(Random& random);                    // tells nothing about its creation

template <class Tag>
struct Id {
  Uuid value{};

  [[nodiscard]] std::string text() const { return uuid_text(value); }
  [[nodiscard]] BytesView bytes() const { return {reinterpret_cast<const char*>(value.data()), value.size()}; }
  [[nodiscard]] bool empty() const { return value == Uuid{}; }
  [[nodiscard]] static Result<Id> parse(std::string_view text) {
    auto uuid = parse_uuid(text);
    if (!uuid) return std::unexpected(uuid.error());
    return Id{*uuid};
  }
  // REQUIRES: exactly 16 bytes; otherwise kMalformed.
  [[nodiscard]] static Result<Id> from_bytes(BytesView bytes) {
    if (bytes.size() != 16) return fail(ErrorCode::kMalformed, "identifiant de longueur fausse");
    Id id;
    std::memcpy(id.value.data(), bytes.data(), 16);
    return id;
  }
  [[nodiscard]] static Id make_v7(Timestamp now, Random& random) { return {uuid_v7(now, random)}; }
  [[nodiscard]] static Id make_v4(Random& random) { return {uuid_v4(random)}; }
  friend auto operator<=>(const Id&, const Id&) = default;
};

using DossierId = Id<struct DossierTag>;    // one CPOM
using RecordId = Id<struct RecordTag>;      // one row of a dossier, UUIDv7 made by whoever creates it
using ConflictId = Id<struct ConflictTag>;  // random: must point at nothing else after a restore
using ReplicaId = Id<struct ReplicaTag>;    // one numbering of pushes; renewed when a disk image is recognised
using DeviceId = Id<struct DeviceTag>;      // one certificate
using AccountId = Id<struct AccountTag>;    // one person
using EpochId = Id<struct EpochTag>;        // one history of the server
using RefusalId = Id<struct RefusalTag>;

// A counter with its own type: the n-th revision of a stream, the n-th push of a replica for a dossier.
template <class Tag>
struct Counter {
  std::uint64_t value = 0;
  [[nodiscard]] Counter next() const { return {value + 1}; }
  friend auto operator<=>(const Counter&, const Counter&) = default;
};

using Revision = Counter<struct RevisionTag>;
using PushNumber = Counter<struct PushTag>;

}  // namespace navette

template <class Tag>
struct std::hash<navette::Id<Tag>> {
  std::size_t operator()(const navette::Id<Tag>& id) const noexcept {
    std::size_t h;
    std::memcpy(&h, id.value.data() + 8, sizeof h);  // the random half of a UUIDv7
    return h;
  }
};
