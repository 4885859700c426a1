#ifndef UNSTICK_SRC_CLI_ECHO_SERVE_COMMAND_H_
#define UNSTICK_SRC_CLI_ECHO_SERVE_COMMAND_H_

#include <string>

#include "src/cli/tls_files.h"

namespace unstick::inline v0::cli {

struct EchoServeOptions {
  std::string endpoint;
  std::string framing;
  TlsFiles tls = {};
  std::string stats;       // a file for the server's figures; empty: none
  bool timestamp = false;  // "at Sat Nov 21 01:13:00 2026: " before what came
};

// Sends every message back until it is told to stop. Returns the exit code.
int Run(const EchoServeOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_ECHO_SERVE_COMMAND_H_
