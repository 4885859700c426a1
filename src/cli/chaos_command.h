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
  // One of the faults named on the command line, by what it can happen to; "": none.
  std::string of_streams;
  std::string of_datagrams;
  std::string of_both;
};

int Run(const ChaosOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_CHAOS_COMMAND_H_
