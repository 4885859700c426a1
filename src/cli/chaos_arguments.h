// The options of unstick chaos.

#ifndef UNSTICK_SRC_CLI_CHAOS_ARGUMENTS_H_
#define UNSTICK_SRC_CLI_CHAOS_ARGUMENTS_H_

#include "src/cli/chaos_command.h"

namespace CLI {
class App;
}

namespace unstick::inline v0::cli {

void AddChaos(CLI::App& program, ChaosOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_CHAOS_ARGUMENTS_H_
