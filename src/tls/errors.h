// OpenSSL's errors in words.

#ifndef UNSTICK_SRC_TLS_ERRORS_H_
#define UNSTICK_SRC_TLS_ERRORS_H_

#include <openssl/types.h>

#include <string>

#include "absl/status/status.h"

namespace unstick::inline v0::tls {

// The newest error of this thread's queue, which is then empty; 0 if there is none.
unsigned long TakeError();

// "no start line", or the number if OpenSSL has no words.
std::string Words(unsigned long error);

// Why a handshake or a record failed: `error`, and for certificates what verification said. The
// codes are those of Engine::ErrorStatus(). `refused` is the subject of the certificate at fault.
absl::Status FailureStatus(unsigned long error, const SSL* ssl, const std::string& refused);

// RFC 4514, in ASCII, at most 200 characters.
std::string SubjectOf(const X509* certificate);

}  // namespace unstick::inline v0::tls

#endif  // UNSTICK_SRC_TLS_ERRORS_H_
