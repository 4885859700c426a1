// The program's options, as its arguments say them.

#ifndef UNSTICK_SRC_CLI_COMMAND_LINE_H_
#define UNSTICK_SRC_CLI_COMMAND_LINE_H_

#include <variant>

#include "src/cli/chaos_command.h"
#include "src/cli/decode_command.h"
#include "src/cli/demo_command.h"
#include "src/cli/detect_command.h"
#include "src/cli/echo_call_command.h"
#include "src/cli/echo_serve_command.h"
#include "src/cli/encode_command.h"
#include "src/cli/inspect_command.h"
#include "src/cli/presets_command.h"

namespace unstick::inline v0::cli {

// Nothing is left to do: help or the version was printed, or the arguments were refused with a
// message.
struct Answered {
  int exit_code;
};
inline int Run(const Answered& answered) { return answered.exit_code; }

// The table of commands. Each has a Run(options) that returns the exit code.
using Command =
    std::variant<Answered, DecodeOptions, EncodeOptions, EchoServeOptions, EchoCallOptions,
                 DemoOptions, PresetsOptions, DetectCommandOptions, ChaosOptions, InspectOptions>;

Command ParseCommandLine(int argc, const char* const* argv);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_COMMAND_LINE_H_
