#include "navette/base/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <cstring>
#include <memory>

namespace navette {
namespace {

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

// Fetched once: a fetch costs more than hashing a short message.
const EVP_MD* algorithm() {
  static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

void check(bool ok) {
  if (!ok) std::abort();  // OpenSSL without SHA-256: nothing can go on
}

Hash sha256_in(EVP_MD_CTX* context, const BytesView* begin, const BytesView* end) {
  check(EVP_DigestInit_ex2(context, algorithm(), nullptr) == 1);
  for (const BytesView* part = begin; part != end; ++part)
    check(EVP_DigestUpdate(context, part->data(), part->size()) == 1);
  Hash out;
  unsigned size = 0;
  check(EVP_DigestFinal_ex(context, out.value.data(), &size) == 1 && size == 32);
  return out;
}

EVP_MD_CTX* thread_context() {
  thread_local const Context context(EVP_MD_CTX_new());
  return context.get();
}

}  // namespace

Hash sha256(BytesView bytes) { return sha256_in(thread_context(), &bytes, &bytes + 1); }

Hash sha256(std::initializer_list<BytesView> parts) { return sha256_in(thread_context(), parts.begin(), parts.end()); }

Hash hmac_sha256(BytesView key, std::initializer_list<BytesView> parts) {
  std::array<char, 64> block{};
  if (key.size() > block.size()) {
    const Hash short_key = sha256(key);
    std::memcpy(block.data(), short_key.value.data(), short_key.value.size());
  } else {
    std::memcpy(block.data(), key.data(), key.size());
  }
  std::array<char, 64> inner_pad{};
  std::array<char, 64> outer_pad{};
  for (std::size_t i = 0; i < block.size(); ++i) {
    inner_pad[i] = static_cast<char>(block[i] ^ 0x36);
    outer_pad[i] = static_cast<char>(block[i] ^ 0x5c);
  }
  Bytes inner(inner_pad.data(), inner_pad.size());
  for (BytesView part : parts) inner += part;
  const Hash inner_hash = sha256(inner);
  return sha256({BytesView(outer_pad.data(), outer_pad.size()), inner_hash.bytes()});
}

ShortHash shorten(const Hash& hash) {
  ShortHash out;
  std::memcpy(out.value.data(), hash.value.data(), out.value.size());
  return out;
}

bool equal_in_constant_time(BytesView a, BytesView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void SetDigest::add(const Hash& member) {
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    std::uint64_t lane;
    std::memcpy(&lane, member.value.data() + 8 * i, 8);
    lanes[i] += lane;
  }
}

void SetDigest::remove(const Hash& member) {
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    std::uint64_t lane;
    std::memcpy(&lane, member.value.data() + 8 * i, 8);
    lanes[i] -= lane;
  }
}

ShortHash SetDigest::short_hash() const {
  return shorten(sha256(BytesView(reinterpret_cast<const char*>(lanes.data()), sizeof lanes)));
}

}  // namespace navette
