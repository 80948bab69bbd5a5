// Files that only the holder of a key can read: CMS (RFC 5083, AES-256-GCM under a key agreed with a certificate on
// P-256), so that `openssl cms -decrypt` opens them too, without this program.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "navette/base/clock.hpp"
#include "navette/base/error.hpp"
#include "navette/net/identity.hpp"

namespace navette::net {

// The certificate to seal to, good for nothing else, and its key, which belongs elsewhere. Errors: kInvalidArgument.
[[nodiscard]] Result<Credentials> make_recipient(std::string_view name, Timestamp now);

// Writes `to` (mode 0600), on the disk when it returns; an existing file is replaced at once or not at all.
// Errors: kMalformed (no certificate), kInvalidArgument (of a key that cannot be sealed to), kDiskFull and others.
[[nodiscard]] Result<void> seal_file(const std::filesystem::path& from, const std::filesystem::path& to,
                                     std::string_view recipient_pem);

// The other way; nothing stays at `to` unless all of it is authentic. Takes as much memory as the file is long.
// Errors: kUntrusted (another key, or a file that was changed), kMalformed, kDiskFull and others.
[[nodiscard]] Result<void> open_sealed_file(const std::filesystem::path& from, const std::filesystem::path& to,
                                            std::string_view key_pem);

// Whether it looks like one, by its first bytes.
[[nodiscard]] bool is_sealed_file(const std::filesystem::path& file);

}  // namespace navette::net
