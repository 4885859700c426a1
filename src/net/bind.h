// What listeners and datagram sockets share.

#ifndef UNSTICK_SRC_NET_BIND_H_
#define UNSTICK_SRC_NET_BIND_H_

#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"
#include "unstick/net/unix_path.h"

namespace unstick::inline v0::net {

// Opens a non-blocking socket of `type` and binds it: on an IPv6 wildcard for IPv4 too; on a Unix
// path as UnixPath does. SO_REUSEADDR for TCP and multicast groups only: for other UDP it would let
// others take the port. On a wildcard, datagrams tell where they were sent to (AskForDestinations()
// in datagram_control.h). Streams listen then. 0 or an errno.
[[nodiscard]] int OpenAndBind(int type, const SocketAddress& address, int backlog, UniqueFd& fd,
                              UnixPath& path);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_SRC_NET_BIND_H_
