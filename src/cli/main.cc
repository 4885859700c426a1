#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <variant>

#include "src/cli/command_line.h"

namespace {

// A program can be started with standard streams closed. What it opens next would take their
// numbers, and messages would be written into a socket. Each gets something that fails instead.
void FillStandardStreams() {
  constexpr int kWrongWay[] = {O_WRONLY, O_RDONLY, O_WRONLY};
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) [[maybe_unused]]
      const int filled = ::open("/dev/null", kWrongWay[fd]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  FillStandardStreams();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write()
  return std::visit([](const auto& options) { return Run(options); },
                    unstick::cli::ParseCommandLine(argc, argv));
}
