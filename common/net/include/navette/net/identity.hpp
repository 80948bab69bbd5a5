// Certificates of the agency: a small authority on EC P-256, which every TLS 1.3 stack speaks.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "navette/base/clock.hpp"
#include "navette/base/error.hpp"
#include "navette/base/hash.hpp"

namespace navette::net {

// A certificate (the authority's may follow in the same text) and its key, in PEM.
struct Credentials {
  std::string certificate_pem;
  std::string key_pem;
};

struct KeyAndRequest {
  std::string key_pem;      // never leaves the device
  std::string request_pem;  // PKCS#10
};

struct CertificateDescription {
  std::string common_name;
  std::string serial;  // lower-case hexadecimal
  Hash fingerprint;    // SHA-256 of the DER form
  Timestamp not_before;
  Timestamp not_after;
};

// On the device, before enrolment.
[[nodiscard]] Result<KeyAndRequest> make_key_and_request(std::string_view common_name);

// Of the first certificate of a PEM text. Errors: kMalformed.
[[nodiscard]] Result<CertificateDescription> describe_certificate(std::string_view certificate_pem);
[[nodiscard]] Result<Hash> certificate_fingerprint(std::string_view certificate_pem);

// Immutable; thread: any. Certificates begin a day early against clocks that are slow, have random serials of
// 127 bits and never outlive the authority's.
class CertificateAuthority {
 public:
  // Twenty years: renewing an authority means enrolling every device again.
  [[nodiscard]] static Result<CertificateAuthority> create(std::string_view name, Timestamp now);
  // Errors: kMalformed, kConflict when the key is not the certificate's, kInvalidArgument when it is no authority.
  [[nodiscard]] static Result<CertificateAuthority> load(std::string_view certificate_pem, std::string_view key_pem);

  [[nodiscard]] const Credentials& pem() const;  // to be saved, the key in a private file
  [[nodiscard]] Hash fingerprint() const;

  // A new key and a certificate for these DNS names and IP addresses, good for serving only, 825 days (what the
  // strictest clients accept). The authority's certificate follows it. Errors: kInvalidArgument.
  [[nodiscard]] Result<Credentials> issue_server(std::span<const std::string> names, Timestamp now) const;

  // A certificate for the key of the request, good for a client only, two years. Nothing else of the request is
  // kept: its subject and extensions are the asker's wishes. Errors: kMalformed (also a signature that does not
  // prove the key), kInvalidArgument (a key other than EC P-256, a device id empty or over 64 bytes).
  [[nodiscard]] Result<std::string> issue_device(std::string_view request_pem, std::string_view device_id,
                                                 Timestamp now) const;

 private:
  struct State;
  explicit CertificateAuthority(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace navette::net
