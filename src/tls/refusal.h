// Which certificate was refused.

#ifndef UNSTICK_SRC_TLS_REFUSAL_H_
#define UNSTICK_SRC_TLS_REFUSAL_H_

#include <openssl/types.h>

#include <string>

namespace unstick::inline v0::tls {

// Where NoteRefusal() puts the subject of the certificate at fault for this connection. It must
// live as long as `ssl`. False if memory is short.
bool KeepRefusals(SSL* ssl, std::string* subject);

// For SSL_CTX_set_verify(): decides nothing.
extern "C" int NoteRefusal(int ok, X509_STORE_CTX* verification);

}  // namespace unstick::inline v0::tls

#endif  // UNSTICK_SRC_TLS_REFUSAL_H_
