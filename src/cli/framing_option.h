// Framings as the command line names them.

#ifndef UNSTICK_SRC_CLI_FRAMING_OPTION_H_
#define UNSTICK_SRC_CLI_FRAMING_OPTION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "unstick/core/any_framer.h"

namespace unstick::inline v0::cli {

// Which end of a conversation wrote the bytes: some framings start differently on each side.
enum class Side { kClient, kServer };

// The framing of `spec`, its limit overridden by `max` (a SIZE) if there is one. The message of a
// refusal quotes what was refused.
absl::StatusOr<AnyFramer> FramerFor(const std::string& spec,
                                    const std::optional<std::string>& max = std::nullopt);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_FRAMING_OPTION_H_
