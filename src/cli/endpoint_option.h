// Endpoints as the command line names them.

#ifndef UNSTICK_SRC_CLI_ENDPOINT_OPTION_H_
#define UNSTICK_SRC_CLI_ENDPOINT_OPTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::cli {

// The endpoint that `text` names, for commands that do not speak TLS themselves. The message of a
// refusal quotes it.
absl::StatusOr<net::Endpoint> EndpointFor(const std::string& text);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_ENDPOINT_OPTION_H_
