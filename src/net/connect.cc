// connect(2) with a deadline.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/net/poll.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/io_result.h"
#include "unstick/net/socket.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::net {
namespace {

// A TCP connect that was started goes on by itself, also after EINTR: its outcome is in SO_ERROR
// once the socket is writable.
int ConnectTcp(int fd, const SocketAddress& address, Deadline until) {
  if (::connect(fd, address.data(), address.size()) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  if (const int error = PollUntil(fd, POLLOUT, until); error != 0) return error;
  int error = 0;
  socklen_t size = sizeof(error);
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

// A Unix connect waits for room in the listener's queue, and nothing tells a non-blocking one when
// there is some: so it blocks, for as long as SO_SNDTIMEO says, which it reports as EAGAIN.
int ConnectUnix(int fd, const SocketAddress& address, Deadline until) {
  for (;;) {
    timeval limit{};  // zero: none
    if (until != kNoDeadline) {
      const Deadline now = Clock::now();
      if (now >= until) return ETIMEDOUT;
      const auto left = std::chrono::ceil<std::chrono::microseconds>(until - now).count();
      limit = {.tv_sec = left / 1'000'000, .tv_usec = left % 1'000'000};
    }
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (::connect(fd, address.data(), address.size()) == 0) break;
    if (errno != EINTR && errno != EAGAIN) return errno;
  }
  const int flags = ::fcntl(fd, F_GETFL);
  return ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : errno;
}

}  // namespace

ConnectResult ConnectEx(const SocketAddress& address, Deadline until) {
  const bool is_unix = address.family() == AF_UNIX;
  const int type = SOCK_STREAM | SOCK_CLOEXEC | (is_unix ? 0 : SOCK_NONBLOCK);
  UniqueFd fd(::socket(address.family(), type, 0));
  if (!fd) return {errno, {}};
  const int error = is_unix ? ConnectUnix(fd.get(), address, until)  //
                            : ConnectTcp(fd.get(), address, until);
  if (error != 0) return {error, {}};
  if (!is_unix && IsConnectedToItself(fd.get())) return {ECONNREFUSED, {}};
  Socket socket(std::move(fd));
  socket.SetNoDelay(true);
  return {0, std::move(socket)};
}

absl::StatusOr<Socket> Connect(const Endpoint& endpoint, Deadline until) {
  if (endpoint.scheme != Endpoint::Scheme::kTcp && endpoint.scheme != Endpoint::Scheme::kUnix) {
    return absl::InvalidArgumentError("connect to " + endpoint.ToString() +
                                      ": not a plain stream; tcp and unix are");
  }
  return detail::ConnectBelow(endpoint, until);
}

absl::StatusOr<Socket> detail::ConnectBelow(const Endpoint& endpoint, Deadline until) {
  const absl::StatusOr<std::vector<SocketAddress>> addresses =
      Resolve(endpoint, ResolveFor::kConnect);
  if (!addresses.ok()) return addresses.status();
  absl::Status failed;
  for (const SocketAddress& address : *addresses) {
    ConnectResult result = ConnectEx(address, until);
    if (result.error_code == 0) return std::move(result.socket);
    const std::string what =
        "connect to " + endpoint.ToString() +
        (address.family() == AF_UNIX ? std::string() : " (" + address.ToString() + ")");
    failed = StatusFromErrno(result.error_code, what);
    if (until != kNoDeadline && Clock::now() >= until) {
      return absl::DeadlineExceededError(what + ": the deadline passed");
    }
  }
  return failed;
}

}  // namespace unstick::inline v0::net
