// --cert, --key and --ca.

#ifndef UNSTICK_SRC_CLI_TLS_FILES_H_
#define UNSTICK_SRC_CLI_TLS_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/net/endpoint.h"
#include "unstick/tls/context.h"

namespace unstick::inline v0::cli {

struct TlsFiles {  // PEM; empty: not given
  std::string cert = {};
  std::string key = {};
  std::string ca = {};
};

// Whether these files, and no others, make sense with the endpoint: a usage error if not.
absl::Status CheckForServer(const TlsFiles& files, const net::Endpoint& endpoint);
absl::Status CheckForClient(const TlsFiles& files, const net::Endpoint& endpoint);

// Reads them. Every error is one of input. REQUIRES: they were checked.
absl::StatusOr<tls::Context> ServerContext(const TlsFiles& files);
absl::StatusOr<tls::Context> ClientContext(const TlsFiles& files);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_TLS_FILES_H_
