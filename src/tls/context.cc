#include "unstick/tls/context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/tls/errors.h"
#include "src/tls/openssl_ptr.h"
#include "src/tls/refusal.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::tls {
namespace {

constexpr std::size_t kMaxPem = std::size_t{16} << 20;  // a system's whole store is 200 KiB
constexpr int kSecurityLevel = 2;

// "cert.pem: ...", or "the certificates: ..." for those that came as text.
absl::Status Bad(const Pem& pem, const std::string& noun, const std::string& why) {
  ERR_clear_error();
  return absl::InvalidArgumentError((pem.is_file() ? pem.value() : "the " + noun) + ": " + why);
}

absl::StatusOr<std::string> TextOf(const Pem& pem) {
  if (!pem.is_file()) return pem.value();
  std::ifstream file(pem.value(), std::ios::binary);
  if (!file) return net::StatusFromErrno(errno == 0 ? EIO : errno, "open " + pem.value());
  std::string text;
  char piece[4096];
  while (file.read(piece, sizeof(piece)) || file.gcount() > 0) {
    text.append(piece, static_cast<std::size_t>(file.gcount()));
    if (text.size() > kMaxPem) return Bad(pem, "", "more than 16 MiB");
  }
  if (file.bad()) return net::StatusFromErrno(errno == 0 ? EIO : errno, "read " + pem.value());
  return text;
}

// Nobody is asked for a password.
int NoPassword(char*, int, int, void*) { return 0; }

absl::StatusOr<BioPtr> Open(const Pem& pem, std::string& text) {
  absl::StatusOr<std::string> read = TextOf(pem);
  if (!read.ok()) return read.status();
  text = *std::move(read);
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), kMaxPem))));
  if (bio == nullptr) return absl::ResourceExhaustedError("OpenSSL: out of memory");
  return bio;
}

absl::StatusOr<std::vector<X509Ptr>> ReadCertificates(const Pem& pem, const std::string& noun) {
  std::string text;
  const absl::StatusOr<BioPtr> bio = Open(pem, text);
  if (!bio.ok()) return bio.status();
  std::vector<X509Ptr> found;
  ERR_clear_error();
  while (X509* const one = PEM_read_bio_X509(bio->get(), nullptr, NoPassword, nullptr)) {
    found.emplace_back(one);
  }
  const unsigned long error = TakeError();
  const bool ended =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!ended) return Bad(pem, noun, "a certificate is broken: " + Words(error));
  if (found.empty()) return Bad(pem, noun, "there is no certificate in PEM in it");
  return found;
}

absl::StatusOr<KeyPtr> ReadKey(const Pem& pem) {
  std::string text;
  const absl::StatusOr<BioPtr> bio = Open(pem, text);
  if (!bio.ok()) return bio.status();
  ERR_clear_error();
  KeyPtr key(PEM_read_bio_PrivateKey(bio->get(), nullptr, NoPassword, nullptr));
  OPENSSL_cleanse(text.data(), text.size());
  if (key != nullptr) return key;
  return Bad(pem, "key", "there is no private key in PEM in it that is not encrypted");
}

absl::Status Show(SSL_CTX* context, const Identity& identity) {
  const absl::StatusOr<std::vector<X509Ptr>> chain =
      ReadCertificates(identity.certificates, "certificates");
  if (!chain.ok()) return chain.status();
  const absl::StatusOr<KeyPtr> key = ReadKey(identity.key);
  if (!key.ok()) return key.status();
  ERR_clear_error();
  if (SSL_CTX_use_certificate(context, chain->front().get()) != 1) {
    return Bad(identity.certificates, "certificates", Words(TakeError()));
  }
  for (std::size_t i = 1; i < chain->size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) != 1) {
      return Bad(identity.certificates, "certificates", Words(TakeError()));
    }
  }
  if (X509_check_private_key(chain->front().get(), key->get()) != 1) {
    return Bad(identity.key, "key", "it is not the key of the first certificate");
  }
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1) {
    return Bad(identity.key, "key", Words(TakeError()));
  }
  return absl::OkStatus();
}

absl::Status Trust(SSL_CTX* context, const Pem& ca, bool tell_clients) {
  const absl::StatusOr<std::vector<X509Ptr>> authorities = ReadCertificates(ca, "authorities");
  if (!authorities.ok()) return authorities.status();
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const X509Ptr& authority : *authorities) {
    if (X509_STORE_add_cert(store, authority.get()) != 1 ||
        (tell_clients && SSL_CTX_add_client_CA(context, authority.get()) != 1)) {
      return Bad(ca, "authorities", Words(TakeError()));
    }
  }
  return absl::OkStatus();
}

// What both sides have in common. Nothing that the system's configuration asks for is weakened.
absl::StatusOr<std::shared_ptr<SSL_CTX>> NewContext(const SSL_METHOD* method) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), SSL_CTX_free);
  if (context == nullptr) return absl::InternalError("OpenSSL: " + Words(TakeError()));
  SSL_CTX* const raw = context.get();
  const long floor = SSL_CTX_get_min_proto_version(raw);
  SSL_CTX_set_min_proto_version(raw, static_cast<int>(std::max<long>(floor, TLS1_2_VERSION)));
  SSL_CTX_set_security_level(raw, std::max(SSL_CTX_get_security_level(raw), kSecurityLevel));
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

}  // namespace

absl::StatusOr<Context> Context::ForServer(const ServerOptions& options) {
  absl::StatusOr<std::shared_ptr<SSL_CTX>> made = NewContext(TLS_server_method());
  if (!made.ok()) return made.status();
  SSL_CTX* const context = made->get();
  if (absl::Status status = Show(context, options.identity); !status.ok()) return status;
  if (options.client_ca) {
    if (absl::Status status = Trust(context, *options.client_ca, true); !status.ok()) return status;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NoteRefusal);
  }
  return Context(*std::move(made), true);
}

absl::StatusOr<Context> Context::ForClient(const ClientOptions& options) {
  absl::StatusOr<std::shared_ptr<SSL_CTX>> made = NewContext(TLS_client_method());
  if (!made.ok()) return made.status();
  SSL_CTX* const context = made->get();
  if (options.identity) {
    if (absl::Status status = Show(context, *options.identity); !status.ok()) return status;
  }
  if (options.ca) {
    if (absl::Status status = Trust(context, *options.ca, false); !status.ok()) return status;
  } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
    return absl::InternalError("the system's certificate authorities: " + Words(TakeError()));
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NoteRefusal);
  return Context(*std::move(made), false);
}

}  // namespace unstick::inline v0::tls
