#ifndef UNSTICK_SRC_CLI_DECODE_COMMAND_H_
#define UNSTICK_SRC_CLI_DECODE_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>

#include "src/cli/event_writer.h"
#include "src/cli/framing_option.h"
#include "unstick/core/scan_engine.h"

namespace unstick::inline v0::cli {

struct DecodeOptions {
  std::string spec;
  std::string file = "-";
  std::optional<EventFormat> output = {};  // default: text on a terminal, else jsonl
  Side side = Side::kClient;
  bool join = true;
  bool headers = false;  // also what stands around each payload, and the preamble
  std::optional<std::uint64_t> chunk = {};        // bytes fed at a time
  std::optional<std::uint64_t> random_seed = {};  // of random cuts
  OnError on_error = OnError::kFail;
  std::optional<std::string> max = {};
};

// Reads bytes, writes events. Returns the exit code.
int Run(const DecodeOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_DECODE_COMMAND_H_
