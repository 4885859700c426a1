// Certificates for tests, made while they run.

#ifndef UNSTICK_TESTS_SUPPORT_CERTIFICATES_H_
#define UNSTICK_TESTS_SUPPORT_CERTIFICATES_H_

#include <chrono>
#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace unstick::certificates {

struct CertificateSpec {
  std::string common_name = "localhost";
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";  // subjectAltName; empty: none
  std::string purpose = "serverAuth,clientAuth";            // extendedKeyUsage
  std::chrono::hours valid_from{-1};                        // from now
  std::chrono::hours valid_until{24};
  unsigned rsa_bits = 0;  // 0: a P-256 key
};

// A certificate and its key, in PEM.
struct Issued {
  std::string certificate;
  std::string key;
};

class Authority {
 public:
  explicit Authority(const std::string& name);
  Issued Issue(const CertificateSpec& spec = {}) const;
  const std::string& certificate() const { return pem_; }

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
  std::string pem_;
};

Issued SelfSigned(const CertificateSpec& spec = {});

// The key, encrypted with a password.
std::string Encrypted(const std::string& key_pem);

}  // namespace unstick::certificates

#endif  // UNSTICK_TESTS_SUPPORT_CERTIFICATES_H_
