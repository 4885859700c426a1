// unstick chaos LISTEN TARGET: a proxy that cuts, delays and breaks what passes through it, by
// seed.

#ifndef UNSTICK_SRC_CLI_CHAOS_COMMAND_H_
#define UNSTICK_SRC_CLI_CHAOS_COMMAND_H_

#include <cstdint>
#include <string>

#include "src/cli/chaos_plan.h"

namespace unstick::inline v0::cli {

struct ChaosOptions {
  std::string listen;
  std::string target;
  std::uint64_t seed = 1;
  std::string log;  // "": none
  ChaosFaults faults;
  bool any_fault = false;  // named on the command line; otherwise the usual ones apply
};

int Run(const ChaosOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_CHAOS_COMMAND_H_
