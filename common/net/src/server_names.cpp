#include "navette/net/server_names.hpp"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <array>

#include "certificates.hpp"

namespace navette::net {
namespace {

using AlternativeNames = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

std::string text_of(const ASN1_STRING* value) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string address_of(const ASN1_STRING* value) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(value) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(value) != 16) return {};
  return ::inet_ntop(family, ASN1_STRING_get0_data(value), text.data(), text.size()) == nullptr ? "" : text.data();
}

}  // namespace

Result<std::vector<std::string>> server_names(std::string_view certificate_pem) {
  NAVETTE_ASSIGN(const Certificate certificate, parse_certificate(certificate_pem));
  const AlternativeNames list(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(list.get(), i), &type);
    const auto* string = static_cast<const ASN1_STRING*>(value);
    std::string name = type == GEN_DNS ? text_of(string) : type == GEN_IPADD ? address_of(string) : std::string();
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace navette::net
