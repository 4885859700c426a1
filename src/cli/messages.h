// What the program has to say to people: standard error, never standard output.

#ifndef UNSTICK_SRC_CLI_MESSAGES_H_
#define UNSTICK_SRC_CLI_MESSAGES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace unstick::inline v0::cli {

// Writes "unstick: `message`" and a line end, in one write so that lines of several processes on
// one terminal do not mix. Control bytes are escaped.
void Say(std::string_view message);

// `status` without its code, for people.
std::string MessageOf(const absl::Status& status);

// Says why, and returns `code`; without one, kUsage for kInvalidArgument and kIo for all else.
int Fail(const absl::Status& why, int code);
int Fail(const absl::Status& why);

// "1 gap", "2 gaps".
std::string Count(std::uint64_t n, std::string_view one);

// "`what`: No such file or directory".
std::string WithErrno(std::string_view what, int error_code);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_MESSAGES_H_
