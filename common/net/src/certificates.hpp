// OpenSSL's objects with owners, and the few things done with them in more than one place.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "navette/base/error.hpp"
#include "navette/net/identity.hpp"

namespace navette::net {

template <auto free_function>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};

using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using CertificateRequest = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;

inline constexpr std::size_t kPemMaxBytes = std::size_t{16} << 10U;

// The bytes must outlive the Bio.
[[nodiscard]] Bio bio_of(std::string_view bytes);
[[nodiscard]] Result<Certificate> parse_certificate(std::string_view pem);
[[nodiscard]] Result<Key> parse_key(std::string_view pem);
[[nodiscard]] Result<CertificateRequest> parse_request(std::string_view pem);
[[nodiscard]] std::string pem_of(X509* certificate);
[[nodiscard]] std::string pem_of(X509_REQ* request);
[[nodiscard]] std::string pem_of(EVP_PKEY* key);
[[nodiscard]] Hash fingerprint_of(const X509* certificate);
[[nodiscard]] CertificateDescription describe(const X509* certificate);

// The oldest error of OpenSSL's queue for a log, the queue emptied.
[[nodiscard]] Error openssl_failure(std::string_view doing);

}  // namespace navette::net
