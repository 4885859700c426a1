#include "src/cli/messages.h"

#include <unistd.h>

#include <system_error>

#include "src/cli/exit_code.h"
#include "src/cli/printable.h"

namespace unstick::inline v0::cli {

void Say(std::string_view message) {
  std::string line = "unstick: ";
  for (std::size_t from = 0; from <= message.size();) {  // the lines of a message stay lines
    const std::size_t end = std::min(message.find('\n', from), message.size());
    if (from > 0) line += "\n  ";
    AppendPrintable(message.substr(from, end - from), line, Backslash::kPlain);
    from = end + 1;
  }
  line += '\n';
  // Nobody is left to be told when this fails.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

int Fail(const absl::Status& why, int code) {
  Say(MessageOf(why));
  return code;
}

int Fail(const absl::Status& why) { return Fail(why, absl::IsInvalidArgument(why) ? kUsage : kIo); }

std::string Count(std::uint64_t n, std::string_view one) {
  return std::to_string(n) + " " + std::string(one) + (n == 1 ? "" : "s");
}

std::string WithErrno(std::string_view what, int error_code) {
  return std::string(what) + ": " + std::generic_category().message(error_code);
}

}  // namespace unstick::inline v0::cli
