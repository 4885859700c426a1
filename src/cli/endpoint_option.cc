#include "src/cli/endpoint_option.h"

namespace unstick::inline v0::cli {

absl::StatusOr<net::Endpoint> EndpointFor(const std::string& text) {
  absl::StatusOr<net::Endpoint> endpoint = net::Endpoint::Parse(text);
  if (endpoint.ok() && endpoint->scheme == net::Endpoint::Scheme::kTls) {
    return absl::InvalidArgumentError("\"" + text + "\": no TLS here; there are tcp, udp and unix");
  }
  return endpoint;
}

}  // namespace unstick::inline v0::cli
