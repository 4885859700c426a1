// `unstick detect`: which framings with a name explain a captured stream.

#ifndef UNSTICK_SRC_CLI_DETECT_COMMAND_H_
#define UNSTICK_SRC_CLI_DETECT_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>

#include "unstick/core/described_framer.h"

namespace unstick::inline v0::cli {

struct DetectCommandOptions {
  std::string file = "-";
  Side side = Side::kEither;
  std::optional<std::uint64_t> top;  // so many are printed
  bool json = false;
};

int Run(const DetectCommandOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_DETECT_COMMAND_H_
