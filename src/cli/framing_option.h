// Framings as the command line names them.

#ifndef UNSTICK_SRC_CLI_FRAMING_OPTION_H_
#define UNSTICK_SRC_CLI_FRAMING_OPTION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/described_framer.h"

namespace unstick::inline v0::cli {

struct FramingOptions {
  std::string spec;
  Side side = Side::kClient;            // which end of the conversation wrote the bytes
  std::optional<std::string> max = {};  // a SIZE that overrides the limit
  bool join = true;                     // false: deliver fragments
  bool resync = false;                  // it must be able to search for the next frame
};

// The message of a refusal quotes what was refused.
absl::StatusOr<AnyFramer> FramerFor(const FramingOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_FRAMING_OPTION_H_
