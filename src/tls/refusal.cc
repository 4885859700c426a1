#include "src/tls/refusal.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "src/tls/errors.h"

namespace unstick::inline v0::tls {
namespace {

int Index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

bool KeepRefusals(SSL* ssl, std::string* subject) {
  return SSL_set_ex_data(ssl, Index(), subject) == 1;
}

extern "C" int NoteRefusal(int ok, X509_STORE_CTX* verification) {
  if (ok == 1) return ok;
  const auto* const ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* const subject =
      ssl == nullptr ? nullptr : static_cast<std::string*>(SSL_get_ex_data(ssl, Index()));
  if (subject != nullptr) *subject = SubjectOf(X509_STORE_CTX_get_current_cert(verification));
  return ok;
}

}  // namespace unstick::inline v0::tls
