#include "words.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include "navette/os/system_error.hpp"

namespace navette::net {
namespace {

namespace asio = boost::asio;

std::string words_of_tls(int value) {
  switch (ERR_GET_REASON(static_cast<unsigned long>(value))) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
      return "ce qui répond là ne parle pas TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
      return "il ne parle pas TLS 1.3";
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return "il a coupé la connexion";
    default:
      return "échec de TLS";
  }
}

}  // namespace

std::string words_of(const boost::system::error_code& error) {
  if (!error) return "connexion abandonnée";
  if (error.category() == asio::error::get_ssl_category()) return words_of_tls(error.value());
  if (error == asio::ssl::error::stream_truncated || error == asio::error::eof) return "la connexion a été coupée";
  if (error == asio::error::operation_aborted) return "connexion abandonnée";
  if (error == asio::error::host_not_found || error == asio::error::no_data) return "nom de serveur inconnu";
  if (error == asio::error::host_not_found_try_again) return "le nom du serveur n'a pas pu être cherché";
  if (error.category() == boost::system::system_category()) return os::system_words(error.value());
  return "échange interrompu";
}

}  // namespace navette::net
