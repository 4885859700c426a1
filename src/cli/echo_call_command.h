#ifndef UNSTICK_SRC_CLI_ECHO_CALL_COMMAND_H_
#define UNSTICK_SRC_CLI_ECHO_CALL_COMMAND_H_

#include <string>
#include <vector>

#include "src/cli/tls_files.h"
#include "unstick/net/deadline.h"

namespace unstick::inline v0::cli {

struct EchoCallOptions {
  std::string endpoint;
  std::string framing;
  TlsFiles tls = {};
  std::vector<std::string> messages = {};           // none: the lines of standard input
  net::Duration timeout = std::chrono::seconds(5);  // for connecting, and for each reply
};

// Sends messages one by one and prints the reply to each. Returns the exit code.
int Run(const EchoCallOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_ECHO_CALL_COMMAND_H_
