#include "unstick/net/listener.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/net/bind.h"
#include "src/net/poll.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/io_result.h"
#include "unstick/net/socket.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::net {
namespace {

// Errors that belong to a connection which died in the queue, not to the listener (accept(2)).
bool IsOfDeadConnection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

Listener::Listener(UniqueFd fd, UnixPath path, Endpoint local)
    : fd_(std::move(fd)), path_(std::move(path)), local_(std::move(local)) {}

absl::StatusOr<Listener> Listener::Listen(const Endpoint& endpoint, const ListenOptions& options) {
  if (endpoint.scheme == Endpoint::Scheme::kUdp) {
    return absl::InvalidArgumentError("listen on " + endpoint.ToString() +
                                      ": datagrams have no connections");
  }
  const absl::StatusOr<std::vector<SocketAddress>> addresses =
      Resolve(endpoint, ResolveFor::kListen);
  if (!addresses.ok()) return addresses.status();
  int error = 0;
  for (const SocketAddress& address : *addresses) {
    UniqueFd fd;
    UnixPath path;
    error = OpenAndBind(SOCK_STREAM, address, options.backlog, fd, path);
    if (error == 0) {
      Endpoint local = Endpoint::Of(endpoint.scheme, SocketAddress::LocalOf(fd.get()));
      return Listener(std::move(fd), std::move(path), std::move(local));
    }
  }
  return StatusFromErrno(error, "listen on " + endpoint.ToString());
}

absl::StatusOr<Socket> Listener::Accept(Deadline until) {
  for (;;) {
    UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      Socket socket(std::move(fd));
      socket.SetNoDelay(true);
      return socket;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      const absl::Status waited = detail::WaitStatus(PollUntil(fd_.get(), POLLIN, until), "accept");
      if (!waited.ok()) return waited;
    } else if (!IsOfDeadConnection(errno)) {
      return StatusFromErrno(errno, "accept on " + local_.ToString());
    }
  }
}

void Listener::Close() {
  path_.Remove();  // while the socket still holds the inode
  fd_.Reset();
}

}  // namespace unstick::inline v0::net
