// The agency's certificates: what they say, and what a request cannot obtain.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "navette/net/identity.hpp"

namespace navette::net {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr Timestamp kNow{1'780'000'000'000};

template <auto free_function>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
template <class T, auto free_function>
using Owned = std::unique_ptr<T, Freed<free_function>>;

class Identity : public testing::Test {
 protected:
  static Owned<X509, X509_free> certificate(const std::string& pem) {
    const Owned<BIO, BIO_vfree> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Owned<X509, X509_free>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  }
  static std::uint32_t usage(const std::string& pem) { return X509_get_extended_key_usage(certificate(pem).get()); }

  CertificateAuthority authority_ = CertificateAuthority::create("Agence de Rennes", kNow).value();
  KeyAndRequest device_ = make_key_and_request("peu importe").value();
};

TEST_F(Identity, AnAuthorityLastsTwentyYearsAndIsLoadedAsItWas) {
  const auto description = describe_certificate(authority_.pem().certificate_pem).value();
  EXPECT_EQ(description.common_name, "Agence de Rennes");
  EXPECT_EQ(description.not_before.milliseconds, kNow.milliseconds - kDay);
  EXPECT_GT(description.not_after.milliseconds, kNow.milliseconds + 20 * 365 * kDay);
  EXPECT_EQ(description.fingerprint, authority_.fingerprint());
  const auto loaded = CertificateAuthority::load(authority_.pem().certificate_pem, authority_.pem().key_pem);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->fingerprint(), authority_.fingerprint());
}

TEST_F(Identity, AnotherKeyOrALeafMakesNoAuthority) {
  const auto other = CertificateAuthority::create("Autre", kNow).value();
  EXPECT_EQ(CertificateAuthority::load(authority_.pem().certificate_pem, other.pem().key_pem).error().code,
            ErrorCode::kConflict);
  const auto leaf = authority_.issue_device(device_.request_pem, "poste", kNow).value();
  EXPECT_EQ(CertificateAuthority::load(leaf, device_.key_pem).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(CertificateAuthority::load("", "").error().code, ErrorCode::kMalformed);
}

TEST_F(Identity, AServerBearsItsNamesAndOnlyServes) {
  const std::vector<std::string> names{"sync.agence.example", "192.0.2.7", "::1"};
  const auto server = authority_.issue_server(names, kNow).value();
  const auto leaf = certificate(server.certificate_pem);
  EXPECT_EQ(X509_check_host(leaf.get(), "sync.agence.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf.get(), "agence.example", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "192.0.2.7", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "::1", 0), 1);
  EXPECT_EQ(usage(server.certificate_pem), std::uint32_t{XKU_SSL_SERVER});
  EXPECT_NE(server.certificate_pem.find(authority_.pem().certificate_pem), std::string::npos);
}

TEST_F(Identity, SenselessServerNamesAreRefused) {
  for (const std::string name : {"", "*.example", "a b", ".example", "a,DNS:evil"}) {
    EXPECT_EQ(authority_.issue_server(std::span(&name, 1), kNow).error().code, ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_FALSE(authority_.issue_server({}, kNow));
}

TEST_F(Identity, ADeviceGetsTheNameThatTheServerChose) {
  const auto pem = authority_.issue_device(device_.request_pem, "poste-7", kNow).value();
  const auto description = describe_certificate(pem).value();
  EXPECT_EQ(description.common_name, "poste-7");
  EXPECT_EQ(description.not_before.milliseconds, kNow.milliseconds - kDay);
  EXPECT_EQ(description.not_after.milliseconds, kNow.milliseconds + 731 * kDay);
  EXPECT_EQ(usage(pem), std::uint32_t{XKU_SSL_CLIENT});
  EXPECT_EQ(description.serial.size(), 32U);
  const auto again =
      describe_certificate(authority_.issue_device(device_.request_pem, "poste-7", kNow).value()).value();
  EXPECT_NE(again.serial, description.serial);
}

TEST_F(Identity, ARequestThatDoesNotProveItsKeyIsRefused) {
  const Owned<BIO, BIO_vfree> bio(
      BIO_new_mem_buf(device_.request_pem.data(), static_cast<int>(device_.request_pem.size())));
  const Owned<X509_REQ, X509_REQ_free> request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  const Owned<EVP_PKEY, EVP_PKEY_free> stolen(EVP_EC_gen("P-256"));
  X509_REQ_set_pubkey(request.get(), stolen.get());
  const Owned<BIO, BIO_vfree> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(out.get(), request.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  const auto refused = authority_.issue_device({data, static_cast<std::size_t>(size)}, "poste", kNow);
  EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
}

TEST_F(Identity, OddRequestsAndNamesAreRefused) {
  EXPECT_EQ(authority_.issue_device("-----BEGIN", "poste", kNow).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(authority_.issue_device(std::string(1U << 20U, 'x'), "poste", kNow).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(authority_.issue_device(device_.request_pem, "", kNow).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(authority_.issue_device(device_.request_pem, std::string(65, 'x'), kNow).error().code,
            ErrorCode::kInvalidArgument);
  const Owned<EVP_PKEY, EVP_PKEY_free> weak(EVP_RSA_gen(1024));
  const Owned<X509_REQ, X509_REQ_free> request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), weak.get());
  X509_REQ_sign(request.get(), weak.get(), EVP_sha256());
  const Owned<BIO, BIO_vfree> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(out.get(), request.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  EXPECT_EQ(authority_.issue_device({data, static_cast<std::size_t>(size)}, "poste", kNow).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(Identity, NothingOutlivesTheAuthority) {
  const Timestamp late{kNow.milliseconds + 20 * 365 * kDay - 10 * kDay};
  const auto leaf = describe_certificate(authority_.issue_device(device_.request_pem, "poste", late).value()).value();
  EXPECT_EQ(leaf.not_after, describe_certificate(authority_.pem().certificate_pem)->not_after);
}

}  // namespace
}  // namespace navette::net
