#include "navette/net/identity.hpp"

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>

#include "certificates.hpp"
#include "navette/os/join.hpp"

namespace navette::net {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kAuthorityDays = 20 * 365 + 5;
constexpr std::int64_t kServerDays = 824;  // with the day before that it begins, 825
constexpr std::int64_t kDeviceDays = 2 * 365 + 1;
constexpr std::size_t kCommonNameMaxBytes = 64;  // the upper bound of X.520
constexpr std::size_t kServerNamesMax = 64;

using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using AlternativeNames = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

std::int64_t seconds_of(Timestamp time) { return time.milliseconds / 1000; }

bool set_random_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7FU) | 0x40U);  // positive, and always 16 bytes
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(
      BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_validity(X509* certificate, Timestamp now, std::int64_t days, std::int64_t limit_seconds) {
  const std::int64_t first = seconds_of(now) - kDaySeconds;
  const std::int64_t last = std::min(seconds_of(now) + days * kDaySeconds, limit_seconds);
  return ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(first)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(last)) != nullptr;
}

bool set_common_name(X509_NAME* name, std::string_view text) {
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()),
                                    -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// REQUIRES: a name that is_dns_name, or an IP address.
bool add_name(GENERAL_NAMES* names, const std::string& text) {
  std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>> name(GENERAL_NAME_new());
  if (!name) return false;
  if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(text.c_str())) {
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address);
  } else {
    ASN1_IA5STRING* dns = ASN1_IA5STRING_new();
    if (dns == nullptr || ASN1_STRING_set(dns, text.data(), static_cast<int>(text.size())) != 1) return false;
    GENERAL_NAME_set0_value(name.get(), GEN_DNS, dns);
  }
  return sk_GENERAL_NAME_push(names, name.release()) > 0;
}

bool is_dns_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_server_name(const std::string& text) {
  if (const std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>> address(a2i_IPADDRESS(text.c_str()));
      address) {
    return true;
  }
  return !text.empty() && text.size() <= 253 && text.front() != '.' && std::ranges::all_of(text, is_dns_character);
}

bool add_alternative_names(X509* certificate, std::span<const std::string> names) {
  const AlternativeNames list(sk_GENERAL_NAME_new_null());
  if (!list) return false;
  for (const auto& name : names) {
    if (!add_name(list.get(), name)) return false;
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, 0) == 1;
}

Result<Key> new_key() {
  Key key(EVP_EC_gen("P-256"));
  if (!key) return std::unexpected(openssl_failure("créer une clé"));
  return key;
}

bool is_p256(EVP_PKEY* key) {
  char group[32] = {};
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1 &&
         std::strcmp(group, "prime256v1") == 0;
}

Result<> check_common_name(std::string_view name) {
  if (!name.empty() && name.size() <= kCommonNameMaxBytes) return {};
  return fail(ErrorCode::kInvalidArgument,
              os::join("le nom d'un certificat compte de 1 à ", kCommonNameMaxBytes, " octets ; raccourcissez-le"));
}

struct Subject {
  std::string_view common_name;
  EVP_PKEY* public_key;
  Timestamp now;
  std::int64_t days;
};

// A version 3 certificate with all but its usages and its signature.
Result<Certificate> draft(const Subject& subject, const X509* issuer) {
  Certificate certificate(X509_new());
  const std::int64_t limit = issuer == nullptr ? INT64_MAX : seconds_of(describe(issuer).not_after);
  const bool ok =
      certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_random_serial(certificate.get()) &&
      set_validity(certificate.get(), subject.now, subject.days, limit) &&
      set_common_name(X509_get_subject_name(certificate.get()), subject.common_name) &&
      X509_set_pubkey(certificate.get(), subject.public_key) == 1 &&
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer != nullptr ? issuer : certificate.get())) ==
          1;
  if (!ok) return std::unexpected(openssl_failure("préparer un certificat"));
  return certificate;
}

}  // namespace

Result<KeyAndRequest> make_key_and_request(std::string_view common_name) {
  NAVETTE_TRY(check_common_name(common_name));
  NAVETTE_ASSIGN(const Key key, new_key());
  const CertificateRequest request(X509_REQ_new());
  const bool ok = request && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                  set_common_name(X509_REQ_get_subject_name(request.get()), common_name) &&
                  X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
                  X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0;
  if (!ok) return std::unexpected(openssl_failure("préparer une demande de certificat"));
  return KeyAndRequest{.key_pem = pem_of(key.get()), .request_pem = pem_of(request.get())};
}

Result<CertificateDescription> describe_certificate(std::string_view certificate_pem) {
  NAVETTE_ASSIGN(const Certificate certificate, parse_certificate(certificate_pem));
  return describe(certificate.get());
}

Result<Hash> certificate_fingerprint(std::string_view certificate_pem) {
  NAVETTE_ASSIGN(const Certificate certificate, parse_certificate(certificate_pem));
  return fingerprint_of(certificate.get());
}

struct CertificateAuthority::State {
  Certificate certificate;
  Key key;
  Credentials pem;

  [[nodiscard]] Result<std::string> sign_leaf(X509* leaf, const char* usage) const {
    X509* issuer = certificate.get();
    const bool ok = add_extension(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(leaf, issuer, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(leaf, issuer, NID_ext_key_usage, usage) &&
                    add_extension(leaf, issuer, NID_subject_key_identifier, "hash") &&
                    add_extension(leaf, issuer, NID_authority_key_identifier, "keyid:always") &&
                    X509_sign(leaf, key.get(), EVP_sha256()) > 0;
    if (!ok) return std::unexpected(openssl_failure("signer un certificat"));
    return pem_of(leaf);
  }
};

Result<CertificateAuthority> CertificateAuthority::create(std::string_view name, Timestamp now) {
  NAVETTE_TRY(check_common_name(name));
  NAVETTE_ASSIGN(const Key key, new_key());
  const Subject subject{.common_name = name, .public_key = key.get(), .now = now, .days = kAuthorityDays};
  NAVETTE_ASSIGN(const Certificate certificate, draft(subject, nullptr));
  X509* self = certificate.get();
  const bool ok = add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                  add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                  add_extension(self, self, NID_subject_key_identifier, "hash") &&
                  X509_sign(self, key.get(), EVP_sha256()) > 0;
  if (!ok) return std::unexpected(openssl_failure("créer l'autorité"));
  return load(pem_of(self), pem_of(key.get()));
}

Result<CertificateAuthority> CertificateAuthority::load(std::string_view certificate_pem, std::string_view key_pem) {
  auto state = std::make_shared<State>();
  NAVETTE_ASSIGN(state->certificate, parse_certificate(certificate_pem));
  NAVETTE_ASSIGN(state->key, parse_key(key_pem));
  if (X509_check_private_key(state->certificate.get(), state->key.get()) != 1) {
    return fail(ErrorCode::kConflict,
                "cette clé n'est pas celle du certificat de l'autorité ; vérifiez les deux fichiers");
  }
  if (X509_check_ca(state->certificate.get()) != 1) {
    return fail(ErrorCode::kInvalidArgument,
                "ce certificat n'est pas celui d'une autorité ; donnez-en un qui puisse signer");
  }
  state->pem = {.certificate_pem = pem_of(state->certificate.get()), .key_pem = pem_of(state->key.get())};
  return CertificateAuthority(std::move(state));
}

const Credentials& CertificateAuthority::pem() const { return state_->pem; }
Hash CertificateAuthority::fingerprint() const { return fingerprint_of(state_->certificate.get()); }

Result<Credentials> CertificateAuthority::issue_server(std::span<const std::string> names, Timestamp now) const {
  if (names.empty() || names.size() > kServerNamesMax || !std::ranges::all_of(names, is_server_name)) {
    return fail(ErrorCode::kInvalidArgument,
                "donnez de 1 à 64 noms DNS ou adresses IP valables pour le certificat du serveur");
  }
  NAVETTE_ASSIGN(const Key key, new_key());
  const std::string_view common_name = std::string_view(names.front()).substr(0, kCommonNameMaxBytes);
  const Subject subject{.common_name = common_name, .public_key = key.get(), .now = now, .days = kServerDays};
  NAVETTE_ASSIGN(const Certificate leaf, draft(subject, state_->certificate.get()));
  if (!add_alternative_names(leaf.get(), names)) return std::unexpected(openssl_failure("nommer le serveur"));
  NAVETTE_ASSIGN(std::string pem, state_->sign_leaf(leaf.get(), "serverAuth"));
  return Credentials{.certificate_pem = pem + state_->pem.certificate_pem, .key_pem = pem_of(key.get())};
}

Result<std::string> CertificateAuthority::issue_device(std::string_view request_pem, std::string_view device_id,
                                                       Timestamp now) const {
  NAVETTE_TRY(check_common_name(device_id));
  NAVETTE_ASSIGN(const CertificateRequest request, parse_request(request_pem));
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || !is_p256(key)) {
    return fail(ErrorCode::kInvalidArgument,
                "la clé du poste n'est pas de la sorte attendue (EC P-256) ; mettez Navette à jour");
  }
  if (X509_REQ_verify(request.get(), key) != 1) {
    return fail(ErrorCode::kMalformed,
                "la demande de certificat n'est pas signée par sa clé ; recommencez l'inscription");
  }
  const Subject subject{.common_name = device_id, .public_key = key, .now = now, .days = kDeviceDays};
  NAVETTE_ASSIGN(const Certificate leaf, draft(subject, state_->certificate.get()));
  return state_->sign_leaf(leaf.get(), "clientAuth");
}

}  // namespace navette::net
