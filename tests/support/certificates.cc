#include "tests/support/certificates.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>

namespace unstick::certificates {
namespace {

using KeyPtr = std::shared_ptr<EVP_PKEY>;
using X509Ptr = std::shared_ptr<X509>;

KeyPtr NewKey(unsigned rsa_bits) {
  EVP_PKEY* const key = rsa_bits > 0 ? EVP_RSA_gen(rsa_bits) : EVP_EC_gen("P-256");
  EXPECT_NE(key, nullptr);
  return {key, EVP_PKEY_free};
}

template <typename Write>
std::string Pem(Write write) {
  BIO* const bio = BIO_new(BIO_s_mem());
  EXPECT_EQ(write(bio), 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string pem(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string PemOf(X509* certificate) {
  return Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
std::string PemOf(EVP_PKEY* key) {
  return Pem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

void AddExtension(X509* certificate, X509* issuer, int which, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509Ptr NewCertificate(const CertificateSpec& spec, EVP_PKEY* key) {
  X509Ptr certificate(X509_new(), X509_free);
  X509* const raw = certificate.get();
  static long serial = 1;
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), serial++);
  using std::chrono::seconds;
  X509_gmtime_adj(X509_getm_notBefore(raw), seconds(spec.valid_from).count());
  X509_gmtime_adj(X509_getm_notAfter(raw), seconds(spec.valid_until).count());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1,
                             -1, 0);
  X509_set_pubkey(raw, key);
  return certificate;
}

void Sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  AddExtension(certificate, issuer, NID_subject_key_identifier, "hash");
  EXPECT_GT(X509_sign(certificate, issuer_key, EVP_sha256()), 0);
}

X509Ptr NewLeaf(const CertificateSpec& spec, EVP_PKEY* key) {
  X509Ptr leaf = NewCertificate(spec, key);
  AddExtension(leaf.get(), leaf.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(leaf.get(), leaf.get(), NID_ext_key_usage, spec.purpose);
  if (!spec.names.empty()) {
    AddExtension(leaf.get(), leaf.get(), NID_subject_alt_name, spec.names);
  }
  return leaf;
}

}  // namespace

Authority::Authority(const std::string& name) : key_(NewKey(0)) {
  certificate_ = NewCertificate({.common_name = name}, key_.get());
  AddExtension(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate_.get(), certificate_.get(), NID_key_usage, "critical,keyCertSign");
  Sign(certificate_.get(), certificate_.get(), key_.get());
  pem_ = PemOf(certificate_.get());
}

Issued Authority::Issue(const CertificateSpec& spec) const {
  const KeyPtr key = NewKey(spec.rsa_bits);
  const X509Ptr leaf = NewLeaf(spec, key.get());
  Sign(leaf.get(), certificate_.get(), key_.get());
  return {PemOf(leaf.get()), PemOf(key.get())};
}

Issued SelfSigned(const CertificateSpec& spec) {
  const KeyPtr key = NewKey(spec.rsa_bits);
  const X509Ptr leaf = NewLeaf(spec, key.get());
  Sign(leaf.get(), leaf.get(), key.get());
  return {PemOf(leaf.get()), PemOf(key.get())};
}

std::string Encrypted(const std::string& key_pem) {
  BIO* const in = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
  const KeyPtr key(PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr), EVP_PKEY_free);
  BIO_free(in);
  return Pem([&](BIO* bio) {
    static const std::string password = "sesame";
    return PEM_write_bio_PrivateKey(bio, key.get(), EVP_aes_256_cbc(),
                                    reinterpret_cast<const unsigned char*>(password.data()),
                                    static_cast<int>(password.size()), nullptr, nullptr);
  });
}

}  // namespace unstick::certificates
