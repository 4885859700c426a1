// A certificate for the moment, so that the TLS example needs no files. Real ones come from an
// authority, or from a tool: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 ...

#ifndef UNSTICK_EXAMPLES_SELF_SIGNED_H_
#define UNSTICK_EXAMPLES_SELF_SIGNED_H_

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

struct SelfSigned {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// For "localhost", from now on, for an hour.
inline SelfSigned MakeSelfSigned() {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> cert(X509_new(), X509_free);
  X509_set_version(cert.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
  X509_set_pubkey(cert.get(), key.get());
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost"),
      X509_EXTENSION_free);
  X509_add_ext(cert.get(), names.get(), -1);
  X509_sign(cert.get(), key.get(), EVP_sha256());

  const auto text = [](auto write) {
    const std::unique_ptr<BIO, void (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
    write(bio.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &bytes);
    return std::string(bytes, static_cast<std::size_t>(size));
  };
  return {text([&](BIO* bio) { PEM_write_bio_X509(bio, cert.get()); }), text([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

#endif  // UNSTICK_EXAMPLES_SELF_SIGNED_H_
