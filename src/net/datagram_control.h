// What datagrams carry beside their bytes (cmsg(3)): where they were sent to and are to leave from
// (ip(7), ipv6(7)), the size of segments (udp(7)), the count of dropped ones (socket(7)).

#ifndef UNSTICK_SRC_NET_DATAGRAM_CONTROL_H_
#define UNSTICK_SRC_NET_DATAGRAM_CONTROL_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {

// Makes the kernel tell where each datagram was sent to, on a socket that is bound to a wildcard or
// is about to be: what arrives before it is asked, it does not tell of.
void AskForDestinations(int fd, int family);

// Room for all that ReadControl() reads and WriteControl() writes. On a socket for both families an
// IPv4 datagram has both kinds of destination.
struct alignas(cmsghdr) Control {
  std::array<char, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint32_t)) +
                       CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(in6_pktinfo))>
      bytes;
};

// Makes `header` say that its bytes are datagrams of `segment_size` bytes, if that is not 0, and
// leave from source_of->source(), if there is one.
void WriteControl(std::size_t segment_size, const SocketAddress* source_of, msghdr& header,
                  Control& control);

// What a received datagram's control messages say, 0 what they do not.
struct Told {
  std::size_t segment_size = 0;
  bool has_drops = false;
  std::uint32_t drops = 0;
};
// An address that answers can come from becomes from.source().
Told ReadControl(msghdr& header, SocketAddress& from);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_SRC_NET_DATAGRAM_CONTROL_H_
