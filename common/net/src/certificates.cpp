#include "certificates.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>

#include "navette/base/hex.hpp"
#include "navette/os/join.hpp"

namespace navette::net {
namespace {

// Keys are never encrypted here: without this OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::unexpected<Error> malformed(std::string_view what) {
  ERR_clear_error();
  return fail(ErrorCode::kMalformed, os::join(what, " illisible ; vérifiez que le texte PEM est entier"));
}

template <class Object, class Read>
Result<Object> parse(std::string_view pem, std::string_view what, Read read) {
  if (pem.size() > kPemMaxBytes) return malformed(what);
  const Bio bio = bio_of(pem);
  Object object(read(bio.get(), nullptr, no_passphrase, nullptr));
  if (!object) return malformed(what);
  return object;
}

template <class Write>
std::string written(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || write(bio.get()) != 1) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Timestamp timestamp_of(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return {static_cast<std::int64_t>(timegm(&parts)) * 1000};
}

std::string common_name_of(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return name;
}

}  // namespace

Bio bio_of(std::string_view bytes) { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

Result<Certificate> parse_certificate(std::string_view pem) {
  return parse<Certificate>(pem, "certificat", PEM_read_bio_X509);
}
Result<Key> parse_key(std::string_view pem) { return parse<Key>(pem, "clé privée", PEM_read_bio_PrivateKey); }
Result<CertificateRequest> parse_request(std::string_view pem) {
  return parse<CertificateRequest>(pem, "demande de certificat", PEM_read_bio_X509_REQ);
}

std::string pem_of(X509* certificate) {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
std::string pem_of(X509_REQ* request) {
  return written([&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, request); });
}
std::string pem_of(EVP_PKEY* key) {
  return written(
      [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

Hash fingerprint_of(const X509* certificate) {
  Hash hash;
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), hash.value.data(), &size);
  return hash;
}

CertificateDescription describe(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const BytesView serial_bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                               static_cast<std::size_t>(ASN1_STRING_length(serial)));
  return {.common_name = common_name_of(certificate),
          .serial = to_hex(serial_bytes),
          .fingerprint = fingerprint_of(certificate),
          .not_before = timestamp_of(X509_get0_notBefore(certificate)),
          .not_after = timestamp_of(X509_get0_notAfter(certificate))};
}

Error openssl_failure(std::string_view doing) {
  const unsigned long number = ERR_get_error();
  ERR_clear_error();
  const char* reason = number != 0 ? ERR_reason_error_string(number) : nullptr;
  return {ErrorCode::kInternal,
          os::join("échec en voulant ", doing, " : ", reason != nullptr ? reason : "raison inconnue",
                   " ; signalez cette erreur à votre assistance")};
}

}  // namespace navette::net
