#include "navette/net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "certificates.hpp"
#include "navette/os/join.hpp"
#include "tls_state.hpp"

namespace navette::net {
namespace {

using Stack = std::unique_ptr<STACK_OF(X509), Freed<+[](STACK_OF(X509) * stack) { sk_X509_free(stack); }>>;
using Method = asio::ssl::context::method;

// Both ends are ours, and certificates are on P-256: nothing else need be spoken.
constexpr const char* kCipherSuites = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr const char* kSignatures = "ECDSA+SHA256:ECDSA+SHA384";

// X509 verification of an enrolling client: of all the certificates that the server sent, the only one that may
// serve as root is the one with the fingerprint that came with the enrolment code.
int verify_pinned(X509_STORE_CTX* verification, void* argument) {
  const auto& state = *static_cast<const TlsState*>(argument);
  const Stack roots(sk_X509_new_null());
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(verification);
  for (int i = 0; roots && i < sk_X509_num(sent); ++i) {
    X509* certificate = sk_X509_value(sent, i);
    if (fingerprint_of(certificate) == *state.pinned_authority) sk_X509_push(roots.get(), certificate);
  }
  if (!roots || sk_X509_num(roots.get()) == 0) {
    X509_STORE_CTX_set_error(verification, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
    return 0;
  }
  X509_STORE_CTX_set0_trusted_stack(verification, roots.get());
  return X509_verify_cert(verification) == 1 ? 1 : 0;
}

Result<std::shared_ptr<TlsState>> base_state(Method method) {
  auto state = std::make_shared<TlsState>(method);
  SSL_CTX* context = state->context.native_handle();
  if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1) {
    return std::unexpected(openssl_failure("préparer TLS 1.3"));
  }
  if (SSL_CTX_set_ciphersuites(context, kCipherSuites) != 1 || SSL_CTX_set1_groups_list(context, kGroups) != 1 ||
      SSL_CTX_set1_sigalgs_list(context, kSignatures) != 1) {
    return std::unexpected(openssl_failure("préparer TLS 1.3"));
  }
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // thousands of idle connections, 34 KiB less each
  SSL_CTX_set_read_ahead(context, 1);                   // a record and its header in one call of the system
  return state;
}

Result<> trust(SSL_CTX* context, X509* authority) {
  if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) == 1) return {};
  return std::unexpected(openssl_failure("prendre l'autorité en compte"));
}

Result<> use(SSL_CTX* context, const Credentials& credentials) {
  NAVETTE_ASSIGN(const Certificate certificate, parse_certificate(credentials.certificate_pem));
  NAVETTE_ASSIGN(const Key key, parse_key(credentials.key_pem));
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::kConflict, "cette clé n'est pas celle du certificat ; vérifiez les deux fichiers");
  }
  if (SSL_CTX_use_certificate(context, certificate.get()) == 1 && SSL_CTX_use_PrivateKey(context, key.get()) == 1)
    return {};
  return std::unexpected(openssl_failure("prendre le certificat en compte"));
}

bool is_address(const std::string& host) {
  return std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>>(a2i_IPADDRESS(host.c_str())) != nullptr;
}

}  // namespace

Result<TlsServerContext> TlsServerContext::create(const Credentials& server, std::string_view authority_pem) {
  NAVETTE_ASSIGN(auto state, base_state(Method::tls_server));
  NAVETTE_ASSIGN(const Certificate authority, parse_certificate(authority_pem));
  SSL_CTX* context = state->context.native_handle();
  NAVETTE_TRY(use(context, server));
  NAVETTE_TRY(trust(context, authority.get()));
  const bool ok = SSL_CTX_add1_chain_cert(context, authority.get()) == 1 &&
                  SSL_CTX_add_client_CA(context, authority.get()) == 1 &&
                  SSL_CTX_set_num_tickets(context, 0) == 1;  // nobody resumes: two tickets are 2 KB for nothing
  if (!ok) return std::unexpected(openssl_failure("préparer le serveur TLS"));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return TlsServerContext(std::move(state));
}

Result<TlsClientContext> TlsClientContext::for_device(const Credentials& device, std::string_view authority_pem) {
  NAVETTE_ASSIGN(auto state, base_state(Method::tls_client));
  NAVETTE_ASSIGN(const Certificate authority, parse_certificate(authority_pem));
  SSL_CTX* context = state->context.native_handle();
  NAVETTE_TRY(trust(context, authority.get()));
  if (!device.certificate_pem.empty()) NAVETTE_TRY(use(context, device));
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);  // the server has the authority's certificate
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return TlsClientContext(std::move(state));
}

Result<TlsClientContext> TlsClientContext::for_enrolment(const Hash& authority_fingerprint) {
  NAVETTE_ASSIGN(auto state, base_state(Method::tls_client));
  state->pinned_authority = authority_fingerprint;
  SSL_CTX* context = state->context.native_handle();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify_pinned, state.get());  // the state owns the context
  return TlsClientContext(std::move(state));
}

bool expect_host(SSL* tls, const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(tls);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
}

PeerIdentity verified_peer(SSL* tls) {
  PeerIdentity peer;
  const X509* certificate = SSL_get0_peer_certificate(tls);
  if (certificate == nullptr || SSL_get_verify_result(tls) != X509_V_OK) return peer;
  auto description = describe(certificate);
  peer.device_id = std::move(description.common_name);
  peer.certificate_serial = std::move(description.serial);
  peer.certificate_fingerprint = description.fingerprint;
  return peer;
}

Error handshake_failure(SSL* tls, const std::string& host, const std::string& library_text) {
  switch (SSL_get_verify_result(tls)) {
    case X509_V_OK:
      return {
          ErrorCode::kUnreachable,
          os::join("« ", host, " » n'établit pas de connexion sûre (", library_text,
                   ") ; vérifiez l'adresse et le port, et qu'aucun portail ou antivirus n'intercepte la connexion")};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {ErrorCode::kUntrusted,
              os::join("le serveur de votre agence répond, mais son certificat ne porte pas le nom « ", host,
                       " » ; utilisez l'adresse donnée par votre agence, ou demandez-lui de refaire le certificat")};
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {ErrorCode::kUntrusted,
              os::join(
                  "le certificat du serveur « ", host,
                  " » n'est pas valable à la date de cet ordinateur ; vérifiez l'horloge, puis prévenez votre agence")};
    default:
      return {ErrorCode::kUntrusted,
              os::join("le serveur « ", host,
                       " » présente un certificat qui n'est pas celui de votre agence : n'allez pas plus loin ; "
                       "vérifiez l'adresse, changez de réseau, puis prévenez votre agence")};
  }
}

}  // namespace navette::net
