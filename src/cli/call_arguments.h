// The messages of `echo call`, past the parser of the command line.

#ifndef UNSTICK_SRC_CLI_CALL_ARGUMENTS_H_
#define UNSTICK_SRC_CLI_CALL_ARGUMENTS_H_

#include <string>
#include <vector>

#include "src/cli/echo_call_command.h"

namespace unstick::inline v0::cli {

// Messages are what they are, but CLI11 takes "[a,b]" for a list of two, "++" for the end of a
// command, and has its own mind about what stands behind "--". So all of `echo call`'s arguments
// that are no options carry a mark, and a "--" is taken out.
//
//     call E --framing line a -- -b   ->   call .E --framing .line .a .-b
//
// Arguments of other commands stay as they are.
std::vector<std::string> MarkedForCall(std::vector<std::string> arguments);

// Without the mark.
std::string Unmarked(std::string argument);
EchoCallOptions Unmarked(EchoCallOptions options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_CALL_ARGUMENTS_H_
