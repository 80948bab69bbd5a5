#include "navette/net/envelope.hpp"

#include <fcntl.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "certificates.hpp"
#include "navette/os/join.hpp"

namespace navette::net {
namespace {

namespace fs = std::filesystem;

using Envelope = std::unique_ptr<CMS_ContentInfo, Freed<CMS_ContentInfo_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Certificates = std::unique_ptr<STACK_OF(X509), Freed<+[](STACK_OF(X509) * stack) { sk_X509_free(stack); }>>;

// A recipient's key is kept as long as its backups are.
constexpr long kRecipientDays = 20L * 365 + 5;
constexpr long kDaySeconds = 86'400;

std::unexpected<Error> unwritable(const fs::path& path) {
  ERR_clear_error();
  return fail(ErrorCode::kDiskFull, os::join("impossible d'écrire « ", path.string(),
                                             " » ; vérifiez la place et les droits, puis recommencez"));
}
std::unexpected<Error> unreadable(const fs::path& path) {
  ERR_clear_error();
  return fail(ErrorCode::kNotFound, os::join("impossible de lire « ", path.string(), " »"));
}

// A file of its own until it is whole; removed unless it was kept.
class NewFile {
 public:
  explicit NewFile(const fs::path& path) : path_(path), temporary_(path.string() + ".part") {
    ::unlink(temporary_.c_str());
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    if (!kept_) ::unlink(temporary_.c_str());
  }
  [[nodiscard]] bool open() const { return descriptor_ >= 0; }
  [[nodiscard]] Bio bio() const { return Bio(BIO_new_fd(descriptor_, BIO_NOCLOSE)); }
  [[nodiscard]] bool keep() {
    kept_ = ::fsync(descriptor_) == 0 && ::rename(temporary_.c_str(), path_.c_str()) == 0;
    const fs::path directory = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
    const int folder = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
      (void)::fsync(folder);
      ::close(folder);
    }
    return kept_;
  }

 private:
  fs::path path_;
  std::string temporary_;
  int descriptor_ = -1;
  bool kept_ = false;
};

bool extend(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool number(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7FU) | 0x40U);
  const std::unique_ptr<BIGNUM, Freed<BN_free>> big(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return big && BN_to_ASN1_INTEGER(big.get(), X509_get_serialNumber(certificate)) != nullptr;
}

}  // namespace

Result<Credentials> make_recipient(std::string_view name, Timestamp now) {
  if (name.empty() || name.size() > 64) {
    return fail(ErrorCode::kInvalidArgument, "le nom d'une clé de sauvegarde compte de 1 à 64 octets");
  }
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  if (!key || !certificate) return std::unexpected(openssl_failure("créer une clé de sauvegarde"));
  X509* made = certificate.get();
  const auto seconds = static_cast<time_t>(now.milliseconds / 1000);
  X509_NAME* subject = X509_get_subject_name(made);
  const bool ok = X509_set_version(made, X509_VERSION_3) == 1 && number(made) &&
                  ASN1_TIME_set(X509_getm_notBefore(made), seconds - kDaySeconds) != nullptr &&
                  ASN1_TIME_set(X509_getm_notAfter(made), seconds + kRecipientDays * kDaySeconds) != nullptr &&
                  X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                             reinterpret_cast<const unsigned char*>(name.data()),
                                             static_cast<int>(name.size()), -1, 0) == 1 &&
                  X509_set_issuer_name(made, subject) == 1 && X509_set_pubkey(made, key.get()) == 1 &&
                  extend(made, NID_basic_constraints, "critical,CA:FALSE") &&
                  extend(made, NID_key_usage, "critical,keyAgreement") &&
                  extend(made, NID_subject_key_identifier, "hash") && X509_sign(made, key.get(), EVP_sha256()) > 0;
  if (!ok) return std::unexpected(openssl_failure("créer une clé de sauvegarde"));
  return Credentials{.certificate_pem = pem_of(made), .key_pem = pem_of(key.get())};
}

Result<void> seal_file(const fs::path& from, const fs::path& to, std::string_view recipient_pem) {
  NAVETTE_ASSIGN(const Certificate recipient, parse_certificate(recipient_pem));
  const Bio in(BIO_new_file(from.c_str(), "rb"));
  if (!in) return unreadable(from);
  const Certificates recipients(sk_X509_new_null());
  if (!recipients || sk_X509_push(recipients.get(), recipient.get()) == 0)
    return std::unexpected(openssl_failure("chiffrer un fichier"));
  constexpr unsigned kFlags = CMS_BINARY | CMS_STREAM;
  const Envelope envelope(CMS_encrypt(recipients.get(), nullptr, EVP_aes_256_gcm(), kFlags));
  if (!envelope) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidArgument,
                "on ne peut pas chiffrer pour ce certificat ; faites-en un avec « navette-server keys recipient »");
  }
  NewFile file(to);
  if (!file.open()) return unwritable(to);
  const Bio out = file.bio();
  if (!out || i2d_CMS_bio_stream(out.get(), envelope.get(), in.get(), static_cast<int>(kFlags)) != 1 || !file.keep())
    return unwritable(to);
  return {};
}

Result<void> open_sealed_file(const fs::path& from, const fs::path& to, std::string_view key_pem) {
  NAVETTE_ASSIGN(const Key key, parse_key(key_pem));
  const Bio in(BIO_new_file(from.c_str(), "rb"));
  if (!in) return unreadable(from);
  const Envelope envelope(d2i_CMS_bio(in.get(), nullptr));
  if (!envelope) {
    ERR_clear_error();
    return fail(ErrorCode::kMalformed,
                os::join("« ", from.string(), " » n'est pas une sauvegarde chiffrée, ou est coupée"));
  }
  NewFile file(to);
  if (!file.open()) return unwritable(to);
  const Bio out = file.bio();
  if (!out || CMS_decrypt(envelope.get(), key.get(), nullptr, nullptr, out.get(), CMS_BINARY) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::kUntrusted,
                os::join("« ", from.string(),
                         " » ne s'ouvre pas avec cette clé, ou a été modifié ; prenez la clé qui va "
                         "avec le certificat pour lequel la sauvegarde fut chiffrée"));
  }
  if (!file.keep()) return unwritable(to);
  return {};
}

// DER of a sequence whose first element is the identifier of (authenticated-)enveloped data; a database begins with
// letters.
bool is_sealed_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return in.get() == 0x30;
}

}  // namespace navette::net
