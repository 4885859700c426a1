#include "src/cli/tls_files.h"

#include <optional>

namespace unstick::inline v0::cli {
namespace {

absl::Status CheckBoth(const TlsFiles& files, const net::Endpoint& endpoint) {
  const bool any = !files.cert.empty() || !files.key.empty() || !files.ca.empty();
  if (any && endpoint.scheme != net::Endpoint::Scheme::kTls) {
    return absl::InvalidArgumentError("--cert, --key and --ca are for tls: endpoints, and \"" +
                                      endpoint.ToString() + "\" is none");
  }
  if (files.cert.empty() != files.key.empty()) {
    return absl::InvalidArgumentError(files.key.empty() ? "--cert needs its --key"
                                                        : "--key needs its --cert");
  }
  return absl::OkStatus();
}

std::optional<tls::Pem> CaOf(const TlsFiles& files) {
  if (files.ca.empty()) return std::nullopt;
  return tls::Pem::File(files.ca);
}

}  // namespace

absl::Status CheckForServer(const TlsFiles& files, const net::Endpoint& endpoint) {
  if (absl::Status status = CheckBoth(files, endpoint); !status.ok()) return status;
  if (endpoint.scheme == net::Endpoint::Scheme::kTls && files.cert.empty()) {
    return absl::InvalidArgumentError("\"" + endpoint.ToString() + "\" needs --cert and --key");
  }
  return absl::OkStatus();
}

absl::Status CheckForClient(const TlsFiles& files, const net::Endpoint& endpoint) {
  return CheckBoth(files, endpoint);
}

absl::StatusOr<tls::Context> ServerContext(const TlsFiles& files) {
  return tls::Context::ForServer(
      {.identity = {tls::Pem::File(files.cert), tls::Pem::File(files.key)},
       .client_ca = CaOf(files)});
}

absl::StatusOr<tls::Context> ClientContext(const TlsFiles& files) {
  tls::ClientOptions options{.ca = CaOf(files)};
  if (!files.cert.empty()) {
    options.identity = {tls::Pem::File(files.cert), tls::Pem::File(files.key)};
  }
  return tls::Context::ForClient(options);
}

}  // namespace unstick::inline v0::cli
