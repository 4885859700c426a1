#ifndef UNSTICK_SRC_CLI_DEMO_COMMAND_H_
#define UNSTICK_SRC_CLI_DEMO_COMMAND_H_

namespace unstick::inline v0::cli {

struct DemoOptions {};

// Shows the problem and its cure on real sockets. The exit code is 0 only if everything that was
// shown held.
int Run(const DemoOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_DEMO_COMMAND_H_
