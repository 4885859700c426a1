#include "src/cli/output.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "src/cli/exit_code.h"
#include "src/cli/messages.h"

namespace unstick::inline v0::cli {

bool Output::closed() const { return error_ == EPIPE; }

bool Output::Append(std::string_view text) {
  if (!ok()) return false;
  buffer_.Append(AsBytes(text));
  return Appended();
}

bool Output::Flush() {
  while (ok() && !buffer_.empty()) {
    const ByteView bytes = buffer_.readable();
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n >= 0) {
      buffer_.Consume(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {  // someone else made it non-blocking
      pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  if (!ok()) buffer_.Consume(buffer_.size());
  if (buffer_.capacity() > 4 * kFull) buffer_.Trim();  // one large frame must not stay for ever
  return ok();
}

int Output::Finish(int code) {
  Flush();
  if (ok()) return code;
  if (closed()) return kDone;
  Say(WithErrno("cannot write to standard output", error_));
  return kIo;
}

}  // namespace unstick::inline v0::cli
