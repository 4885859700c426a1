// The socket options of multicast, which IPv4 and IPv6 spell differently.

#ifndef UNSTICK_SRC_NET_MULTICAST_H_
#define UNSTICK_SRC_NET_MULTICAST_H_

#include "unstick/net/datagram_channel.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {

// Interface, hops and loop of what `fd`, a socket of `family`, sends to groups. `index` is
// options.interface's number, 0 for none. 0 or an errno.
[[nodiscard]] int SetMulticast(int fd, int family, unsigned index, const MulticastOptions& options);

// 0 or an errno.
[[nodiscard]] int JoinGroup(int fd, const SocketAddress& group, unsigned index);
[[nodiscard]] int LeaveGroup(int fd, const SocketAddress& group, unsigned index);

// An IPv6 group within one link says which: `address` with that interface, if it names none.
SocketAddress OnInterface(const SocketAddress& address, unsigned index);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_SRC_NET_MULTICAST_H_
