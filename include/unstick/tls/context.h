// Who this side is and whom it trusts.

#ifndef UNSTICK_TLS_CONTEXT_H_
#define UNSTICK_TLS_CONTEXT_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"

struct ssl_st;      // OpenSSL's SSL
struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace unstick::inline v0::tls {

// Certificates or a key in PEM, in a file or at hand.
class Pem {
 public:
  static Pem File(std::string path) { return Pem(std::move(path), true); }
  static Pem Text(std::string pem) { return Pem(std::move(pem), false); }

  bool is_file() const { return is_file_; }
  const std::string& value() const UNSTICK_LIFETIME_BOUND {
    return value_;
  }  // the path, or the PEM

 private:
  Pem(std::string value, bool is_file) : value_(std::move(value)), is_file_(is_file) {}

  std::string value_;
  bool is_file_;
};

// What one shows of oneself.
struct Identity {
  Pem certificates;  // one's own first, then those up to the root, which may be left out
  Pem key;           // that of the first certificate, not encrypted
};

struct ServerOptions {
  Identity identity;
  // Mutual TLS: every client must show a certificate that one of these has signed. Without,
  // clients are not asked for one.
  std::optional<Pem> client_ca = std::nullopt;
};

struct ClientOptions {
  std::optional<Pem> ca = std::nullopt;  // whom to believe; without, the system's authorities
  std::optional<Identity> identity = std::nullopt;  // for servers that want one
};

// Settings that connections share: TLS 1.2 and 1.3, what OpenSSL offers at security level 2 (112
// bits), no renegotiation, no compression, no resumption. The peer's certificate is always checked,
// with its purpose and its dates; a client checks the server's name as well. There is no way to
// switch that off: to trust a certificate that nobody signed, name it as `ca`.
//
// Immutable; copies share it. Any number of threads.
class UNSTICK_EXPORT Context {
 public:
  // Files are read now. kNotFound, kPermissionDenied and so on for a file that cannot be read;
  // kInvalidArgument for what is no certificate or no key in PEM, a key of another certificate, an
  // encrypted key, or a certificate that is too weak. The message names the file.
  static absl::StatusOr<Context> ForServer(const ServerOptions& options);
  static absl::StatusOr<Context> ForClient(const ClientOptions& options = {});

  bool is_server() const { return is_server_; }
  ssl_ctx_st* native_handle() const { return context_.get(); }

 private:
  Context(std::shared_ptr<ssl_ctx_st> context, bool is_server)
      : context_(std::move(context)), is_server_(is_server) {}

  std::shared_ptr<ssl_ctx_st> context_;
  bool is_server_;
};

// Makes a handshake of `ssl` fail unless the server's certificate has this name or IP address, and
// tells the server the name. For what drives TLS itself, as asio::ssl::stream does; Engine and
// Stream do it for their clients. kInvalidArgument for a host that cannot be one.
UNSTICK_EXPORT absl::Status ExpectHost(ssl_st* ssl, std::string_view host);

}  // namespace unstick::inline v0::tls

#endif  // UNSTICK_TLS_CONTEXT_H_
