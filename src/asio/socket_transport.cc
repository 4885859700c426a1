#include "src/asio/socket_transport.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>
#include <system_error>

namespace unstick::inline v0::aio::detail {
namespace {

using Kind = TransportResult::Kind;

TransportResult Failed(Kind wait) {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {.kind = wait};
  return {.kind = Kind::kError, .error = {errno, std::system_category()}};
}

}  // namespace

SocketTransport& SocketTransport::Instance() {
  static SocketTransport instance;
  return instance;
}

TransportResult SocketTransport::Read(int fd, ByteSpan into) {
  for (;;) {
    const ssize_t n = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
    if (n > 0) return {.bytes = static_cast<std::size_t>(n)};
    if (n == 0) return {.kind = Kind::kEnd};
    if (errno != EINTR) return Failed(Kind::kWaitRead);
  }
}

TransportResult SocketTransport::Write(int fd, ByteView bytes) {
  for (;;) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return {.bytes = static_cast<std::size_t>(n)};
    if (errno != EINTR) return Failed(Kind::kWaitWrite);
  }
}

// A connection that is gone already has told its peer the end.
TransportResult SocketTransport::CloseWrite(int fd) {
  ::shutdown(fd, SHUT_WR);
  return {};
}

std::uint64_t SocketTransport::Arrived(int fd) const {
  int bytes = 0;
  return ::ioctl(fd, FIONREAD, &bytes) == 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

}  // namespace unstick::inline v0::aio::detail
