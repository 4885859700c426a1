// OpenSSL's objects with one owner.

#ifndef UNSTICK_SRC_TLS_OPENSSL_PTR_H_
#define UNSTICK_SRC_TLS_OPENSSL_PTR_H_

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace unstick::inline v0::tls {

template <auto kFree>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using SslPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;

}  // namespace unstick::inline v0::tls

#endif  // UNSTICK_SRC_TLS_OPENSSL_PTR_H_
