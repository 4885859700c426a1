#include "src/net/segments.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

#include "src/net/source_ip.h"
#include "unstick/net/datagram_channel.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {
namespace {

constexpr std::size_t kMaxSegments = 64;  // UDP_MAX_SEGMENTS of the first kernels that have it

// From one source, too.
bool SamePeer(const SocketAddress* a, const SocketAddress* b) {
  if (a == b) return true;
  return a != nullptr && b != nullptr && *a == *b &&
         detail::SourceOf::Get(*a) == detail::SourceOf::Get(*b);
}

}  // namespace

bool HasSegmentation(int fd) {
  int size = 0;
  socklen_t length = sizeof(size);
  return ::getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, &length) == 0;
}

bool SwitchGroOn(int fd) {
  const int on = 1;
  return ::setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)) == 0;
}

// EMSGSIZE and EINVAL: the datagrams are larger than the path takes in one piece, so that each has
// to be cut into fragments. EIO: the device does not compute checksums.
bool MayBeSegmentation(int error) {
  return error == EMSGSIZE || error == EINVAL || error == EIO || error == ENOPROTOOPT ||
         error == EOPNOTSUPP;
}

std::size_t GroupSize(std::span<const OutgoingDatagram> datagrams, std::size_t largest) {
  const OutgoingDatagram& first = datagrams.front();
  const std::size_t size = first.bytes.size();
  if (size == 0 || size > largest) return 1;
  const std::size_t most = std::min({datagrams.size(), kMaxSegments, kMaxUdpIpv4 / size});
  std::size_t count = 1;
  while (count < most) {
    const OutgoingDatagram& next = datagrams[count];
    const std::size_t next_size = next.bytes.size();
    if (next_size > size || next_size == 0 || !SamePeer(next.to, first.to)) break;
    ++count;
    if (next_size < size) break;
  }
  return count;
}

}  // namespace unstick::inline v0::net
