#include "src/net/bind.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "src/net/datagram_control.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"
#include "unstick/net/unix_path.h"

namespace unstick::inline v0::net {

int OpenAndBind(int type, const SocketAddress& address, int backlog, UniqueFd& fd, UnixPath& path) {
  fd.Reset(::socket(address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  if (address.family() == AF_UNIX) return UnixPath::Bind(fd.get(), type, address, backlog, path);
  if (address.family() == AF_INET6) {
    const int off = 0;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  }
  if (type == SOCK_DGRAM && address.is_wildcard()) AskForDestinations(fd.get(), address.family());
  if (type == SOCK_STREAM || address.is_multicast()) {
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  if (::bind(fd.get(), address.data(), address.size()) != 0) return errno;
  return type == SOCK_STREAM && ::listen(fd.get(), backlog) != 0 ? errno : 0;
}

}  // namespace unstick::inline v0::net
