#include "unstick/net/descriptor.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ctime>

#include "src/net/gather.h"

namespace unstick::inline v0::net {
namespace {

// While it lives, a write of this thread to a pipe without a reader is an error and no signal.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &mask_before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() { pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr); }

  // The write has raised it: it waits for this thread. One that waited before was somebody else's,
  // and signals of one kind do not add up.
  void TakeBack() const {
    if (was_pending_) return;
    const timespec at_once{};
    while (sigtimedwait(&sigpipe_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }

 private:
  sigset_t sigpipe_{};
  sigset_t mask_before_{};
  bool was_pending_ = false;
};

}  // namespace

IoResult WriteToDescriptor(int fd, std::span<const ByteView> parts) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) return IoResult::FromErrno(errno);
  if ((flags & O_NONBLOCK) == 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  std::array<iovec, 16> entries;
  const std::size_t used = Gather(parts, entries);
  const NoSigpipe guard;
  for (;;) {
    const ssize_t n = ::writev(fd, entries.data(), static_cast<int>(used));
    if (n >= 0) return IoResult::Bytes(static_cast<std::size_t>(n));
    const int error = errno;
    if (error == EPIPE) guard.TakeBack();
    if (error != EINTR) return IoResult::FromErrno(error);
  }
}

}  // namespace unstick::inline v0::net
