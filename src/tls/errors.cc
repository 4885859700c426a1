#include "src/tls/errors.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <string>
#include <string_view>

#include "src/core/absl_compat.h"
#include "src/tls/openssl_ptr.h"

namespace unstick::inline v0::tls {
namespace {

absl::Status Refused(const std::string& why) {
  return absl::UnauthenticatedError("the peer's certificate is refused: " + why);
}

absl::Status OfAlert(int alert) {
  const std::string what = alert == SSL_AD_CERTIFICATE_REQUIRED  // OpenSSL 3.0 has no words
                               ? "certificate required"
                               : SSL_alert_desc_string_long(alert);
  switch (alert) {
    case SSL_AD_PROTOCOL_VERSION:
    case SSL_AD_INSUFFICIENT_SECURITY:
      return absl::UnimplementedError("the peer says: " + what);
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_UNRECOGNIZED_NAME:
    case SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return absl::PermissionDeniedError("the peer refuses us: " + what);
    default:
      return absl::DataLossError("the peer says: " + what);
  }
}

}  // namespace

unsigned long TakeError() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  return error;
}

std::string Words(unsigned long error) {
  const char* const words = ERR_reason_error_string(error);
  return words != nullptr ? words : "OpenSSL error " + std::to_string(error);
}

absl::Status FailureStatus(unsigned long error, const SSL* ssl, const std::string& refused) {
  const int reason = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return absl::DataLossError(Words(error));
  if (reason > SSL_AD_REASON_OFFSET) return OfAlert(reason - SSL_AD_REASON_OFFSET);
  switch (reason) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED: {
      const std::string why = X509_verify_cert_error_string(SSL_get_verify_result(ssl));
      return Refused(refused.empty() ? why : why + " (" + refused + ")");
    }
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return absl::UnauthenticatedError("the peer showed no certificate");
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
    case SSL_R_CA_MD_TOO_WEAK:
      return Refused(Words(error));
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
      return absl::UnimplementedError("nothing that both sides speak: " + Words(error));
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return absl::DataLossError("the peer does not speak TLS: " + Words(error));
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return absl::UnavailableError("the peer ended the connection during the handshake");
    default:
      return absl::DataLossError(Words(error));
  }
}

std::string SubjectOf(const X509* certificate) {
  constexpr std::size_t kMost = 200;
  const BioPtr text(BIO_new(BIO_s_mem()));
  if (text == nullptr || certificate == nullptr) return "";
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  ERR_clear_error();
  if (size <= 0) return "";
  const std::string_view subject(bytes, static_cast<std::size_t>(size));
  return std::string(subject.substr(0, kMost));
}

}  // namespace unstick::inline v0::tls
