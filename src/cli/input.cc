#include "src/cli/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "src/cli/messages.h"

namespace unstick::inline v0::cli {
namespace {

absl::Status Failed(const std::string& what, int error_code) {
  return absl::UnavailableError(WithErrno(what, error_code));
}

}  // namespace

absl::StatusOr<Input> Input::Open(const std::string& path) {
  if (path == "-") return Input(STDIN_FILENO, net::UniqueFd(), "standard input");
  net::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Failed("cannot open " + path, errno);
  struct stat about{};
  if (::fstat(file.get(), &about) == 0 && S_ISDIR(about.st_mode)) {
    return Failed("cannot read " + path, EISDIR);
  }
  const int fd = file.get();
  return Input(fd, std::move(file), path);
}

bool Input::WouldWait() const {
  pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&readable, 1, 0) == 0;
}

absl::StatusOr<std::size_t> Input::Read(ByteSpan into) {
  for (;;) {
    const ssize_t n = ::read(fd_, into.data(), into.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN) {  // someone else made it non-blocking
      pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
      ::poll(&readable, 1, -1);
    } else if (errno != EINTR) {
      return Failed("cannot read " + name_, errno);
    }
  }
}

}  // namespace unstick::inline v0::cli
