#ifndef UNSTICK_SRC_CLI_ENCODE_COMMAND_H_
#define UNSTICK_SRC_CLI_ENCODE_COMMAND_H_

#include <optional>
#include <string>

#include "src/cli/framing_option.h"
#include "src/cli/message_reader.h"

namespace unstick::inline v0::cli {

struct EncodeOptions {
  std::string spec;
  std::string file = "-";
  std::optional<MessageFormat> input = {};  // default: lines from a terminal, else jsonl
  Side side = Side::kClient;
  bool join = true;
  std::optional<std::string> preamble = {};  // hex
};

// Reads messages, writes frames. Returns the exit code.
int Run(const EncodeOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_ENCODE_COMMAND_H_
