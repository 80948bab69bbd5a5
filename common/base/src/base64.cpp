#include "navette/base/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace navette {

std::string to_base64url(BytesView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

Result<Bytes> from_base64url(std::string_view text) {
  std::string padded(text);
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  const std::size_t missing = (4 - padded.size() % 4) % 4;
  if (missing == 3) return fail(ErrorCode::kMalformed, "repère incomplet");
  padded.append(missing, '=');
  Bytes bytes(padded.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(padded.data()), static_cast<int>(padded.size()));
  if (size < 0) return fail(ErrorCode::kMalformed, "repère illisible");
  bytes.resize(static_cast<std::size_t>(size) - missing);
  // OpenSSL also takes blanks, the other alphabet and loose last bits: one writing is enough.
  if (to_base64url(bytes) != text) return fail(ErrorCode::kMalformed, "repère illisible");
  return bytes;
}

}  // namespace navette
