// unstick inspect SPEC FILE: a stream's bytes, drawn with their boundaries.

#ifndef UNSTICK_SRC_CLI_INSPECT_COMMAND_H_
#define UNSTICK_SRC_CLI_INSPECT_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>

#include "unstick/core/described_framer.h"
#include "unstick/core/scan_engine.h"

namespace unstick::inline v0::cli {

struct InspectOptions {
  enum class Colour : std::uint8_t { kAuto, kAlways, kNever };

  std::string spec;
  std::string file = "-";
  Side side = Side::kClient;
  OnError on_error = OnError::kFail;
  std::optional<std::string> max = {};
  bool whole = false;  // long stretches are drawn in full
  Colour colour = Colour::kAuto;
};

int Run(const InspectOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_INSPECT_COMMAND_H_
