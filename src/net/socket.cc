#include "unstick/net/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "src/net/gather.h"
#include "src/net/poll.h"
#include "unstick/core/bytes.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::net {

IoResult Socket::ReadSome(ByteSpan into) {
  for (;;) {
    const ssize_t n = ::recv(fd(), into.data(), into.size(), MSG_DONTWAIT);
    if (n > 0) return IoResult::Bytes(static_cast<std::size_t>(n));
    if (n == 0) return IoResult::End();
    if (errno != EINTR) return IoResult::FromErrno(errno);
  }
}

IoResult Socket::WriteSome(std::span<const ByteView> parts) {
  std::array<iovec, kMaxParts> entries;  // filled as far as it is used
  msghdr message{};
  message.msg_iov = entries.data();
  message.msg_iovlen = Gather(parts, entries);
  for (;;) {
    const ssize_t n = ::sendmsg(fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) return IoResult::Bytes(static_cast<std::size_t>(n));
    if (errno != EINTR) return IoResult::FromErrno(errno);
  }
}

int Socket::WaitReadable(Deadline until) const { return PollUntil(fd(), POLLIN, until); }

int Socket::WaitWritable(Deadline until) const { return PollUntil(fd(), POLLOUT, until); }

int Socket::ShutdownWrite() { return ::shutdown(fd(), SHUT_WR) == 0 ? 0 : errno; }

void Socket::Abort() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  Close();
}

int Socket::SetNoDelay(bool on) {
  const int value = on ? 1 : 0;
  if (::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)) == 0) return 0;
  return errno == EOPNOTSUPP || errno == ENOPROTOOPT ? 0 : errno;  // no TCP socket
}

absl::StatusOr<std::pair<Socket, Socket>> SocketPair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return StatusFromErrno(errno, "socketpair");
  }
  return std::pair(Socket(UniqueFd(fds[0])), Socket(UniqueFd(fds[1])));
}

}  // namespace unstick::inline v0::net
