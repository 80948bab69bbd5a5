// Two cereal archives for the wire and the disk: variable-length integers, bounded reading. Included by codec.cpp only.
#pragma once

#include <cereal/cereal.hpp>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "navette/base/bytes.hpp"
#include "navette/base/hash.hpp"
#include "navette/base/id.hpp"
#include "navette/base/utf8.hpp"

namespace navette::sync {

// Bytes that are no text: not checked for UTF-8.
struct Blob {
  Bytes& bytes;
};
// An enumeration with `count` values from 0 on.
template <class E>
struct Enumeration {
  E& value;
  unsigned count;
};

[[noreturn]] inline void malformed(const char* what) { throw cereal::Exception(what); }

class Writer : public cereal::OutputArchive<Writer, cereal::AllowEmptyClassElision> {
 public:
  Writer() : OutputArchive(this) {}
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      bytes += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes += static_cast<char>(value);
  }
  void raw(const void* data, std::size_t size) { bytes.append(static_cast<const char*>(data), size); }
  Bytes bytes;
  RecordId last_record;  // records come in runs: the second mention costs one byte
};

class Reader : public cereal::InputArchive<Reader, cereal::AllowEmptyClassElision> {
 public:
  explicit Reader(BytesView input)
      : InputArchive(this), input_(input), budget_(input.size() * kMemoryFactor + kMemoryFloor) {}

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = next();
      if (shift == 63 && byte > 1) malformed("integer too large");
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte == 0 && shift != 0) malformed("integer longer than needed");
        return value;
      }
    }
    malformed("integer too long");
  }
  void raw(void* data, std::size_t size) {
    const BytesView part = take(size);
    std::memcpy(data, part.data(), size);
  }
  BytesView take(std::size_t size) {
    if (size > input_.size() - at_) malformed("shorter than it says");
    const BytesView part = input_.substr(at_, size);
    at_ += size;
    return part;
  }
  // A count of elements, each at least one byte on the wire and `size` bytes in memory.
  std::size_t count(std::size_t size) {
    const std::uint64_t n = varint();
    if (n > input_.size() - at_ || n * size > budget_) malformed("more elements than it can hold");
    budget_ -= n * size;
    return static_cast<std::size_t>(n);
  }
  [[nodiscard]] bool at_end() const { return at_ == input_.size(); }
  RecordId last_record;

 private:
  // The memory that one input byte may ask for: an outcome of two bytes is a structure of some forty.
  static constexpr std::size_t kMemoryFactor = 64;
  static constexpr std::size_t kMemoryFloor = 4096;

  std::uint8_t next() {
    if (at_ == input_.size()) malformed("shorter than it says");
    return static_cast<std::uint8_t>(input_[at_++]);
  }
  BytesView input_;
  std::size_t at_ = 0;
  std::size_t budget_;
};

// Numbers.
template <class T>
  requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const T& value) {
  static_assert(std::is_integral_v<T>);
  if constexpr (std::is_signed_v<T>) {
    const auto wide = static_cast<std::int64_t>(value);
    out.varint(static_cast<std::uint64_t>(wide) << 1 ^ static_cast<std::uint64_t>(wide >> 63));
  } else {
    out.varint(value);
  }
}
template <class T>
  requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& in, T& value) {
  const std::uint64_t raw = in.varint();
  if constexpr (std::is_signed_v<T>) {
    const auto wide = static_cast<std::int64_t>(raw >> 1 ^ (~(raw & 1) + 1));
    if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max()) malformed("out of range");
    value = static_cast<T>(wide);
  } else {
    if (raw > std::numeric_limits<T>::max()) malformed("out of range");
    value = static_cast<T>(raw);
  }
}
template <class E>
void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const Enumeration<E>& item) {
  out.varint(static_cast<std::uint64_t>(item.value));
}
template <class E>
void CEREAL_LOAD_FUNCTION_NAME(Reader& in, Enumeration<E>& item) {
  const std::uint64_t raw = in.varint();
  if (raw >= item.count) malformed("unknown code");
  item.value = static_cast<E>(raw);
}

// Text and bytes.
inline void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const std::string& text) {
  out.varint(text.size());
  out.raw(text.data(), text.size());
}
inline void CEREAL_LOAD_FUNCTION_NAME(Reader& in, std::string& text) {
  const BytesView part = in.take(in.count(1));
  if (!is_valid_utf8(part)) malformed("text is not UTF-8");
  text = part;
}
inline void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const Blob& blob) {
  out.varint(blob.bytes.size());
  out.raw(blob.bytes.data(), blob.bytes.size());
}
inline void CEREAL_LOAD_FUNCTION_NAME(Reader& in, Blob& blob) { blob.bytes = in.take(in.count(1)); }

// A list at the very end that version 1 began without: nothing at all stands for an empty one.
template <class T>
struct Tail {
  std::vector<T>& items;
};
template <class T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const Tail<T>& tail) {
  if (!tail.items.empty()) out(tail.items);
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& in, Tail<T>& tail) {
  tail.items.clear();
  if (in.at_end()) return;
  in(tail.items);
  if (tail.items.empty()) malformed("an empty list that says so");
}

// Identities, counters, hashes.
template <class Tag>
void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const Id<Tag>& id) {
  if constexpr (std::is_same_v<Id<Tag>, RecordId>) {
    const bool same = id == out.last_record;
    out.varint(same ? 0 : 1);
    if (same) return;
    out.last_record = id;
  }
  out.raw(id.value.data(), id.value.size());
}
template <class Tag>
void CEREAL_LOAD_FUNCTION_NAME(Reader& in, Id<Tag>& id) {
  if constexpr (std::is_same_v<Id<Tag>, RecordId>) {
    const std::uint64_t different = in.varint();
    if (different > 1) malformed("unknown code");
    if (different == 0) {
      id = in.last_record;
      return;
    }
  }
  in.raw(id.value.data(), id.value.size());
  if constexpr (std::is_same_v<Id<Tag>, RecordId>) in.last_record = id;
}
template <class Tag>
void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const Counter<Tag>& counter) {
  out.varint(counter.value);
}
template <class Tag>
void CEREAL_LOAD_FUNCTION_NAME(Reader& in, Counter<Tag>& counter) {
  counter.value = in.varint();
}
inline void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const Hash& hash) { out.raw(hash.value.data(), hash.value.size()); }
inline void CEREAL_LOAD_FUNCTION_NAME(Reader& in, Hash& hash) { in.raw(hash.value.data(), hash.value.size()); }
inline void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const ShortHash& hash) {
  out.raw(hash.value.data(), hash.value.size());
}
inline void CEREAL_LOAD_FUNCTION_NAME(Reader& in, ShortHash& hash) { in.raw(hash.value.data(), hash.value.size()); }
inline void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const Timestamp& time) { out(time.milliseconds); }
inline void CEREAL_LOAD_FUNCTION_NAME(Reader& in, Timestamp& time) { in(time.milliseconds); }

// Lists and alternatives.
template <class T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const std::vector<T>& items) {
  out.varint(items.size());
  for (const T& item : items) out(item);
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& in, std::vector<T>& items) {
  const std::size_t n = in.count(sizeof(T));
  items.clear();
  items.reserve(n);
  for (std::size_t i = 0; i < n; ++i) in(items.emplace_back());
}
template <class A, class B>
void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const std::pair<A, B>& pair) {
  out(pair.first, pair.second);
}
template <class A, class B>
void CEREAL_LOAD_FUNCTION_NAME(Reader& in, std::pair<A, B>& pair) {
  in(pair.first, pair.second);
}
inline void CEREAL_SAVE_FUNCTION_NAME(Writer&, const std::monostate&) {}
inline void CEREAL_LOAD_FUNCTION_NAME(Reader&, std::monostate&) {}
template <class... T>
void CEREAL_SAVE_FUNCTION_NAME(Writer& out, const std::variant<T...>& item) {
  out.varint(item.index());
  std::visit([&](const auto& held) { out(held); }, item);
}
template <std::size_t I = 0, class... T>
void load_alternative(Reader& in, std::variant<T...>& item, std::uint64_t index) {
  if constexpr (I < sizeof...(T)) {
    if (index == I) {
      in(item.template emplace<I>());
    } else {
      load_alternative<I + 1>(in, item, index);
    }
  } else {
    malformed("unknown type");
  }
}
template <class... T>
void CEREAL_LOAD_FUNCTION_NAME(Reader& in, std::variant<T...>& item) {
  load_alternative(in, item, in.varint());
}

}  // namespace navette::sync

CEREAL_REGISTER_ARCHIVE(navette::sync::Writer)
CEREAL_REGISTER_ARCHIVE(navette::sync::Reader)
CEREAL_SETUP_ARCHIVE_TRAITS(navette::sync::Reader, navette::sync::Writer)
